import { severities } from '../finding.ts';
import type { AuditReport, Finding } from '../report.ts';
import { oneLine } from '../text.ts';
import { reportStyle } from './html-style.ts';
import { findingArticles } from './html-finding.ts';
import { escapeHtml, inlineHtml } from './html-text.ts';
import { bySubject, nothingToLookAt, opening, origin, repeatCommands, reportTitle } from './prose.ts';
import { sectionsOf, severityWord, type Sections } from './words.ts';

/** One page that needs nothing else: no network, no script; dark and light, on a phone and on paper. */
export function htmlReport(report: AuditReport): string {
  const sections = sectionsOf(report);
  const title = escapeHtml(reportTitle(report));
  const body = [
    '<a class="skip" href="#main">To the findings</a>',
    '<header>',
    `<h1>${title}</h1>`,
    `<p>${opening(report)
      .map((sentence) => inlineHtml(sentence))
      .join(' ')}</p>`,
    tiles(report),
    '</header>',
    '<main id="main">',
    ...causeTable(sections.open),
    ...findingArticles(report, sections.open),
    ...notSeen(report, sections),
    ...passed(sections),
    ...setAside(sections),
    ...repeat(report),
    '</main>',
    `<footer><p class="quiet">${escapeHtml(origin(report))}</p></footer>`,
  ];
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    // Nothing may be loaded, whatever a text of the report says.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<style>\n${reportStyle}\n</style>`,
    '</head>',
    '<body>',
    ...body,
    '</body>',
    '</html>',
  ].join('\n')}\n`;
}

function tiles({ counts }: AuditReport): string {
  const items = [
    ...severities
      .filter((severity) => counts.severity[severity] > 0)
      .map((severity) => tile(counts.severity[severity], severity, severity)),
    ...(counts.status.unknown > 0 ? [tile(counts.status.unknown, 'not looked at', '')] : []),
    tile(counts.status.pass, 'passed', 'good'),
  ];
  return `<ul class="tiles" aria-label="Counts">${items.join('')}</ul>`;
}

function tile(number: number, word: string, name: string): string {
  return `<li${name === '' ? '' : ` class="${name}"`}><strong>${number}</strong> ${word}</li>`;
}

function causeTable(open: readonly Finding[]): string[] {
  if (open.length === 0) return [];
  const rows = open.map(({ title, severity, location, subject, current, expected }, index) => {
    const where = [
      escapeHtml(oneLine(subject)),
      ...(location === undefined ? [] : [`<code>${escapeHtml(`${location.path}:${location.line}`)}</code>`]),
    ].join(', ');
    return [
      '<tr>',
      `<td data-label="#">${index + 1}</td>`,
      `<td><a href="#finding-${index + 1}">${inlineHtml(oneLine(title))}</a> <span class="badge ${severity}">${severityWord[severity]}</span></td>`,
      `<td data-label="Where">${where}</td>`,
      cell('Now', current),
      cell('Should be', expected),
      '</tr>',
    ].join('');
  });
  return [
    '<section aria-labelledby="causes">',
    '<h2 id="causes">Causes</h2>',
    '<div class="wide" role="region" aria-labelledby="causes" tabindex="0"><table>',
    '<thead><tr><th scope="col">#</th><th scope="col">Cause</th><th scope="col">Where</th><th scope="col">Now</th><th scope="col">Should be</th></tr></thead>',
    '<tbody>',
    ...rows,
    '</tbody></table></div>',
    '</section>',
  ];
}

function cell(label: string, text: string | undefined): string {
  return text === undefined ? '<td></td>' : `<td data-label="${label}">${inlineHtml(oneLine(text))}</td>`;
}

function notSeen(report: AuditReport, { unknown }: Sections): string[] {
  const items = [
    ...unknown.map(
      ({ rule, subject, message }) =>
        `<li>${escapeHtml([rule, oneLine(subject)].filter(Boolean).join(', '))}: ${inlineHtml(oneLine(message))}</li>`,
    ),
    ...report.problems.map(
      ({ path, line, message }) =>
        `<li><code>${escapeHtml(line === undefined ? path : `${path}:${line}`)}</code>: ${inlineHtml(oneLine(message))}</li>`,
    ),
  ];
  return items.length === 0
    ? []
    : section('unknown', 'What could not be looked at', [
        '<p>None of this is a pass.</p>',
        `<ul>${items.join('')}</ul>`,
      ]);
}

function passed(sections: Sections): string[] {
  const groups = bySubject(sections.passed);
  const others = nothingToLookAt(sections);
  const items = groups.map(
    ({ rule, title, subjects }) =>
      `<li>${inlineHtml(oneLine(title))}: ${escapeHtml(subjects.map(oneLine).join(', '))} <span class="quiet">(${escapeHtml(rule)})</span></li>`,
  );
  const content = [
    ...(items.length === 0
      ? []
      : [`<details><summary>${items.length} passed</summary><ul>${items.join('')}</ul></details>`]),
    ...(others.length === 0
      ? []
      : [
          `<details><summary>${others.length} with nothing to look at</summary><p>${escapeHtml(others.join(', '))}</p></details>`,
        ]),
  ];
  return content.length === 0 ? [] : section('passed', 'What is as it should be', content);
}

function setAside({ suppressed, known }: Sections): string[] {
  const items = [
    ...suppressed.map(
      ({ rule, subject, suppressedBy }) => `${rule}, ${subject}: ${suppressedBy?.reason ?? ''}`,
    ),
    ...known.map(({ rule, subject }) => `${rule}, ${subject}: known from the baseline`),
  ].map((text) => `<li>${escapeHtml(oneLine(text))}</li>`);
  return items.length === 0 ? [] : section('aside', 'Set aside', [`<ul>${items.join('')}</ul>`]);
}

function repeat(report: AuditReport): string[] {
  const items = repeatCommands(report).map(
    ({ text, command }) => `<li>${escapeHtml(text)}: <code>${escapeHtml(command)}</code></li>`,
  );
  return section('repeat', 'How to repeat', [`<ul>${items.join('')}</ul>`]);
}

function section(id: string, title: string, content: readonly string[]): string[] {
  return [`<section aria-labelledby="${id}">`, `<h2 id="${id}">${title}</h2>`, ...content, '</section>'];
}

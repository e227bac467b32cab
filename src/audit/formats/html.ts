import { severities } from '../finding.ts';
import type { AuditReport, Finding } from '../report.ts';
import { oneLine } from '../text.ts';
import { htmlPage } from '../../report/html/page.ts';
import { reportStyle } from '../../report/html/style.ts';
import { escapeHtml, inlineHtml } from '../../report/html/text.ts';
import { findingArticles, type Place } from './html-finding.ts';
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
    ...mainSections(report, sections, { prefix: '', level: 2 }),
    '</main>',
    `<footer><p class="quiet">${escapeHtml(origin(report))}</p></footer>`,
  ];
  return htmlPage({ title: reportTitle(report), style: reportStyle, body });
}

/**
 * The parts of an audit's page, for a page that has more than that: its introduction and counts, then its sections.
 * `place.prefix` keeps ids apart.
 */
export function auditSections(report: AuditReport, place: Place): string[] {
  const sections = sectionsOf(report);
  return [
    `<p>${opening(report)
      .map((sentence) => inlineHtml(sentence))
      .join(' ')}</p>`,
    tiles(report),
    ...mainSections(report, sections, place),
  ];
}

function mainSections(report: AuditReport, sections: Sections, place: Place): string[] {
  return [
    ...causeTable(sections.open, place),
    ...findingArticles(report, sections.open, place),
    ...notSeen(report, sections, place),
    ...passed(sections, place),
    ...setAside(sections, place),
    ...repeat(report, place),
  ];
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

function causeTable(open: readonly Finding[], { prefix, level }: Place): string[] {
  if (open.length === 0) return [];
  const rows = open.map(({ title, severity, location, subject, current, expected }, index) => {
    const where = [
      escapeHtml(oneLine(subject)),
      ...(location === undefined ? [] : [`<code>${escapeHtml(`${location.path}:${location.line}`)}</code>`]),
    ].join(', ');
    return [
      '<tr>',
      `<td data-label="#">${index + 1}</td>`,
      `<td><a href="#${prefix}finding-${index + 1}">${inlineHtml(oneLine(title))}</a> <span class="badge ${severity}">${severityWord[severity]}</span></td>`,
      `<td data-label="Where">${where}</td>`,
      cell('Now', current),
      cell('Should be', expected),
      '</tr>',
    ].join('');
  });
  return [
    `<section aria-labelledby="${prefix}causes">`,
    `<h${level} id="${prefix}causes">Causes</h${level}>`,
    `<div class="wide" role="region" aria-labelledby="${prefix}causes" tabindex="0"><table>`,
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

function notSeen(report: AuditReport, { unknown }: Sections, place: Place): string[] {
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
    : section(place, 'unknown', 'What could not be looked at', [
        '<p>None of this is a pass.</p>',
        `<ul>${items.join('')}</ul>`,
      ]);
}

function passed(sections: Sections, place: Place): string[] {
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
  return content.length === 0 ? [] : section(place, 'passed', 'What is as it should be', content);
}

function setAside({ suppressed, known }: Sections, place: Place): string[] {
  const items = [
    ...suppressed.map(
      ({ rule, subject, suppressedBy }) => `${rule}, ${subject}: ${suppressedBy?.reason ?? ''}`,
    ),
    ...known.map(({ rule, subject }) => `${rule}, ${subject}: known from the baseline`),
  ].map((text) => `<li>${escapeHtml(oneLine(text))}</li>`);
  return items.length === 0 ? [] : section(place, 'aside', 'Set aside', [`<ul>${items.join('')}</ul>`]);
}

function repeat(report: AuditReport, place: Place): string[] {
  const items = repeatCommands(report).map(
    ({ text, command }) => `<li>${escapeHtml(text)}: <code>${escapeHtml(command)}</code></li>`,
  );
  return section(place, 'repeat', 'How to repeat', [`<ul>${items.join('')}</ul>`]);
}

function section({ prefix, level }: Place, id: string, title: string, content: readonly string[]): string[] {
  return [
    `<section aria-labelledby="${prefix}${id}">`,
    `<h${level} id="${prefix}${id}">${title}</h${level}>`,
    ...content,
    '</section>',
  ];
}

import { diffLines } from '../diff.ts';
import type { AuditReport, Finding, RuleInfo, SourceLocation } from '../report.ts';
import { oneLine } from '../text.ts';
import { escapeHtml, inlineHtml, link, markdownHtml } from '../../report/html/text.ts';
import { confidenceText } from './prose.ts';
import { placeText, requirement, rulesOf, severityWord } from './words.ts';

/** Where the parts of an audit stand in a page: what their ids begin with, and the level of their headings. */
export interface Place {
  prefix: string;
  level: number;
}

/** An article a finding, with its excerpt, why, and the fix as a diff. */
export function findingArticles(report: AuditReport, open: readonly Finding[], place: Place): string[] {
  if (open.length === 0) return [];
  const rules = rulesOf(report);
  const first = new Map<string, number>();
  const articles = open.map((finding, index) => {
    const explained = first.get(finding.rule);
    if (explained === undefined) first.set(finding.rule, index + 1);
    return article(finding, index + 1, rules.get(finding.rule), { ...place, explained });
  });
  const { prefix, level } = place;
  return [
    `<section aria-labelledby="${prefix}findings">`,
    `<h${level} id="${prefix}findings">Findings</h${level}>`,
    ...articles,
    '</section>',
  ];
}

/** `explained`: the number of the finding that has told why already. */
function article(
  finding: Finding,
  number: number,
  rule: RuleInfo | undefined,
  { prefix, level, explained }: Place & { explained: number | undefined },
): string {
  const { severity, status, subject, title, message, location, current, expected, fix } = finding;
  const kind = status === 'opportunity' ? `${severityWord[severity]} opportunity` : severityWord[severity];
  const page = rule === undefined ? escapeHtml(finding.rule) : link(rule.docUrl, escapeHtml(finding.rule));
  const pairs = [
    ...(current === undefined ? [] : [`<dt>Now</dt><dd>${inlineHtml(oneLine(current))}</dd>`]),
    ...(expected === undefined ? [] : [`<dt>Should be</dt><dd>${inlineHtml(oneLine(expected))}</dd>`]),
  ];
  return [
    `<article id="${prefix}finding-${number}" class="${severity}" aria-labelledby="${prefix}title-${number}">`,
    `<h${level + 1} id="${prefix}title-${number}">${number}. ${inlineHtml(oneLine(title))}</h${level + 1}>`,
    `<p class="quiet"><span class="badge ${severity}">${kind}</span> ${[escapeHtml(oneLine(subject)), page, confidenceText(finding)].join(' · ')}</p>`,
    `<p>${inlineHtml(oneLine(message))}</p>`,
    ...(location === undefined ? [] : [excerpt(location)]),
    ...evidenceList(finding, level + 2),
    ...(pairs.length === 0 ? [] : [`<dl>${pairs.join('')}</dl>`]),
    ...(rule === undefined
      ? []
      : explained === undefined
        ? [`<h${level + 2}>Why</h${level + 2}>`, markdownHtml(rule.why)]
        : [`<p>Why: as for <a href="#${prefix}finding-${explained}">finding ${explained}</a>.</p>`]),
    ...(fix === undefined ? [] : fixBlocks(fix, level + 2)),
    '</article>',
  ].join('\n');
}

function excerpt(location: SourceLocation): string {
  const lines = location.excerpt.map(({ line, text, mark }) => {
    const shown =
      mark === undefined
        ? escapeHtml(text)
        : `${escapeHtml(text.slice(0, mark.start))}<mark>${escapeHtml(text.slice(mark.start, mark.start + mark.length))}</mark>${escapeHtml(text.slice(mark.start + mark.length))}`;
    return `<span${mark ? ' class="marked"' : ''}><span class="number">${line}</span>${shown}\n</span>`;
  });
  return `<p><code>${escapeHtml(placeText(location))}</code></p>\n${block(lines)}`;
}

/** Lines end within their elements, for those who read or copy without the style. It can be scrolled with the keyboard. */
function block(lines: readonly string[]): string {
  return `<pre tabindex="0"><code>${lines.join('')}</code></pre>`;
}

function evidenceList({ evidence }: Finding, level: number): string[] {
  const items = evidence.map(({ text, source, location }) => {
    const from = location === undefined ? source : placeText(location);
    return `<li>${from === undefined ? '' : `<code>${escapeHtml(oneLine(from))}</code>: `}<code>${escapeHtml(oneLine(text))}</code></li>`;
  });
  return items.length === 0 ? [] : [`<h${level}>Evidence</h${level}>`, `<ul>${items.join('')}</ul>`];
}

function fixBlocks(
  { title, requires, risk, diff, manual }: NonNullable<Finding['fix']>,
  level: number,
): string[] {
  return [
    `<h${level}>Fix</h${level}>`,
    `<p>${inlineHtml(oneLine(title))}. It takes ${requirement[requires]}.${risk === undefined ? '' : ` ${inlineHtml(oneLine(risk))}`}</p>`,
    ...(diff === undefined
      ? []
      : [
          block(
            diffLines(diff).map(({ kind, text }) => `<span class="${kind}">${escapeHtml(text)}\n</span>`),
          ),
        ]),
    ...(manual === undefined ? [] : [markdownHtml(manual)]),
  ];
}

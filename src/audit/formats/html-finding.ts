import { diffLines } from '../diff.ts';
import type { AuditReport, Finding, RuleInfo, SourceLocation } from '../report.ts';
import { oneLine } from '../text.ts';
import { escapeHtml, inlineHtml, link, markdownHtml } from './html-text.ts';
import { confidenceText } from './prose.ts';
import { placeText, requirement, rulesOf, severityWord } from './words.ts';

/** An article a finding, with its excerpt, why, and the fix as a diff. */
export function findingArticles(report: AuditReport, open: readonly Finding[]): string[] {
  if (open.length === 0) return [];
  const rules = rulesOf(report);
  const first = new Map<string, number>();
  const articles = open.map((finding, index) => {
    const explained = first.get(finding.rule);
    if (explained === undefined) first.set(finding.rule, index + 1);
    return article(finding, index + 1, rules.get(finding.rule), explained);
  });
  return [
    '<section aria-labelledby="findings">',
    '<h2 id="findings">Findings</h2>',
    ...articles,
    '</section>',
  ];
}

/** `explained`: the number of the finding that has told why already. */
function article(
  finding: Finding,
  number: number,
  rule: RuleInfo | undefined,
  explained: number | undefined,
): string {
  const { severity, status, subject, title, message, location, current, expected, fix } = finding;
  const kind = status === 'opportunity' ? `${severityWord[severity]} opportunity` : severityWord[severity];
  const page = rule === undefined ? escapeHtml(finding.rule) : link(rule.docUrl, escapeHtml(finding.rule));
  const pairs = [
    ...(current === undefined ? [] : [`<dt>Now</dt><dd>${inlineHtml(oneLine(current))}</dd>`]),
    ...(expected === undefined ? [] : [`<dt>Should be</dt><dd>${inlineHtml(oneLine(expected))}</dd>`]),
  ];
  return [
    `<article id="finding-${number}" class="${severity}" aria-labelledby="title-${number}">`,
    `<h3 id="title-${number}">${number}. ${inlineHtml(oneLine(title))}</h3>`,
    `<p class="quiet"><span class="badge ${severity}">${kind}</span> ${[escapeHtml(oneLine(subject)), page, confidenceText(finding)].join(' · ')}</p>`,
    `<p>${inlineHtml(oneLine(message))}</p>`,
    ...(location === undefined ? [] : [excerpt(location)]),
    ...evidenceList(finding),
    ...(pairs.length === 0 ? [] : [`<dl>${pairs.join('')}</dl>`]),
    ...(rule === undefined
      ? []
      : explained === undefined
        ? ['<h4>Why</h4>', markdownHtml(rule.why)]
        : [`<p>Why: as for <a href="#finding-${explained}">finding ${explained}</a>.</p>`]),
    ...(fix === undefined ? [] : fixBlocks(fix)),
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

function evidenceList({ evidence }: Finding): string[] {
  const items = evidence.map(({ text, source, location }) => {
    const from = location === undefined ? source : placeText(location);
    return `<li>${from === undefined ? '' : `<code>${escapeHtml(oneLine(from))}</code>: `}<code>${escapeHtml(oneLine(text))}</code></li>`;
  });
  return items.length === 0 ? [] : ['<h4>Evidence</h4>', `<ul>${items.join('')}</ul>`];
}

function fixBlocks({ title, requires, risk, diff, manual }: NonNullable<Finding['fix']>): string[] {
  return [
    '<h4>Fix</h4>',
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

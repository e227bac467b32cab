import { auditSections } from '../audit/formats/html.ts';
import { reportTitle } from '../audit/formats/prose.ts';
import { moment } from './figures.ts';
import { benchSection } from './html/bench.ts';
import { chartStyle } from './html/chart-style.ts';
import { checksSection } from './html/checks.ts';
import { section, tileList } from './html/figure.ts';
import { htmlPage } from './html/page.ts';
import { rolloutSection } from './html/rollout.ts';
import { reportStyle } from './html/style.ts';
import { escapeHtml } from './html/text.ts';
import type { Report } from './model.ts';
import {
  auditHeadlines,
  benchHeadlines,
  checkHeadlines,
  rolloutHeadlines,
  titleOf,
  type Headline,
} from './overview.ts';
import { rolloutTitle } from './rollout-text.ts';

interface Part {
  id: string;
  title: string;
  headlines: readonly Headline[];
  html: readonly string[];
}

/** The report as one page: no network, no script; dark and light, on a phone and on paper. */
export function htmlReport(report: Report): string {
  const title = titleOf(report);
  const parts = partsOf(report);
  return htmlPage({
    title,
    style: `${reportStyle}\n${chartStyle}`,
    body: [
      '<a class="skip" href="#main">To the content</a>',
      '<header>',
      `<h1>${escapeHtml(title)}</h1>`,
      ...inShort(parts),
      '</header>',
      '<main id="main">',
      ...parts.flatMap(({ html }) => html),
      '</main>',
      `<footer><p class="quiet">${escapeHtml(`${report.tool.name} ${report.tool.version}, ${moment(report.at)}.`)}</p></footer>`,
    ],
  });
}

function partsOf({ bench, rollouts = [], checks = [], audits = [] }: Report): Part[] {
  return [
    ...rollouts.map((timeline, index): Part => {
      const id = `rollout-${index + 1}`;
      return {
        id,
        title: rolloutTitle(timeline),
        headlines: rolloutHeadlines(timeline),
        html: rolloutSection(timeline, id),
      };
    }),
    ...(bench
      ? [{ id: 'bench', title: 'Load test', headlines: benchHeadlines(bench), html: benchSection(bench) }]
      : []),
    ...checks.map((part, index): Part => {
      const id = `checks-${index + 1}`;
      return {
        id,
        title: `Checks of ${part.target}`,
        headlines: checkHeadlines(part),
        html: checksSection(part, id),
      };
    }),
    ...audits.map((audit, index): Part => {
      const id = `audit-${index + 1}`;
      const title = reportTitle(audit);
      const sections = auditSections(audit, { prefix: `${id}-`, level: 3 });
      return { id, title, headlines: auditHeadlines(audit), html: section(id, title, sections) };
    }),
  ];
}

/** What each part says, and the way to it; of a single part only what it says. */
function inShort(parts: readonly Part[]): string[] {
  const [first] = parts;
  if (parts.length <= 1) return first ? [tileList(first.headlines, 'In short')] : [];
  return [
    '<div class="headlines">',
    ...parts.flatMap(({ id, title, headlines }) => [
      '<section>',
      `<h2><a href="#${id}">${escapeHtml(title)}</a></h2>`,
      tileList(headlines, title),
      '</section>',
    ]),
    '</div>',
  ];
}

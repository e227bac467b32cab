import { auditSections } from '../audit/formats/html.ts';
import { reportTitle } from '../audit/formats/prose.ts';
import { moment } from './figures.ts';
import { benchParts } from './html/bench.ts';
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
  /** Where the page has no other part, so that its own title says the rest. */
  short: string;
  headlines: readonly Headline[];
  html: (id: string, title: string) => readonly string[];
}

/** The report as one page: no network, no script; dark and light, on a phone and on paper. */
export function htmlReport(report: Report): string {
  const title = titleOf(report);
  const parts = partsOf(report);
  const sections = parts.flatMap(({ id, html, ...part }) =>
    html(id, parts.length === 1 ? part.short : part.title),
  );
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
      ...sections,
      '</main>',
      `<footer><p class="quiet">${escapeHtml(`${report.tool.name} ${report.tool.version}, ${moment(report.at)}.`)}</p></footer>`,
    ],
  });
}

function partsOf({ bench, rollouts = [], checks = [], audits = [] }: Report): Part[] {
  return [
    ...rollouts.map((timeline, index): Part => ({
      id: `rollout-${index + 1}`,
      title: rolloutTitle(timeline),
      short: 'How it went',
      headlines: rolloutHeadlines(timeline),
      html: (id, title) => rolloutSection(timeline, id, title),
    })),
    ...(bench
      ? [
          {
            id: 'bench',
            title: 'Load test',
            short: 'Load test',
            headlines: benchHeadlines(bench),
            html: (id: string, title: string) => section(id, title, benchParts(bench)),
          },
        ]
      : []),
    ...checks.map((part, index): Part => ({
      id: `checks-${index + 1}`,
      title: `Checks of ${part.target}`,
      short: 'What was checked',
      headlines: checkHeadlines(part),
      html: (id, title) => checksSection(part, id, title),
    })),
    ...audits.map((audit, index): Part => ({
      id: `audit-${index + 1}`,
      title: reportTitle(audit),
      short: 'What was found',
      headlines: auditHeadlines(audit),
      html: (id, title) => section(id, title, auditSections(audit, { prefix: `${id}-`, level: 3 })),
    })),
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

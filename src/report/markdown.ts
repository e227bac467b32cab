import { markdownReport as auditMarkdown } from '../audit/formats/markdown.ts';
import { escapeMarkdown, tableRow } from '../audit/formats/markdown-text.ts';
import { reportTitle } from '../audit/formats/prose.ts';
import { withUnit } from '../check/threshold.ts';
import {
  comparisonCells,
  comparisonHead,
  errorKinds,
  runCells,
  runHead,
  runNotes,
  scenarioText,
} from './bench-text.ts';
import { milliseconds, moment, span } from './figures.ts';
import { statusWords } from './html/checks.ts';
import type { BenchPart, BenchRun, ChecksPart, Report } from './model.ts';
import {
  auditHeadlines,
  benchHeadlines,
  checkHeadlines,
  rolloutHeadlines,
  titleOf,
  type Headline,
} from './overview.ts';
import { hostText, movesOf, rolloutTitle, stageNames, visitorsText } from './rollout-text.ts';
import type { Timeline } from './timeline.ts';

/** The report for a pull request or a job's summary: what matters in tables, the rest folded away. */
export function markdownReport(report: Report): string {
  const { bench, rollouts = [], checks = [], audits = [] } = report;
  const several = rollouts.length + checks.length + audits.length + (bench ? 1 : 0) > 1;
  // The title of the report says what a single part is.
  const heading = (text: string): string[] => (several ? [`## ${escapeMarkdown(text)}`] : []);
  const blocks = [
    `# ${escapeMarkdown(titleOf(report))}`,
    ...rollouts.flatMap((timeline) => [...heading(rolloutTitle(timeline)), ...rolloutBlocks(timeline)]),
    ...(bench ? [...heading('Load test'), ...benchBlocks(bench)] : []),
    ...checks.flatMap((part) => [...heading(`Checks of ${part.target}`), ...checksBlocks(part)]),
    ...audits.flatMap((audit) => [
      ...heading(reportTitle(audit)),
      inBold(auditHeadlines(audit)),
      // Its own headings go one level down, to be under ours.
      folded('The audit', withoutTitle(auditMarkdown(audit))),
    ]),
    `*${escapeMarkdown(`${report.tool.name} ${report.tool.version}, ${moment(report.at)}.`)}*`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** `**0** of 713 requests failed · **86 ms** longest time without an answer`. */
function inBold(headlines: readonly Headline[]): string {
  return headlines.map(({ value, words }) => `**${withinLine(value)}** ${escapeMarkdown(words)}`).join(' · ');
}

/** A figure where no list can begin: `8.13 /s` needs no escape there. */
function withinLine(text: string): string {
  return /^[\d.,×%−+±–/ a-z]*$/i.test(text) ? text.trim() : escapeMarkdown(text);
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  words: readonly number[],
): string {
  return [
    tableRow(head.map(escapeMarkdown)),
    tableRow(head.map((_, index) => (words.includes(index) ? '---' : '---:'))),
    ...rows.map((cells) => tableRow(cells.map(withinLine))),
  ].join('\n');
}

/** `content` is Markdown. */
function folded(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}

function list(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n')];
}

function benchBlocks(bench: BenchPart): string[] {
  const { runs, comparison } = bench;
  return [
    inBold(benchHeadlines(bench)),
    ...runs.flatMap(({ label, result }) =>
      result.invalid.map(
        (reason) => `**${escapeMarkdown(label)}: not to be trusted.** ${escapeMarkdown(reason)}`,
      ),
    ),
    ...(comparison
      ? [
          table(comparisonHead(comparison), comparison.rows.map(comparisonCells), [0, 5]),
          ...list(comparison.notes),
        ]
      : []),
    ...[...new Set(runs.map(({ result }) => scenarioText(result.scenario)))].map(escapeMarkdown),
    ...(comparison ? [folded('All figures, times in ms', runTable(runs))] : [runTable(runs)]),
    ...runs.flatMap((run) => {
      const kinds = errorKinds(run.result.total);
      const notes = [...runNotes(run), ...(kinds.length > 0 ? [`Errors: ${kinds.join(', ')}.`] : [])];
      return list(runs.length === 1 ? notes : notes.map((note) => `${run.label}: ${note}`));
    }),
  ];
}

function runTable(runs: readonly BenchRun[]): string {
  const rows = runs.flatMap(({ label, result }) => [
    runCells(label, result.total),
    ...(Object.keys(result.requests).length > 1
      ? Object.entries(result.requests).map(([name, figures]) => runCells(`${label}: ${name}`, figures))
      : []),
  ]);
  return table(runHead, rows, [0]);
}

function rolloutBlocks(timeline: Timeline): string[] {
  const failures = timeline.probe.filter(({ ok }) => !ok);
  return [
    inBold(rolloutHeadlines(timeline)),
    ...timeline.hosts.flatMap((host) => [
      ...list([
        `${host.host}: ${hostText(host)}`,
        ...(visitorsText(host) === undefined ? [] : [`Visitors met: ${visitorsText(host) ?? ''}.`]),
        ...movesOf(timeline, host.host).map(({ text }) => `Traffic moved at ${text}.`),
      ]),
    ]),
    folded(
      'Steps',
      table(
        ['host', 'stage', 'step', 'began', 'took', 'result'],
        timeline.steps.map(({ host, stage, title, startMs, endMs, ok }) => [
          host,
          stageNames[stage] ?? stage,
          title,
          span(startMs),
          span(endMs - startMs),
          ok ? 'done' : 'failed',
        ]),
        [0, 1, 2, 5],
      ),
    ),
    ...(failures.length === 0
      ? []
      : [
          folded(
            `${failures.length} requests that failed`,
            table(
              ['host', 'at', 'after', 'why'],
              failures
                .slice(0, mostFailures)
                .map(({ host, atMs, durationMs, error }) => [
                  host,
                  span(atMs),
                  milliseconds(durationMs),
                  error ?? '',
                ]),
              [0, 3],
            ),
          ),
        ]),
  ];
}

/** Failed requests that are listed one by one. */
const mostFailures = 50;

function checksBlocks(part: ChecksPart): string[] {
  return [
    inBold(checkHeadlines(part)),
    ...part.hosts.flatMap((host) =>
      'error' in host
        ? [`**${escapeMarkdown(host.host)}: not checked.** ${escapeMarkdown(host.error)}`]
        : [
            ...(part.hosts.length > 1 ? [`### ${escapeMarkdown(host.host)}`] : []),
            table(
              ['check', 'result', 'value', 'expected', 'what was seen'],
              host.checks.map(({ title, status, value, unit, expected, message }) => [
                title,
                statusWords[status],
                value === undefined ? '' : withUnit(value, unit),
                status === 'notApplicable' ? '' : expected,
                message,
              ]),
              [0, 1, 3, 4],
            ),
          ],
    ),
  ];
}

/** The blocks after the title; a heading outside of a block of code goes one level down. */
function withoutTitle(markdown: string): string {
  let fence: string | undefined;
  return markdown
    .split('\n')
    .slice(1)
    .map((line) => {
      const mark = /^(`{3,}|~{3,})/.exec(line)?.[1];
      if (fence === undefined && mark !== undefined) fence = mark;
      else if (fence !== undefined && line.trim() === fence) fence = undefined;
      return fence === undefined && /^#{1,5} /.test(line) ? `#${line}` : line;
    })
    .join('\n')
    .trim();
}

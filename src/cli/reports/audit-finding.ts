import type { Severity } from '../../audit/finding.ts';
import { confidenceText } from '../../audit/formats/prose.ts';
import { placeText, requirement } from '../../audit/formats/words.ts';
import type { Finding, SourceLocation } from '../../audit/report.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { diffBlock } from './audit-diff.ts';
import { width } from './table.ts';
import { clip, paintCode, wrap } from './wrap.ts';

type Format = Parameters<Style>[0];

export const severityFormat: Readonly<Record<Severity, Format>> = {
  critical: ['red', 'bold'],
  high: 'red',
  medium: 'yellow',
  low: 'blue',
  info: 'dim',
};
const badgeFormat: Readonly<Record<Severity, Format>> = {
  critical: ['bgRed', 'whiteBright', 'bold'],
  high: ['red', 'inverse', 'bold'],
  medium: ['yellow', 'inverse', 'bold'],
  low: ['blue', 'inverse', 'bold'],
  info: ['inverse', 'dim'],
};

/** Longer lists are for the Markdown report. */
const mostEvidence = 4;
/** Columns of the words before the figures. */
const labelWidth = 11;

interface Place {
  /** Columns of the terminal. */
  room: number;
  /** Of the finding in its report. */
  number: number;
}

/** One finding: badge and title, what is the matter, the source, now and then, the fix. */
export function findingLines(
  finding: Finding,
  page: string | undefined,
  style: Style,
  { room, number }: Place,
): string[] {
  const { severity, status, subject, title, message, location, current, expected, fix } = finding;
  const words = [
    ...(subject === '' ? [] : [subject]),
    finding.rule,
    ...(status === 'opportunity' ? ['opportunity'] : []),
    confidenceText(finding),
  ];
  const pair = (label: string, text: string | undefined): string[] =>
    text === undefined ? [] : labelled(label, text, style, room);
  const figures = [
    ...evidence(finding, style, room),
    ...pair('now', current),
    ...pair('should be', expected),
  ];
  return [
    ...headline(severity, sanitizeLine(title), style, { room, number }),
    ...wrap(sanitizeLine(words.join(' · ')), room - 2).map((line) => `  ${style('dim', line)}`),
    '',
    ...paintCode(wrap(sanitizeLine(message), room - 2), style).map((line) => `  ${line}`),
    ...(location === undefined ? [] : ['', ...excerpt(location, severity, style, room)]),
    ...(figures.length === 0 ? [] : ['', ...figures]),
    ...(fix === undefined ? [] : ['', ...fixLines(fix, style, room)]),
    ...(page === undefined ? [] : ['', pageLine(page, style)]),
  ];
}

/** A finding that can wait, in a few lines. */
export function shortFindingLines(
  { severity, subject, rule, title, message, location, fix }: Finding,
  style: Style,
  { room, number }: Place,
): string[] {
  const words = [...(subject === '' ? [] : [subject]), rule, ...(location ? [placeText(location)] : [])];
  return [
    ...headline(severity, sanitizeLine(title), style, { room, number }),
    ...wrap(sanitizeLine(words.join(' · ')), room - 2).map((line) => `  ${style('dim', line)}`),
    ...paintCode(wrap(sanitizeLine(message), room - 2), style).map((line) => `  ${line}`),
    ...(fix === undefined ? [] : labelled('fix', fix.title, style, room)),
  ];
}

function headline(severity: Severity, title: string, style: Style, { room, number }: Place): string[] {
  const badge = ` ${severity.toUpperCase()} `;
  const indent = badge.length + 1;
  return wrap(`${number}. ${title}`, room - indent).map((line, index) =>
    index === 0
      ? `${style(badgeFormat[severity], badge)} ${style('bold', line)}`
      : `${' '.repeat(indent)}${style('bold', line)}`,
  );
}

/** An address is never broken: a terminal opens it as it stands. */
function pageLine(page: string, style: Style): string {
  return `  ${style('dim', `${'why'.padEnd(labelWidth)}${sanitizeLine(page)}`)}`;
}

/** A word and its text, which hangs beside it; below it where there is no room. */
function labelled(label: string, text: string, style: Style, room: number): string[] {
  return paintCode(wrap(sanitizeLine(text), room - 2 - labelWidth), style).map(
    (line, index) =>
      `  ${index === 0 ? style('dim', label.padEnd(labelWidth)) : ' '.repeat(labelWidth)}${line}`,
  );
}

/** The source as a compiler shows it: numbers, the line that is meant, carets below when it is one. */
function excerpt(location: SourceLocation, severity: Severity, style: Style, room: number): string[] {
  const lines = location.excerpt;
  const digits = String(lines.at(-1)?.line ?? 1).length;
  const single = lines.filter(({ mark }) => mark !== undefined).length === 1;
  // Two columns in front, the mark, a space, the number, ` │ `.
  const space = room - digits - 7;
  const paint = (text: string): string => style(severityFormat[severity], text);
  return [
    `  ${style('bold', clip(sanitizeLine(placeText(location)), room - 2))}`,
    ...lines.flatMap(({ line, text, mark }) => {
      const number = String(line).padStart(digits);
      if (mark === undefined) return [`    ${style('dim', `${number} │ ${clip(text, space)}`)}`.trimEnd()];
      const shown = windowed(text, mark, space);
      const end = shown.start + shown.length;
      return [
        `  ${paint('▸')} ${style('bold', number)} ${style('dim', '│')} ${shown.text.slice(0, shown.start)}${paint(shown.text.slice(shown.start, end))}${shown.text.slice(end)}`,
        ...(single
          ? [
              `    ${' '.repeat(digits)} ${style('dim', '│')} ${' '.repeat(width(shown.text.slice(0, shown.start)))}${paint('^'.repeat(Math.max(1, width(shown.text.slice(shown.start, end)))))}`,
            ]
          : []),
      ];
    }),
  ];
}

/** A long line from a little before its mark on, so that the mark is seen. */
function windowed(
  text: string,
  mark: { start: number; length: number },
  room: number,
): { text: string; start: number; length: number } {
  const before = text.slice(0, mark.start);
  const fits = width(before) + Math.min(mark.length, Math.floor(room / 2)) <= room;
  const from = fits ? 0 : Math.max(0, mark.start - Math.floor(room / 4));
  const head = from > 0 ? '…' : '';
  const shown = clip(`${head}${text.slice(from).toWellFormed()}`, room);
  const start = mark.start - from + head.length;
  return { text: shown, start, length: Math.max(0, Math.min(mark.length, shown.length - start)) };
}

function evidence({ evidence: lines, location }: Finding, style: Style, room: number): string[] {
  // What the excerpt shows already is not said again.
  const more = lines.filter(
    ({ location: at }) => at === undefined || at.path !== location?.path || at.line !== location.line,
  );
  const texts = more.slice(0, mostEvidence).map(({ text, source, location: at }) => {
    const from = at === undefined ? source : placeText(at);
    return from === undefined ? text : `${from}: ${text}`;
  });
  if (more.length > mostEvidence) texts.push(`and ${more.length - mostEvidence} more`);
  return texts.flatMap((text, index) => labelled(index === 0 ? 'seen' : '', text, style, room));
}

function fixLines(fix: NonNullable<Finding['fix']>, style: Style, room: number): string[] {
  const { title, requires, risk, diff, manual } = fix;
  return [
    ...labelled('fix', title, style, room),
    ...labelled('takes', requirement[requires], style, room),
    ...(risk === undefined ? [] : labelled('risk', risk, style, room)),
    ...(manual === undefined
      ? []
      : manual
          .trim()
          .split('\n')
          .flatMap((line, index) => labelled(index === 0 ? 'by hand' : '', line, style, room))),
    ...(diff === undefined ? [] : ['', ...diffBlock(diff, style, room)]),
  ];
}

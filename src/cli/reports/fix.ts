import { requirement } from '../../audit/formats/words.ts';
import { count } from '../../audit/text.ts';
import type { FixPart, FixResult, ProposedFix } from '../../fix/fix.ts';
import { assumedMachineText } from '../../tune/input.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { changesText } from './changes.ts';
import { wrap } from './wrap.ts';

/** One change and the findings that it mends, for a question. */
export function proposedFix({ parts, changes }: ProposedFix, style: Style): string {
  return [...parts.map((part) => partLine(part, style)), '', changesText(changes, style)].join('\n');
}

/** What was mended, what stays and why, and what comes next. */
export function fixReport(
  result: FixResult,
  written: boolean,
  style: Style,
  { width }: { width: number },
): string {
  const room = Math.max(40, width);
  const { applied, left, changes } = result;
  const parts = applied.flatMap((fix) => fix.parts);
  const head =
    parts.length === 0
      ? 'Nothing that can be mended by an edit.'
      : `${count(parts.length, 'fix', 'fixes')} in ${count(changes.size, 'file')}${written ? '' : ', not written'}:`;
  const risks = parts.flatMap(({ rule, risk }) => (risk === undefined ? [] : [`${rule}: ${risk}`]));
  const manual = parts.flatMap(({ rule, manual: todo }) => (todo === undefined ? [] : [`${rule}: ${todo}`]));
  return [
    style('bold', head),
    ...parts.map((part) => partLine(part, style)),
    ...section('Mind', risks, style, room),
    ...section('Left for you', manual, style, room),
    ...section(
      'Not mended',
      left.map(({ rule, subject, title, why, manual: todo }) =>
        [`${rule} (${subject}): ${title}. ${why}`, ...(todo === undefined ? [] : [todo])].join(' '),
      ),
      style,
      room,
    ),
    ...(result.after.stack.machine === undefined && parts.length > 0
      ? ['', ...wrap(assumedMachineText, room).map((line) => style('yellow', line))]
      : []),
    ...(written ? ['', 'Look at it with git diff, commit, then: ops deploy'] : []),
  ].join('\n');
}

function partLine({ title, rule, subject, requires }: FixPart, style: Style): string {
  const about = style('dim', sanitizeLine(`${rule}, ${subject}; ${requirement[requires]}`));
  return `  ${style('green', '✔')} ${sanitizeLine(title)}  ${about}`;
}

function section(title: string, lines: readonly string[], style: Style, room: number): string[] {
  if (lines.length === 0) return [];
  return [
    '',
    style('bold', title),
    ...[...new Set(lines)].flatMap((line) =>
      wrap(sanitizeLine(line.replaceAll('\n', ' ')), room - 4).map(
        (text, index) => `  ${index === 0 ? '·' : ' '} ${text}`,
      ),
    ),
  ];
}

import { diffLines, type DiffLine } from '../../audit/diff.ts';
import { count } from '../../audit/text.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { clip } from './wrap.ts';

/** Longer ones are for the Markdown report. */
const mostDiffLines = 20;

/** The changed lines with their numbers and one line around; a long diff is cut. */
export function diffBlock(diff: string, style: Style, room: number): string[] {
  const lines = numbered(diffLines(diff));
  const shown = lines.slice(0, mostDiffLines);
  const rest = lines.length - shown.length;
  const digits = Math.max(1, ...shown.map(({ number }) => String(number ?? '').length));
  const formats = { added: 'green', removed: 'red', context: 'dim', file: 'bold', gap: 'dim' } as const;
  return [
    ...shown.map(({ kind, number, text }) => {
      const line = clip(
        sanitizeLine(text.replaceAll('\t', '    ')),
        room - (kind === 'file' ? 2 : digits + 5),
      );
      if (kind === 'file') return `  ${style('bold', line)}`;
      return `    ${style('dim', String(number ?? '').padStart(digits))} ${style(formats[kind], line)}`.trimEnd();
    }),
    ...(rest > 0
      ? [`    ${style('dim', `… ${count(rest, 'more line')}: ops audit --format markdown`)}`]
      : []),
  ];
}

interface NumberedLine {
  kind: 'file' | 'added' | 'removed' | 'context' | 'gap';
  /** In the file before for what goes, in the new one for what comes. */
  number?: number;
  text: string;
}

function numbered(lines: readonly DiffLine[]): NumberedLine[] {
  let before = 0;
  let after = 0;
  const changed = (line: DiffLine | undefined): boolean => line?.kind === 'added' || line?.kind === 'removed';
  const result: NumberedLine[] = [];
  for (const [index, line] of lines.entries()) {
    const { kind, text } = line;
    switch (kind) {
      case 'file':
        if (text.startsWith('+++ '))
          result.push({ kind, text: text.replace(/^\+\+\+ "?b\//, '').replace(/"$/, '') });
        break;
      case 'hunk': {
        const [, start = '0', next = '0'] = /^@@ -(\d+)\S* \+(\d+)/.exec(text) ?? [];
        if (before > 0 && result.at(-1)?.kind !== 'file') result.push({ kind: 'gap', text: '⋮' });
        before = Number(start);
        after = Number(next);
        break;
      }
      case 'removed':
        result.push({ kind, number: before, text });
        before += 1;
        break;
      case 'added':
        result.push({ kind, number: after, text });
        after += 1;
        break;
      case 'context':
        if (changed(lines[index - 1]) || changed(lines[index + 1]))
          result.push({ kind, number: after, text });
        else if (changed(lines[index - 2])) result.push({ kind: 'gap', text: '⋮' });
        before += 1;
        after += 1;
        break;
      case 'note':
        break;
    }
  }
  // No gap at the end, nor two of them.
  return result.filter(
    ({ kind }, index) => kind !== 'gap' || !['gap', 'file', undefined].includes(result[index + 1]?.kind),
  );
}

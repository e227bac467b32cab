import { diffLines, fileDiff, maskDiff, type DiffLine } from '../../audit/diff.ts';
import type { Change } from '../../source/changes.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';

const formats = {
  file: 'bold',
  hunk: 'cyan',
  added: 'green',
  removed: 'red',
  context: 'reset',
  note: 'dim',
} as const satisfies Record<DiffLine['kind'], Parameters<Style>[0]>;

/** Whole diffs, secrets masked. */
export function changesText(changes: ReadonlyMap<string, Change>, style: Style): string {
  return [...changes]
    .map(([path, change]) =>
      diffLines(maskedDiff(path, change))
        .map(({ kind, text }) => style(formats[kind], sanitizeLine(text)))
        .join('\n'),
    )
    .join('\n\n');
}

/** The same for `--json`. */
export function changesData(changes: ReadonlyMap<string, Change>): readonly { path: string; diff: string }[] {
  return [...changes].map(([path, change]) => ({ path, diff: maskedDiff(path, change) }));
}

function maskedDiff(path: string, { before, after }: Change): string {
  return maskDiff(fileDiff(path, before, after));
}

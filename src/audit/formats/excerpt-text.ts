import type { SourceLocation } from '../report.ts';

/** An excerpt as compilers print it: line numbers, `>` at what is meant, carets below when it is one line. */
export function excerptText({ excerpt }: Pick<SourceLocation, 'excerpt'>): string {
  const width = String(excerpt.at(-1)?.line ?? 1).length;
  const single = excerpt.filter(({ mark }) => mark !== undefined).length === 1;
  return excerpt
    .flatMap(({ line, text, mark }) => [
      `${mark ? '>' : ' '} ${String(line).padStart(width)} | ${text}`.trimEnd(),
      ...(mark && single
        ? [`  ${' '.repeat(width)} | ${' '.repeat(mark.start)}${'^'.repeat(mark.length)}`]
        : []),
    ])
    .join('\n');
}

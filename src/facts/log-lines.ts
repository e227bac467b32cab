import { blocksOf } from './blocks.ts';
import { quote, words } from '../shell/quote.ts';
import type { Fact } from './fact.ts';

export type ContainerLog =
  | { state: 'ok'; lines: Readonly<Record<string, { count: number; last: string }>> }
  /** The log driver keeps nothing here, or Docker refuses. */
  | { state: 'unreadable'; message: string };

/** By container id. */
export type LogLinesFact = Readonly<Record<string, ContainerLog>>;

export interface LogLinesOptions {
  /** By kind: an extended regular expression in lower case, without `/` and `\`; lines are compared in lower case. */
  patterns: Readonly<Record<string, string>>;
  /** Lines of each log that are looked at. */
  tail: number;
  /** Docker's notation, `168h`. */
  since: string;
}

/**
 * Counts lines of containers' logs, on the server: the logs themselves are not transferred.
 *
 * @param containers full ids
 */
export function logLines(
  containers: readonly string[],
  { patterns, tail, since }: LogLinesOptions,
): Fact<'log-lines', LogLinesFact> {
  const program = [
    '/^@ops-failed$/ { failed = 1; next }',
    '{ text = tolower($0); previous = $0 }',
    ...Object.entries(patterns).map(
      ([kind, pattern]) => `text ~ /${pattern}/ { count["${kind}"]++; last["${kind}"] = substr($0, 1, 300) }`,
    ),
    'END {',
    '  if (failed) print "unreadable " substr(previous, 1, 300)',
    '  else for (kind in count) print "line " kind " " count[kind] " " last[kind]',
    '}',
  ].join('\n');
  return {
    id: 'log-lines',
    script: () =>
      containers.length === 0
        ? ':'
        : [
            `for id in ${words(...containers)}; do`,
            '  echo "log $id"',
            `  { docker logs --tail ${tail} --since ${since} "$id" 2>&1 || echo @ops-failed; } | awk ${quote(program)}`,
            'done',
            ':',
          ].join('\n'),
    parse({ stdout }): LogLinesFact {
      const found: Record<string, ContainerLog> = {};
      for (const { value: id, lines } of blocksOf(stdout, 'log')) {
        const unreadable = lines.find((line) => line.startsWith('unreadable'));
        found[id] =
          unreadable === undefined
            ? {
                state: 'ok',
                lines: Object.fromEntries(
                  lines.flatMap((line): [string, { count: number; last: string }][] => {
                    const match = /^line (\S+) (\d+) ?([^]*)$/.exec(line);
                    return match ? [[match[1] ?? '', { count: Number(match[2]), last: match[3] ?? '' }]] : [];
                  }),
                ),
              }
            : { state: 'unreadable', message: unreadable.slice('unreadable '.length).trim() };
      }
      return found;
    },
  };
}

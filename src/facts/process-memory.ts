import { words } from '../shell/quote.ts';
import type { Fact } from './fact.ts';

/** Resident bytes by container id and process id (as the host counts them). */
export type ProcessMemoryFact = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Memory of the processes inside the given containers.
 *
 * @param containers full ids
 */
export function processMemory(containers: readonly string[]): Fact<'process-memory', ProcessMemoryFact> {
  return {
    id: 'process-memory',
    script: () =>
      containers.length === 0
        ? ':'
        : [
            `for id in ${words(...containers)}; do`,
            `  docker top "$id" -eo pid,rss 2>/dev/null | sed -n "2,\\$s/^ */rss $id /p"`,
            'done',
            ':',
          ].join('\n'),
    parse({ stdout }): ProcessMemoryFact {
      const found: Record<string, Record<string, number>> = {};
      for (const line of stdout.split('\n')) {
        const match = /^rss ([0-9a-f]+) (\d+) +(\d+)$/.exec(line.trim());
        if (match) (found[match[1] ?? ''] ??= {})[match[2] ?? ''] = Number(match[3]) * 1024;
      }
      return found;
    },
  };
}

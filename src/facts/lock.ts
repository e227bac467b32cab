import { lockDir } from '../shell/ops-dir.ts';
import type { Fact } from './fact.ts';

export interface LockOwner {
  run: string;
  by: string;
  /** ISO 8601, operator's clock. */
  at: string;
  /** `deploy 1a2b3c4`, `rollback to …`, or the text of `ops lock acquire`. */
  what: string;
}

export type LockFact =
  | { state: 'free' }
  | {
      state: 'held';
      /** Token of the owner; empty: it was never written. */
      run: string;
      /** Undefined: the owner's file is torn or was never written. */
      owner?: LockOwner;
      /** Seconds since the client was last heard from, by the host's clock. */
      silentSeconds: number;
    };

export const lock = {
  id: 'lock',
  script: () =>
    [
      `[ -d ${lockDir} ] || { echo free; exit 0; }`,
      `beat=$(stat -c %Y ${lockDir}/heartbeat 2>/dev/null || stat -c %Y ${lockDir})`,
      'echo "held $(( $(date +%s) - beat ))"',
      // By itself, too: a lock whose owner cannot be read is as good as any other, and as stale.
      `printf 'run %s\\n' "$(cat ${lockDir}/run 2>/dev/null)"`,
      `cat ${lockDir}/owner.json 2>/dev/null`,
      ':',
    ].join('\n'),
  parse({ stdout }): LockFact {
    const [first = '', second = '', ...rest] = stdout.split('\n');
    if (!first.startsWith('held ')) return { state: 'free' };
    const owner = parseOwner(rest.join('\n'));
    return {
      state: 'held',
      run: second.slice('run '.length),
      silentSeconds: Number(first.slice('held '.length)),
      ...(owner ? { owner } : {}),
    };
  },
} satisfies Fact<'lock', LockFact>;

function parseOwner(text: string): LockOwner | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockOwner>;
    if (typeof value.run !== 'string') return undefined;
    return { run: value.run, by: String(value.by), at: String(value.at), what: String(value.what) };
  } catch {
    return undefined;
  }
}

import type { Wanted } from '../deploy/wanted.ts';
import { OpsError } from '../errors.ts';
import type { ExitReason } from '../exit-codes.ts';
import type { ProxyFact } from '../facts/proxy.ts';
import type { HostResult } from './release-run.ts';

/** What cannot be done without an interruption that nobody has agreed to. */
export function downtimeError(
  host: string,
  reasons: readonly { service: string; reason: string }[],
): OpsError {
  return new OpsError(
    'unchanged',
    'NEEDS_DOWNTIME',
    `This release cannot be made without downtime on ${host}.`,
    {
      place: { host, step: 'plan', output: reasons.map(({ service, reason }) => `${service}: ${reason}`) },
      next: ['Add --allow-downtime to restart these services, at a time that suits.'],
    },
  );
}

/** What is wanted has become another commit while we waited for the lock, a batch or an answer. */
export function movedOnError(host: string, before: Wanted, now: Wanted): OpsError {
  const name = ({ commit, subject }: Wanted): string => `${commit.slice(0, 7)} ${subject}`;
  return new OpsError(
    'unchanged',
    'MOVED_ON',
    `${host} would get ${name(now)} now, no more ${name(before)}.`,
    {
      place: { host, step: 'look again' },
      next: ['Look at what has come in, then run the command again.'],
    },
  );
}

/** nginx would refuse to load it, and with it any new address: nothing may start to move. */
export function refuseInvalidProxy(host: string, proxy: ProxyFact): void {
  if (proxy.state !== 'ok' || proxy.invalid === undefined) return;
  throw new OpsError(
    'unchanged',
    'PROXY_CONFIG_INVALID',
    `The proxy’s configuration is not valid, so ${proxy.service} goes on with the one it has loaded.`,
    {
      place: { host, step: 'nginx -t', output: proxy.invalid.split('\n').slice(-10) },
      next: ['Mend the file and push the commit.'],
    },
  );
}

/** What should not happen; the host is put right all the same. */
export function bugError(thrown: unknown): OpsError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new OpsError('internal', 'INTERNAL', `ops failed in a way it should not: ${text}`, {
    place:
      thrown instanceof Error && thrown.stack !== undefined
        ? { output: thrown.stack.split('\n').slice(1, 6) }
        : {},
    next: ['Please report this with the output above.'],
    cause: thrown,
  });
}

/** Failures that happened before anything was done keep the reason that they came with. */
const kept: ReadonlySet<ExitReason> = new Set(['locked', 'usage', 'connection']);

/** What a person can do next, where the failure itself does not say: by where things stand now. */
const nextSteps: Partial<Record<HostResult['outcome'], readonly string[]>> = {
  failed: ['What serves is as it was before. Mend the cause, then run the same command again.'],
  restored: [
    'The previous release serves. What the failed containers said last is in .ops/logs/ of the app directory.',
    'Mend the release, then deploy it again.',
  ],
  interrupted: ['What serves is as it was before. Run the same command again when it suits.'],
};

/**
 * The exit reason follows from where things stand now, not from what failed.
 *
 * @param begun the ledger has the release: something was done, even if it was put back
 */
export function withReason(error: OpsError, outcome: HostResult['outcome'], begun: boolean): OpsError {
  const reasons: Partial<Record<HostResult['outcome'], ExitReason>> = {
    restored: 'rolledBack',
    interrupted: 'interrupted',
    'needs-human': 'needsHuman',
  };
  const keeps = error.reason === 'internal' || (!begun && kept.has(error.reason));
  const reason = reasons[outcome] ?? (keeps ? error.reason : 'unchanged');
  return new OpsError(reason, error.code, error.message, {
    next: error.next.length > 0 ? error.next : (nextSteps[outcome] ?? []),
    place: error.place,
    cause: error.cause,
  });
}

import type { HostResult } from '../../rollout/release-run.ts';
import type { RolloutResult } from '../../rollout/rollout.ts';
import { duration } from '../duration.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { probeText } from './probe.ts';

const outcomes: Readonly<
  Record<HostResult['outcome'], { mark: string; color: 'green' | 'yellow' | 'red'; text: string }>
> = {
  live: { mark: '✔', color: 'green', text: 'live' },
  'nothing-to-do': { mark: '✔', color: 'green', text: 'serves it already; nothing to do' },
  failed: { mark: '✖', color: 'red', text: 'failed; what serves is as it was before' },
  restored: {
    mark: '✖',
    color: 'red',
    text: 'failed after traffic moved; the previous release was put back and serves',
  },
  interrupted: { mark: '✖', color: 'yellow', text: 'interrupted; the previous release serves' },
  'needs-human': { mark: '✖', color: 'red', text: 'needs a person' },
  'not-started': { mark: '-', color: 'yellow', text: 'not started, because another host failed' },
};

/** How a rollout ended: a line a host, and what visitors met meanwhile. */
export function rolloutReport({ id, commit, subject, hosts }: RolloutResult, style: Style): string {
  const lines = [style('bold', sanitizeLine(`${id}  ${commit.slice(0, 7)} ${subject}`))];
  for (const { host, outcome, durationMs, probe, notes } of hosts) {
    const { mark, color, text } = outcomes[outcome];
    const took = durationMs > 0 ? ` in ${duration(durationMs)}` : '';
    lines.push(`  ${style(color, mark)} ${sanitizeLine(host)}: ${text}${took}`);
    if (probe) lines.push(`    ${style('dim', 'downtime')}  ${probeText(probe)}`);
    for (const note of notes) lines.push(`    ${style('yellow', '!')} ${sanitizeLine(note)}`);
  }
  return lines.join('\n');
}

/** The hosts of a rollout in `--json`. */
export function rolloutData({ id, commit, subject, hosts }: RolloutResult): Record<string, unknown> {
  return {
    release: id,
    commit,
    subject,
    hosts: hosts.map(({ host, outcome, durationMs, roundTrips, probe, notes, error }) => ({
      host,
      outcome,
      durationMs,
      roundTrips,
      ...(probe ? { probe } : {}),
      notes,
      ...(error
        ? {
            error: {
              code: error.code,
              reason: error.reason,
              message: error.message,
              ...error.place,
              next: error.next,
            },
          }
        : {}),
    })),
  };
}

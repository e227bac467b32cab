import { probeText } from '../probe/summary.ts';
import { span } from './figures.ts';
import type { Timeline, TimelineHost } from './timeline.ts';

/* How a rollout went, in words, the same for HTML and Markdown. */

/** `Deploy of 1a2b3c4 Add a cache to production`. */
export function rolloutTitle({ kind, target, release }: Timeline): string {
  const what = [release.commit.slice(0, 7), release.subject].filter((part) => part !== '').join(' ');
  return kind === 'deploy' ? `Deploy of ${what} to ${target}` : `Rollback of ${target} to ${what}`;
}

const outcomes: Readonly<Record<string, string>> = {
  live: 'Live',
  'nothing-to-do': 'Served it already',
  failed: 'Failed; what serves is as it was before',
  restored: 'Failed after traffic moved; the previous release was put back and serves',
  interrupted: 'Interrupted; the previous release serves',
  'needs-human': 'Needs a person',
  'not-started': 'Not started',
};

/** `Live (36.1 s).` */
export function hostText({ outcome, durationMs, error }: TimelineHost): string {
  const how = outcomes[outcome] ?? outcome;
  return `${how}${durationMs > 0 ? ` (${span(durationMs)})` : ''}.${error === undefined ? '' : ` ${error}`}`;
}

/** `1,140 requests, 0 failed, longest gap 62 ms`; undefined: nothing was asked. */
export function visitorsText({ probe }: TimelineHost): string | undefined {
  return probe && probeText(probe);
}

/** When traffic moved on a host: `21.4 s: Send traffic to …`. */
export function movesOf({ moves }: Timeline, host: string): { atMs: number; text: string }[] {
  return moves
    .filter((move) => move.host === host)
    .map(({ atMs, title }) => ({ atMs, text: `${span(atMs)}: ${title}` }));
}

export const stageNames: Readonly<Record<string, string>> = {
  prepare: 'Prepare',
  build: 'Build',
  release: 'Release command',
  roll: 'Roll',
  verify: 'Verify',
  finish: 'Finish',
  restore: 'Put back',
};

import type { ProbeSummary } from '../ledger/entry.ts';

/**
 * A rollout as it went: plain data. Times are milliseconds since its beginning, by a clock that never jumps.
 */
export interface Timeline {
  kind: 'deploy' | 'rollback';
  target: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  durationMs: number;
  /** How it ended for all hosts: the reason of the exit code, `ok` when all serve the release. */
  outcome: string;
  release: { id: string; commit: string; subject: string };
  hosts: readonly TimelineHost[];
  steps: readonly TimelineStep[];
  /** When new requests began to meet another release. */
  moves: readonly { host: string; atMs: number; title: string }[];
  /** What was asked of the site meanwhile; it may have been thinned out, failures never. */
  probe: readonly TimelineSample[];
}

export interface TimelineHost {
  host: string;
  /** `live`, `restored`, …: as `--json` has it. */
  outcome: string;
  durationMs: number;
  probe?: ProbeSummary;
  error?: string;
}

export interface TimelineStep {
  host: string;
  stage: string;
  id: string;
  title: string;
  startMs: number;
  endMs: number;
  ok: boolean;
}

export interface TimelineSample {
  host: string;
  /** When it was sent. */
  atMs: number;
  durationMs: number;
  ok: boolean;
  error?: string;
}

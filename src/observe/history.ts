import type { ProbeSummary } from '../ledger/entry.ts';
import type { Ledger, Release } from '../ledger/ledger.ts';

/** One release for people and scripts; durations in milliseconds. */
export interface ReleaseView {
  id: string;
  kind: Release['kind'];
  commit: string;
  subject: string;
  ref: string;
  by: string;
  /** ISO 8601. */
  at: string;
  /** `unfinished`: under way, or its client died. */
  outcome: 'live' | 'failed' | 'restored' | 'interrupted' | 'unfinished';
  durationMs?: number;
  /** As measured while it was made; undefined: not measured. */
  probe?: ProbeSummary;
  detail?: string;
}

export function releaseView(release: Release): ReleaseView {
  const { id, kind, commit, subject, ref, by, at, finished } = release;
  return {
    id,
    kind,
    commit,
    subject,
    ref,
    by,
    at,
    outcome: finished?.outcome ?? 'unfinished',
    ...(finished === undefined ? {} : { durationMs: finished.durationMs }),
    ...(finished?.probe === undefined ? {} : { probe: finished.probe }),
    ...(finished?.detail === undefined ? {} : { detail: finished.detail }),
  };
}

/** The newest releases first. */
export function history(ledger: Ledger, limit: number): ReleaseView[] {
  return ledger.releases.slice(-limit).toReversed().map(releaseView);
}

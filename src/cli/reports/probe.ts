import type { ProbeSummary } from '../../ledger/entry.ts';

/** `2,431 requests, 0 failed, longest gap 38 ms`. */
export function probeText({ requests, failed, longestGapMs, servedBefore }: ProbeSummary): string {
  const measured = `${requests.toLocaleString('en')} requests, ${failed.toLocaleString('en')} failed, longest gap ${Math.round(longestGapMs).toLocaleString('en')} ms`;
  return servedBefore ? measured : `${measured} (the site did not answer before)`;
}

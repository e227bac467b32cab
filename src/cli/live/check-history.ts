import type { CheckId } from '../../check/registry.ts';
import type { CheckReport } from '../../observe/check-target.ts';

/** A figure that is worth a line over the rounds of `ops check --watch`. */
export interface Series {
  title: string;
  unit: 'ms' | '%';
  /** By round; NaN: it could not be looked at. */
  values: readonly number[];
}

const shown: readonly { check: CheckId; figure?: string; title: string; unit: Series['unit'] }[] = [
  { check: 'response-time', figure: 'p50', title: 'Response p50', unit: 'ms' },
  { check: 'response-time', title: 'Response p95', unit: 'ms' },
  { check: 'cache-hit-rate', title: 'Cache hits', unit: '%' },
  { check: 'cpu', title: 'CPU', unit: '%' },
  { check: 'errors', title: 'Server errors', unit: '%' },
];

/** Wider than any terminal: older rounds are forgotten. */
const most = 500;

/** The figures of the newest rounds, by host; the checks that were asked for, if any round had a value of them. */
export function checkHistory(rounds: readonly CheckReport[]): ReadonlyMap<string, readonly Series[]> {
  const kept = rounds.slice(-most);
  const hosts = [...new Set(kept.flatMap((round) => round.hosts.map(({ host }) => host)))];
  return new Map(
    hosts.map((host) => [
      host,
      shown
        .map(({ check, figure, title, unit }) => ({
          title,
          unit,
          values: kept.map((round) => valueIn(round, host, check, figure)),
        }))
        .filter(({ values }) => values.some(Number.isFinite)),
    ]),
  );
}

function valueIn(round: CheckReport, host: string, check: CheckId, figure: string | undefined): number {
  const result = round.hosts.find((one) => one.host === host);
  if (result === undefined || !('value' in result)) return NaN;
  const found = result.value.find(({ id }) => id === check);
  return (figure === undefined ? found?.value : found?.figures?.[figure]) ?? NaN;
}

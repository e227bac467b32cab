import type { Load, Scenario, Stop } from './scenario.ts';
import { withoutSecrets } from './scenario-secrets.ts';

/** What one scenario asks otherwise than the other, for people; empty: the same. Secrets are not looked at. */
export function scenarioDifferences(before: Scenario, after: Scenario): string[] {
  const one = withoutSecrets(before);
  const other = withoutSecrets(after);
  const found: string[] = [];
  const compare = (name: string, before: string, after: string): void => {
    if (before !== after) found.push(`${name} ${before} and ${after}`);
  };
  compare('site', one.url, other.url);
  compare('load', loadText(one.load), loadText(other.load));
  compare('warm-up', exact(one.warmUpMs), exact(other.warmUpMs));
  compare('time-out', exact(one.timeoutMs), exact(other.timeoutMs));
  if (canonical(one.requests) !== canonical(other.requests))
    compare('requests', names(one), names(other) === names(one) ? 'others of the same names' : names(other));
  return found;
}

/** `open, 100 requests/s for 10 s`. */
export function loadText(load: Load): string {
  switch (load.kind) {
    case 'open':
      return `open, ${load.rate} requests/s ${stopText(load.stop)}`;
    case 'closed':
      return `closed, ${load.connections} connections${load.thinkMs > 0 ? ` that wait ${exact(load.thinkMs)}` : ''} ${stopText(load.stop)}`;
    case 'ramp':
      return `ramp, ${load.from} to ${load.to} requests/s in steps of ${load.step}, ${exact(load.stepMs)} each`;
  }
}

function stopText(stop: Stop): string {
  return 'afterMs' in stop ? `for ${exact(stop.afterMs)}` : `until ${stop.requests} requests`;
}

/** Never rounded: two that differ must read differently. */
function exact(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

function names({ requests }: Scenario): string {
  return requests.map(({ name }) => name).join(', ');
}

/** The same text for the same values, whatever the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}

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
  compare('warm-up', `${one.warmUpMs} ms`, `${other.warmUpMs} ms`);
  compare('time-out', `${one.timeoutMs} ms`, `${other.timeoutMs} ms`);
  if (canonical(one.requests) !== canonical(other.requests))
    compare('requests', names(one), names(other) === names(one) ? 'others of the same names' : names(other));
  return found;
}

/** `open, 100 requests/s for 10000 ms`. */
export function loadText(load: Load): string {
  switch (load.kind) {
    case 'open':
      return `open, ${load.rate} requests/s ${stopText(load.stop)}`;
    case 'closed':
      return `closed, ${load.connections} connections${load.thinkMs > 0 ? ` that wait ${load.thinkMs} ms` : ''} ${stopText(load.stop)}`;
    case 'ramp':
      return `ramp, ${load.from} to ${load.to} requests/s in steps of ${load.step}, ${load.stepMs} ms each`;
  }
}

function stopText(stop: Stop): string {
  return 'afterMs' in stop ? `for ${stop.afterMs} ms` : `until ${stop.requests} requests`;
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

/** Every step of a rolling deploy of the shop, by the line with which `ops` begins it. */
export const steps = [
  { says: '… Take the lock', at: 'lock' },
  { says: '… Record the start', at: 'record' },
  { says: '… Check out', at: 'checkout' },
  { says: '… Build backend', at: 'build' },
  { says: '… Keep the new images', at: 'keep images' },
  { says: '… Compare with what runs', at: 'look at the images' },
  { says: '… Run the release command', at: 'release command' },
  { says: '… Start 1 new container', at: 'start' },
  { says: '… Send traffic to the old and the new containers', at: 'share traffic' },
  { says: '… Watch the new containers', at: 'watch' },
  { says: '… No request failed meanwhile', at: 'ask the probe' },
  { says: '… Send traffic to the new containers only', at: 'switch' },
  { says: '… Let the proxy’s old workers', at: 'drain' },
  { says: '… Stop and remove 1 old container', at: 'stop old' },
  { says: '… Take the addresses out', at: 'take addresses out' },
  { says: '… Everything runs as wanted', at: 'verify' },
  { says: '… Record the release', at: 'record the end' },
  { says: '… Release the lock', at: 'unlock' },
] as const;

export type StepName = (typeof steps)[number]['at'];

/** The line that begins a step. */
export function beginOf(at: StepName): string {
  const step = steps.find((each) => each.at === at);
  if (!step) throw new Error(`There is no step "${at}".`);
  return step.says;
}

/** Steps after whose begin new requests may meet the new release. */
export function movesTraffic(at: StepName): boolean {
  const index = steps.findIndex((each) => each.at === at);
  return index >= steps.findIndex((each) => each.at === 'share traffic');
}

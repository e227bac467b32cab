import { docker } from '../../../src/sandbox/docker.ts';
import { hostKey } from '../../../src/sandbox/server.ts';
import type { Cell } from '../../support/faults/cell.ts';
import { asDeploy, asRoot } from '../../support/faults/root.ts';
import { inTheMiddle } from '../../support/faults/slow-checkout.ts';
import { beginOf } from '../../support/faults/steps.ts';
import type { World } from '../../support/faults/world.ts';

const dockerd = '$(cat /var/run/docker.pid)';
const engineBack = asRoot(
  'n=0; until docker version >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 120 ]; sleep 0.5; done',
);

async function reboot({ server }: World): Promise<void> {
  const container = server.state.hosts[0]?.container ?? '';
  await docker(['restart', '--time', '1', container]);
  await hostKey(container);
}

const engine: Cell[] = [
  {
    fault: 'Docker engine restarted',
    at: 'build',
    when: { says: beginOf('build'), do: asRoot(`kill -TERM ${dockerd}`) },
    after: engineBack,
    ends: ['failed', 'unfinished', 'restored'],
    outage: 'the engine stops every container and starts them again',
  },
  {
    fault: 'Docker engine restarted',
    at: 'watch',
    env: { OPS_STABILITY: '5s' },
    when: { says: beginOf('watch'), do: asRoot(`kill -TERM ${dockerd}`) },
    after: engineBack,
    ends: ['restored', 'unfinished'],
    outage: 'the engine stops every container and starts them again',
  },
  {
    fault: 'Docker engine crashes (SIGKILL)',
    at: 'switch',
    when: { says: beginOf('switch'), do: asRoot(`kill -KILL ${dockerd}`) },
    after: engineBack,
    ends: ['restored', 'unfinished', 'live'],
    outage: 'the engine restarts every container when it comes back',
  },
];

const reboots: Cell[] = (['build', 'share traffic', 'stop old'] as const).map((at) => ({
  fault: 'server rebooted',
  at,
  when: { says: beginOf(at), do: reboot },
  after: engineBack,
  ends: ['failed', 'restored', 'unfinished', 'live'],
  outage: 'the server is down for a moment',
}));

const halfway: Cell = {
  fault: 'server rebooted in the middle of a checkout',
  ...inTheMiddle(reboot, engineBack),
  ends: ['failed', 'unfinished'],
  // What it had written is not lost, and in nobody's way.
  tidy: asDeploy('git stash list | grep "interrupted checkout"', 'git stash drop --quiet'),
  outage: 'the server is down for a moment',
};

export const server: readonly Cell[] = [...engine, ...reboots, halfway];

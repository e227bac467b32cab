import type { Cell, Ending } from '../../support/faults/cell.ts';
import { beginOf, movesTraffic, steps, type StepName } from '../../support/faults/steps.ts';
import type { World } from '../../support/faults/world.ts';

/** What a lost connection leads to: a deploy that had begun is put back over a new one. */
function ends(at: StepName): readonly Ending[] {
  if (at === 'lock') return ['refused', 'failed'];
  // Asked through the lost connection or done already: both are as good.
  if (at === 'unlock' || at === 'record the end') return ['live', 'restored'];
  // Written, perhaps, and not heard of.
  if (at === 'record') return ['refused', 'unfinished', 'failed'];
  return movesTraffic(at) ? ['restored'] : ['failed', 'refused'];
}

const wire = (world: World) => {
  const [first] = world.wires;
  if (!first) throw new Error('The world has no wire.');
  return first;
};

const cut = steps.map(({ at, says }): Cell => ({
  fault: 'connection cut',
  at,
  when: { says, do: (world) => wire(world).cut() },
  ends: ends(at),
}));

// The client goes by its keepalive; the server goes on as if it were still there.
const frozen = (['build', 'share traffic', 'drain', 'record the end'] as const).map((at): Cell => ({
  fault: 'packets swallowed, then a new connection works',
  at,
  when: { says: beginOf(at), do: (world) => wire(world).freeze() },
  ends: ends(at),
}));

// The client is told to stop before it can know that nothing comes through.
const frozenAndStopped: Cell = {
  fault: 'packets swallowed, then Ctrl+C',
  at: 'share traffic',
  when: {
    says: beginOf('share traffic'),
    do: (world, child) => {
      wire(world).freeze();
      child.kill('SIGINT');
    },
  },
  ends: ['interrupted'],
};

const gone = (['build', 'share traffic', 'stop old'] as const).map((at): Cell => ({
  fault: 'network gone until after the client gave up',
  at,
  when: { says: beginOf(at), do: (world) => wire(world).die() },
  after: async (world) => await Promise.resolve(wire(world).mend()),
  ends: ['unfinished'],
  tells: /could not be put back|connection/i,
}));

const slow: Cell = {
  fault: 'network slowed by 250 ms each way',
  at: 'all through',
  before: async (world) => await Promise.resolve(wire(world).slow(250)),
  after: async (world) => await Promise.resolve(wire(world).mend()),
  ends: ['live'],
};

const restartSshd =
  (sessions: boolean) =>
  async ({ server }: World) =>
    await server.sh(
      [
        ...(sessions
          ? [
              `for d in /proc/[0-9]*; do case $(tr '\\0' ' ' < $d/cmdline) in 'sshd: deploy@'*|'sshd-session: deploy@'*) kill -TERM \${d#/proc/} ;; esac; done`,
            ]
          : []),
        'kill -TERM "$(cat /run/sshd.pid)"; n=0; while kill -0 "$(cat /run/sshd.pid 2>/dev/null)" 2>/dev/null && [ $n -lt 50 ]; do n=$((n + 1)); sleep 0.1; done',
        '/usr/sbin/sshd',
      ].join('\n'),
      { user: 'root' },
    );

const sshd: Cell[] = [
  {
    fault: 'sshd restarted, sessions go on',
    at: 'watch',
    when: { says: beginOf('watch'), do: restartSshd(false) },
    ends: ['live'],
  },
  {
    fault: 'sshd restarted, sessions ended',
    at: 'build',
    when: { says: beginOf('build'), do: restartSshd(true) },
    ends: ends('build'),
  },
  {
    fault: 'sshd restarted, sessions ended',
    at: 'switch',
    when: { says: beginOf('switch'), do: restartSshd(true) },
    ends: ends('switch'),
  },
];

export const connection: readonly Cell[] = [...cut, ...frozen, frozenAndStopped, ...gone, slow, ...sshd];

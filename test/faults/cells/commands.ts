import type { Cell } from '../../support/faults/cell.ts';
import { asRoot } from '../../support/faults/root.ts';
import type { World } from '../../support/faults/world.ts';

/** A release more, so that there is one to go back to. */
const onceMore = async (world: World): Promise<void> => {
  await world.push(`before a rollback ${Date.now()}`);
  const done = await world.ops(['deploy']);
  if (done.code !== 0) throw new Error(done.stderr);
};

const rollback = ['rollback'];
const wire = ({ wires: [first] }: World) => {
  if (!first) throw new Error('The world has no wire.');
  return first;
};

const moments = [
  { says: '… Take the lock', at: 'lock' },
  { says: '… Record the start', at: 'record' },
  { says: '… Take the kept images', at: 'take the kept images' },
  { says: '… Start 1 new container', at: 'start' },
  { says: '… Send traffic to the new containers only', at: 'switch' },
  { says: '… Stop and remove 1 old container', at: 'stop old' },
  { says: '… Everything runs as wanted', at: 'verify' },
] as const;

const next = ['rollback', '--lock-wait', '90s'];

const rollbacks: Cell[] = moments.flatMap(({ at, says }): Cell[] => [
  {
    fault: 'client killed (SIGKILL)',
    at,
    command: rollback,
    before: onceMore,
    when: { says, do: (_world, child) => child.kill('SIGKILL') },
    next,
    ends: ['unfinished', 'refused'],
  },
  ...(at === 'start' || at === 'switch'
    ? [
        {
          fault: 'connection cut',
          at,
          command: rollback,
          before: onceMore,
          when: { says, do: (world: World) => wire(world).cut() },
          next,
          ends: at === 'start' ? (['failed'] as const) : (['restored'] as const),
        },
      ]
    : []),
]);

const revert: Cell = {
  fault: 'git cannot revert a commit',
  at: 'revert',
  command: rollback,
  before: async (world) => {
    await onceMore(world);
    await asRoot(
      `printf '%s\\n' '#!/bin/sh' 'case " $* " in *" revert "*) exit 1 ;; esac' 'exec /usr/bin/git "$@"' > /usr/local/bin/git`,
      'chmod 755 /usr/local/bin/git',
    )(world);
  },
  after: asRoot('rm /usr/local/bin/git'),
  ends: ['refused'],
  tells: /without a conflict[\s\S]*--images-only/,
};

/** Nobody ends a look that was cut off: on the server it goes on to its own end, seconds later. */
const looked = asRoot(
  'n=0; while grep -qs "OPS_RUN_ID=" /proc/[0-9]*/environ && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.1; done',
);

const checks: Cell[] = [
  {
    fault: 'connection cut',
    at: 'look',
    command: ['check'],
    when: { says: 'Connecting to', do: (world) => setTimeout(() => wire(world).cut(), 1_500) },
    after: looked,
    ends: ['refused'],
  },
  {
    fault: 'packets swallowed',
    at: 'look',
    command: ['check'],
    when: { says: 'Connecting to', do: (world) => setTimeout(() => wire(world).freeze(), 1_500) },
    ends: ['refused'],
  },
  {
    fault: 'server answers nothing',
    at: 'connect',
    command: ['check'],
    before: async (world) => await Promise.resolve(wire(world).die()),
    after: async (world) => await Promise.resolve(wire(world).mend()),
    ends: ['refused'],
  },
  {
    fault: 'Ctrl+C (SIGINT)',
    at: 'look',
    command: ['check'],
    when: { says: 'Connecting to', do: (_world, child) => setTimeout(() => child.kill('SIGINT'), 1_500) },
    ends: ['refused'],
  },
];

export const commands: readonly Cell[] = [...rollbacks, revert, ...checks];

import { loadImages } from '../../../src/sandbox/server.ts';
import type { Cell } from '../../support/faults/cell.ts';
import { asDeploy, asRoot } from '../../support/faults/root.ts';
import { beginOf } from '../../support/faults/steps.ts';
import { dockerfile, type World } from '../../support/faults/world.ts';

/** Folders of the server on small file systems of their own, so that each can be full by itself. */
export async function smallDisks({ server }: World): Promise<void> {
  const container = server.state.hosts[0]?.container ?? '';
  const mounted = await server.exec('mountpoint -q /var/lib/docker/volumes', { user: 'root' });
  if (mounted.code === 0) return;
  const engine = [
    'set -e',
    // Volumes on one of their own: a database whose disk is full is another story.
    'mount -t tmpfs -o size=2g,mode=710 tmpfs /var/lib/docker',
    'mkdir /var/lib/docker/volumes; mount -t tmpfs -o size=600m,mode=701 tmpfs /var/lib/docker/volumes',
    'kill -TERM "$(cat /var/run/docker.pid)"; sleep 2',
    'n=0; until docker version >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 120 ]; sleep 0.5; done',
  ].join('\n');
  await server.sh(engine, { user: 'root' });
  await loadImages(container);
}

/** Fills the file system of a folder to its last block. */
const fill = (folder: string) =>
  asRoot(`dd if=/dev/zero of=${folder}/fill bs=64k 2>/dev/null || :; sync; ! echo x > ${folder}/more`);
const empty = (folder: string) => asRoot(`rm -f ${folder}/fill ${folder}/more`);

/** Puts a folder of the app directory on a small file system, with what is in it. */
const own = (folder: string, size: string): string[] => [
  `cp -a ${folder} /tmp/own; mount -t tmpfs -o size=${size} tmpfs ${folder}`,
  `cp -a /tmp/own/. ${folder}/; chown --reference=/tmp/own ${folder}; chmod --reference=/tmp/own ${folder}; rm -rf /tmp/own`,
];
const back = (folder: string): string[] => [
  `rm -f ${folder}/fill ${folder}/more; cp -a ${folder} /tmp/own; umount ${folder}; cp -a /tmp/own/. ${folder}/; rm -rf /tmp/own`,
];

const objects = '/srv/app/.git/objects';
const ops = '/srv/app/.ops';

export const disk: readonly Cell[] = [
  {
    fault: 'disk full',
    at: 'fetch',
    before: async (world) => {
      await asRoot(...own(objects, '20m'))(world);
      await fill(objects)(world);
    },
    after: asRoot(...back(objects)),
    ends: ['refused'],
    tells: /No space left|could not be fetched/,
  },
  {
    fault: 'disk full',
    at: 'build',
    files: {
      'backend/Dockerfile': dockerfile.replace(
        'RUN useradd',
        'RUN dd if=/dev/zero of=/large bs=1M\nRUN useradd',
      ),
    },
    mended: { 'backend/Dockerfile': dockerfile },
    ends: ['failed'],
    tells: /No space left/,
  },
  {
    fault: 'disk full',
    at: 'start',
    // Nearly full from the beginning: the rest is full within a moment.
    before: asRoot(
      'free=$(df --output=avail -B 1M /var/lib/docker | tail -n 1); fallocate -l $((free - 120))M /var/lib/docker/most',
    ),
    when: { says: '✔ Run the release command', do: fill('/var/lib/docker') },
    after: async (world) => {
      await asRoot('rm /var/lib/docker/most')(world);
      await empty('/var/lib/docker')(world);
    },
    // The engine cannot even write the names of images: they are put back by the next run.
    ends: ['failed', 'unfinished'],
    tells: /no space left/i,
  },
  {
    fault: 'disk full',
    at: 'record the end',
    before: asRoot(...own(ops, '4m')),
    when: {
      says: beginOf('drain'),
      do: async (world) => {
        // A page that the ledger has begun has room for its next line still.
        await asDeploy(
          'left=$((4096 - $(wc -c < .ops/ledger.jsonl) % 4096)); head -c "$left" /dev/zero | tr "\\0" "\\n" >> .ops/ledger.jsonl',
        )(world);
        await fill(ops)(world);
      },
    },
    after: async (world) => {
      await asRoot(...back(ops))(world);
      await asDeploy(
        'grep . .ops/ledger.jsonl > .ops/whole; cat .ops/whole > .ops/ledger.jsonl; rm .ops/whole',
      )(world);
    },
    ends: ['unfinished'],
    tells: /No space left|record/i,
  },
];

import type { Cell } from '../../support/faults/cell.ts';
import { dockerfile } from '../../support/faults/world.ts';

/** A line of the Dockerfile before the app's own user takes over. */
const building = (line: string): Record<string, string> => ({
  'backend/Dockerfile': dockerfile.replace('RUN useradd', `RUN ${line}\nRUN useradd`),
});
const good = { 'backend/Dockerfile': dockerfile, 'backend/fault.txt': '' };
const fault = (text: string): Record<string, string> => ({ 'backend/fault.txt': text });
const migration = (command: string): Record<string, unknown> => ({
  release: { command, service: 'backend' },
});
const builds: Cell[] = [
  {
    fault: 'build fails',
    at: 'build',
    files: building('exit 3'),
    mended: good,
    ends: ['failed'],
    tells: /exit code: 3/,
  },
  {
    fault: 'build is killed for lack of memory',
    at: 'build',
    // What the kernel does to the largest process when memory is gone.
    files: building('sh -c "kill -KILL \\$\\$"'),
    mended: good,
    ends: ['failed'],
    tells: /exit code: 137/,
  },
  {
    fault: 'build hangs',
    at: 'build',
    files: building('sleep 300'),
    env: { OPS_BUILD_TIMEOUT: '4s' },
    mended: good,
    ends: ['failed'],
    tells: /did not end within 4 s/,
  },
];

const images: Cell[] = [
  {
    fault: 'new image never gets healthy',
    at: 'start',
    files: fault('never-healthy'),
    env: { OPS_HEALTH_TIMEOUT: '6s' },
    mended: good,
    ends: ['failed'],
    tells: /not healthy/,
  },
  {
    fault: 'new image crashes 1 s after its start',
    crashes: true,
    at: 'start',
    files: fault('exit-after:1'),
    env: { OPS_HEALTH_TIMEOUT: '15s' },
    mended: good,
    ends: ['failed', 'restored'],
  },
  {
    fault: 'new image crashes after its 20th request',
    crashes: true,
    at: 'watch',
    files: fault('crash-after-requests:20'),
    env: { OPS_STABILITY: '20s' },
    mended: good,
    ends: ['restored'],
  },
  {
    fault: 'new image is unhealthy again after 6 s',
    at: 'watch',
    files: fault('unhealthy-after:6'),
    env: { OPS_STABILITY: '12s' },
    mended: good,
    ends: ['restored'],
  },
  {
    fault: 'new image answers 500, but is healthy by its own check',
    at: 'start',
    files: fault('answers-500'),
    settings: { health: { path: '/version', port: 8000 } },
    env: { OPS_HEALTH_TIMEOUT: '20s' },
    mended: good,
    ends: ['failed'],
    tells: /HTTP 500/,
  },
  {
    fault: 'new image takes 8 s to start',
    at: 'start',
    files: fault('slow-start:8'),
    ends: ['live'],
  },
  {
    fault: 'old image ignores SIGTERM',
    at: 'stop old',
    files: {
      'backend/Dockerfile': dockerfile.replace(
        /CMD \[[^\]]*\]/s,
        `CMD trap '' TERM; gunicorn main:app --bind 0.0.0.0:8000 --workers 1 --worker-class uvicorn.workers.UvicornWorker --keep-alive 75 & while :; do wait; done`,
      ),
    },
    env: { OPS_STOP_TIMEOUT: '2s' },
    mended: good,
    ends: ['live'],
  },
];

const commands: Cell[] = [
  {
    fault: 'release command fails',
    at: 'release command',
    settings: migration('exit 7'),
    ends: ['failed'],
    tells: /exit code 7/,
  },
  {
    fault: 'release command hangs',
    at: 'release command',
    settings: migration('sleep 300'),
    env: { OPS_RELEASE_TIMEOUT: '4s' },
    ends: ['failed'],
    tells: /did not end within 4 s/,
  },
  {
    fault: 'release command does half of its work, then fails',
    at: 'release command',
    settings: migration('python3 migrate.py && exit 9'),
    ends: ['failed'],
    tells: /exit code 9/,
  },
  {
    fault: 'hook before the deploy fails',
    at: 'before the lock',
    settings: { hooks: { before_deploy: ['exit 3'] } },
    ends: ['refused'],
  },
  {
    fault: 'hook before the deploy hangs, Ctrl+C',
    at: 'before the lock',
    settings: { hooks: { before_deploy: ['echo hook began >&2; exec sleep 300'] } },
    when: { says: 'hook began', do: (_world, child) => child.kill('SIGINT') },
    ends: ['refused'],
  },
  {
    fault: 'hook after the deploy fails',
    at: 'after the unlock',
    settings: { hooks: { after_deploy: ['exit 3'] } },
    ends: ['live'],
    tells: /hook failed/i,
  },
  {
    fault: 'hook on failure fails too',
    at: 'after the failure',
    files: building('exit 3'),
    mended: good,
    settings: { hooks: { on_failure: ['exit 4'] } },
    ends: ['failed'],
    tells: /hook failed/i,
  },
];

export const release: readonly Cell[] = [...builds, ...images, ...commands];

import { spawnSync } from 'node:child_process';
import type { Host } from '../../src/host/host.ts';

/** A host that is this machine: scripts run in `sh`, nothing else works. */
export function shHost(path = process.env['PATH'] ?? ''): Host & { readonly roundTrips: number } {
  let trips = 0;
  const refuse = (): never => {
    throw new Error('This host only runs scripts.');
  };
  return {
    name: 'here',
    get roundTrips() {
      return trips;
    },
    script: async (script) => {
      trips += 1;
      const { stdout, stderr, status, signal } = spawnSync('sh', ['-s'], {
        input: script,
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
        env: { PATH: path },
      });
      return await Promise.resolve({ code: status, signal, stdout, stderr, truncated: false, durationMs: 1 });
    },
    run: refuse,
    start: refuse,
    upload: refuse,
    forward: refuse,
    close: async () => await Promise.resolve(),
  };
}

import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { CommandResult, Host } from '../../src/host/host.ts';

/** A host that is this machine: scripts and commands with an open input run in `sh`, nothing else works. */
export function shHost(
  path = process.env['PATH'] ?? '',
  more: Readonly<Record<string, string>> = {},
): Host & { readonly roundTrips: number } {
  let trips = 0;
  const refuse = (): never => {
    throw new Error('This host only runs `sh`.');
  };
  return {
    name: 'here',
    lost: false,
    get roundTrips() {
      return trips;
    },
    script: async (script) => {
      trips += 1;
      const { stdout, stderr, status, signal } = spawnSync('sh', ['-s'], {
        input: script,
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
        env: { PATH: path, ...more },
      });
      return await Promise.resolve({ code: status, signal, stdout, stderr, truncated: false, durationMs: 1 });
    },
    run: refuse,
    start: async (command, { onLine } = {}) => {
      const child = spawn('sh', ['-c', command], { env: { PATH: path, ...more }, stdio: 'pipe' });
      const lines = createInterface({ input: child.stdout });
      lines.on('line', (text) => onLine?.({ stream: 'stdout', text }));
      // Writing to a command that has gone away is no crash.
      child.stdin.on('error', () => {});
      const ended = new Promise<CommandResult>((resolve) => {
        child.once('close', (code, signal) =>
          resolve({ code, signal, stdout: '', stderr: '', truncated: false, durationMs: 1 }),
        );
      });
      return await Promise.resolve({
        ended,
        write: (text: string) => child.stdin.write(text),
        end: async () => {
          child.stdin.end();
          return await ended;
        },
      });
    },
    upload: refuse,
    forward: refuse,
    close: async () => await Promise.resolve(),
  };
}

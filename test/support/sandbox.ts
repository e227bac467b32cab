import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Variant } from '../../src/sandbox/app.ts';
import { variantDirectory } from '../../src/sandbox/app.ts';
import { docker, tryDocker } from '../../src/sandbox/docker.ts';
import { sandboxDown } from '../../src/sandbox/down.ts';
import { readTree } from '../../src/sandbox/files.ts';
import type { ProcessResult } from '../../src/sandbox/process.ts';
import { commit } from '../../src/sandbox/server.ts';
import type { SandboxState } from '../../src/sandbox/state.ts';
import { sandboxUp } from '../../src/sandbox/up.ts';

export interface TestSandbox {
  readonly state: SandboxState;
  /** Empty project directory that the sandbox belongs to: `cwd` for `runCli`; the target has the sandbox's name. */
  readonly root: string;
  readonly name: string;
  /** `http://127.0.0.1:PORT` of a server's port 80; servers are counted from 0. */
  url(host?: number): string;
  /**
   * Commits to the servers' git origin, as a developer's push would, and gives back the new commit's id.
   * Files are put over the tree: path below the app's root to content. A variant replaces the whole tree.
   */
  commit(change: Readonly<Record<string, string>> | Variant, message: string): Promise<string>;
  /** Runs `sh -c` on a server as a user of it; the result may be a failure. */
  exec(script: string, options?: { host?: number; user?: 'deploy' | 'root' }): Promise<ProcessResult>;
  /** As `exec`, for scripts that must succeed: what they printed. */
  sh(script: string, options?: { host?: number; user?: 'deploy' | 'root' }): Promise<string>;
  /**
   * Servers as new: no containers of the app, no volumes, no built images, a clone and an origin with one commit
   * of the variant. The images that the app is made of stay.
   */
  reset(variant?: Variant): Promise<void>;
  /** Stops the app, whose health checks would go on to keep the machine busy while other tests run. */
  rest(): Promise<void>;
  down(): Promise<void>;
}

/**
 * Starts a sandbox of its own project directory, below the system's temporary one. The same name finds the same
 * sandbox again, so that the next run of the tests starts in a second.
 */
export async function sandbox(options: {
  name: string;
  hosts?: number;
  variant?: Variant;
}): Promise<TestSandbox> {
  const { name } = options;
  const root = join(realpathSync(tmpdir()), 'ops-e2e', name);
  mkdirSync(root, { recursive: true });
  const state = await sandboxUp({ root, installEngine: true, ...options }, (event) => {
    if (event.type === 'note' || event.type === 'stepStarted')
      process.stderr.write(`[${name}] ${event.type === 'note' ? event.text : event.title}\n`);
  });
  const container = (host = 0): string => {
    const found = state.hosts[host];
    if (found === undefined) throw new Error(`The sandbox ${name} has no server ${host}.`);
    return found.container;
  };
  const words = (script: string, { host, user = 'deploy' }: { host?: number; user?: string }): string[] => [
    'exec',
    '--user',
    user,
    ...(host === undefined ? [container()] : [container(host)]),
    'sh',
    '-c',
    script,
  ];
  const sh: TestSandbox['sh'] = async (script, where = {}) => await docker(words(script, where));

  return {
    state,
    root,
    name,
    url: (host = 0) => `http://127.0.0.1:${state.hosts[host]?.httpPort ?? 0}`,
    commit: async (change, message) => {
      const whole = typeof change === 'string';
      const entries = whole
        ? readTree(variantDirectory(change))
        : Object.entries(change).map(([path, content]) => ({ path, content: Buffer.from(content) }));
      return await commit(container(), entries, message, whole ? 'replace' : 'add');
    },
    exec: async (script, where = {}) => await tryDocker(words(script, where)),
    sh,
    reset: async (variant = 'after') => {
      // Only what the images came from stays: a built image has no tag `ops-sandbox/…`.
      const wipe = [
        'docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null',
        'docker volume ls --quiet | xargs -r docker volume rm --force >/dev/null',
        'docker network prune --force >/dev/null',
        "docker image ls --format '{{.Repository}}:{{.Tag}} {{.ID}}' | grep -v '^ops-sandbox/' | cut -d ' ' -f 2 | sort -u | xargs -r docker image rm --force >/dev/null",
        'find /srv/app -mindepth 1 -delete',
      ].join('\n');
      await Promise.all(state.hosts.map(async (_, host) => await sh(wipe, { host, user: 'root' })));
      await sh('rm -rf /srv/git/app.git');
      await commit(container(), readTree(variantDirectory(variant)), 'First release', 'replace');
      await Promise.all(
        state.hosts.map(
          async (_, host) => await sh('cd /srv/app && git clone --quiet /srv/git/app.git .', { host }),
        ),
      );
    },
    rest: async () => {
      const stop = 'docker ps --quiet | xargs -r docker rm --force >/dev/null';
      await Promise.all(state.hosts.map(async (_, host) => await sh(stop, { host, user: 'root' })));
    },
    down: async () => {
      await sandboxDown({ root, name }, () => {});
      rmSync(root, { recursive: true, force: true });
    },
  };
}

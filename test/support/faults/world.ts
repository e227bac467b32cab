import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runCli, type CliResult, type RunCliOptions } from '../run-cli.ts';
import { sandbox, type TestSandbox } from '../sandbox.ts';
import { oneWorker } from '../shop-server.ts';
import { Wire } from './wire.ts';

/** Sandbox servers, the wires that lead to them, and a project whose target uses these wires. */
export interface World {
  readonly server: TestSandbox;
  /** By host. */
  readonly wires: readonly Wire[];
  readonly hosts: readonly string[];
  /** Runs `ops … -t shop`, with short waits: what is tested is the order of things, not patience. */
  ops(args: readonly string[], options?: RunCliOptions): Promise<CliResult>;
  /** Commits a release that differs from every earlier one; its version is what `/version` says. */
  push(version: string, files?: Readonly<Record<string, string>>): Promise<void>;
  /** Settings of the target for the next commands, besides those that lead to the servers. */
  configure(settings?: Readonly<Record<string, unknown>>): void;
  /** The shop as its first release, on servers as new, released by `ops`. */
  begin(): Promise<void>;
  end(): Promise<void>;
}

const quick = {
  CI: '1',
  OPS_STABILITY: '500ms',
  OPS_HEALTH_TIMEOUT: '60s',
  OPS_BUILD_CACHE: 'true',
  OPS_STOP_TIMEOUT: '5s',
  OPS_SSH_KEEPALIVE: '1s',
  OPS_CONNECT_TIMEOUT: '10s',
  OPS_MIN_DISK: '50MB',
};

export const composeFile = 'docker-compose.prod.yml';

/** The files of the shop that faults change; all but the Compose file are as they are in the repository. */
export function shopFile(path: string): string {
  const text = readFileSync(new URL(`../../../examples/shop/after/${path}`, import.meta.url), 'utf8');
  // No fault goes by the health of these two, and each check of it is a process that a busy machine has to start.
  return path === composeFile
    ? text.replace(/(?<check>(?:pg_isready|nginx-health)[^]*?\binterval: )5s/g, '$<check>30s')
    : text;
}

/** As it is in every release of the shop here. */
export const dockerfile = oneWorker['backend/Dockerfile'] ?? '';

/** The sandbox of all that need nothing of their own: tests run one at a time, and each begins with it as new. */
export const sharedServer = 'faults';

/** @param name of the sandbox; the same name finds the same servers again */
export async function openWorld(name: string, hosts = 1): Promise<World> {
  const server = await sandbox({ name, hosts });
  const { root, state } = server;
  const wires = await Promise.all(state.hosts.map(async ({ sshPort }) => await Wire.to(sshPort)));
  const knownHosts = join(root, 'known_hosts');
  writeFileSync(
    knownHosts,
    state.hosts.map(({ hostKey }, index) => `[127.0.0.1]:${wires[index]?.port ?? 0} ${hostKey}\n`).join(''),
  );
  const configure: World['configure'] = (settings = {}) => {
    const target = {
      production: false,
      hosts: state.hosts.map((host, index) => ({
        name: host.name,
        address: '127.0.0.1',
        port: wires[index]?.port,
        user: 'deploy',
        key_file: join(state.directory, 'id_ed25519'),
      })),
      ssh: { known_hosts_file: knownHosts, config_file: 'none' },
      ...state.app,
      ...settings,
    };
    writeFileSync(join(root, 'ops.yaml'), stringify({ targets: { shop: target } }));
  };
  const ops: World['ops'] = async (args, options = {}) =>
    await runCli([...args, '-t', 'shop'], {
      cwd: root,
      timeoutMs: 240_000,
      ...options,
      env: { ...quick, ...options.env },
    });
  const push: World['push'] = async (version, files = {}) => {
    const plain = {
      [composeFile]: shopFile(composeFile),
      'backend/VERSION': `${version}\n`,
      'backend/fault.txt': '',
      'backend/Dockerfile': dockerfile,
    };
    await server.commit({ ...plain, ...files }, version);
  };
  configure();
  return {
    server,
    wires,
    hosts: state.hosts.map((host) => host.name),
    ops,
    push,
    configure,
    begin: async () => {
      for (const wire of wires) wire.mend();
      configure();
      await server.reset('after');
      await Promise.all(
        state.hosts.map(async (_, host) => await server.sh('rm -rf /tmp/tmp.*', { host, user: 'root' })),
      );
      await push('first');
      const first = await ops(['deploy']);
      if (first.code !== 0) throw new Error(`The first release failed:\n${first.stderr}`);
    },
    end: async () => {
      await Promise.all(wires.map(async (wire) => await wire.close()));
      rmSync(join(root, 'ops.yaml'));
      rmSync(knownHosts);
      await server.rest();
    },
  };
}

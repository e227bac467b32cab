import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { OpsError, UsageError } from '../errors.ts';
import { succeeded, tryDocker } from './docker.ts';
import { canInstall, hasProgram, installPackages } from './packages.ts';
import { isProgram, removeStalePidFile } from './pid-file.ts';
import { runProcess } from './process.ts';
import type { Saying } from './steps.ts';

/** Where the engine that we started is remembered; the machine's, as the engine is. */
const directory = '/var/lib/ops-sandbox';
const daemon = 'dockerd';
const recordFile = `${directory}/engine.json`;
const logFile = `${directory}/dockerd.log`;

interface EngineRecord {
  /** Absent: an init system runs it. */
  pid?: number;
  /** Packages that we installed. */
  installed: readonly string[];
}

export interface EngineOptions extends Pick<Saying, 'say'>, Partial<Pick<Saying, 'tell'>> {
  /** Install and start an engine where there is none. */
  install: boolean;
  signal?: AbortSignal | undefined;
}

async function engineVersion(): Promise<{ version?: string; error: string }> {
  const { code, stdout, stderr } = await tryDocker(['version', '--format', '{{.Server.Version}}'], {
    timeoutMs: 10_000,
  });
  return code === 0 && stdout.trim() !== ''
    ? { version: stdout.trim(), error: '' }
    : { error: stderr.trim() };
}

function readRecord(): EngineRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile, 'utf8')) as EngineRecord;
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that a Docker engine answers; takes a fraction of a second when one does.
 *
 * @returns the engine's version
 * @throws UsageError that says exactly what to install or start, where that is not ours to do
 */
export async function ensureEngine(options: EngineOptions): Promise<string> {
  const { install, say, tell = say, signal } = options;
  const found = await engineVersion();
  if (found.version !== undefined) return found.version;
  if (/permission denied/i.test(found.error))
    throw new UsageError('ENGINE_FORBIDDEN', 'A Docker engine runs here, but this user may not use it.', {
      next: ['Join its group with `sudo usermod -aG docker "$USER"` and log in again, or run this as root.'],
    });
  if (!install || !canInstall()) throw noEngine(await hasProgram('docker'));

  const needed = [
    ...((await hasProgram(daemon)) ? [] : ['docker.io', 'iptables', 'ca-certificates']),
    ...((await hasProgram('docker')) || !(await hasProgram(daemon)) ? [] : ['docker-cli']),
    ...((await hasProgram('iptables')) ? [] : ['iptables']),
    ...((await hasProgram('ssh')) ? [] : ['openssh-client']),
    ...((await hasProgram('git')) ? [] : ['git']),
  ];
  const packages = [...new Set(needed)];
  if (packages.length > 0) {
    tell(`installing ${packages.join(', ')}`);
    await installPackages(packages, say, signal);
    // From Debian 13 on, the client is a package of its own that docker.io only recommends.
    if (!(await hasProgram('docker'))) {
      packages.push('docker-cli');
      await installPackages(['docker-cli'], say, signal);
    }
  }
  return await startEngine(packages, { say, tell, signal });
}

function noEngine(hasClient: boolean): UsageError {
  const start = hasClient ? 'Start Docker' : 'Install and start Docker';
  const next = canInstall()
    ? ['Run this again with --install-engine, or: apt-get install docker.io, and start it.']
    : process.platform === 'linux'
      ? [
          `${start}: on Debian and Ubuntu \`sudo apt-get install docker.io\`, elsewhere see https://docs.docker.com/engine/install/.`,
        ]
      : [`${start}: Docker Desktop from https://docs.docker.com/desktop/, or any other engine.`];
  return new UsageError('NO_ENGINE', 'No Docker engine answers on this machine; a sandbox runs in one.', {
    next,
  });
}

async function startEngine(
  installed: readonly string[],
  { say, tell = say, signal }: Omit<EngineOptions, 'install'>,
): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const known = readRecord()?.installed ?? [];
  const record: EngineRecord = { installed: [...new Set([...known, ...installed])] };
  if (existsSync('/run/systemd/system')) {
    tell('starting docker.service');
    succeeded(await runProcess('systemctl', ['start', 'docker'], { onLine: say, signal }), [
      'systemctl',
      'start',
      'docker',
    ]);
  } else if ((await engineVersion()).version === undefined) {
    tell('starting dockerd');
    record.pid = startByHand();
  }
  writeFileSync(recordFile, JSON.stringify(record));
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const { version } = await engineVersion();
    if (version !== undefined) return version;
    signal?.throwIfAborted();
    await sleep(200);
  }
  throw new OpsError(
    'unchanged',
    'ENGINE_NOT_STARTED',
    'dockerd was started, but no engine answers after 30 s.',
    {
      place: { file: logFile, output: tail(logFile) },
      next: [`Read ${logFile}.`],
    },
  );
}

/** No init system runs (a container, a rescue system): the engine is a background process of its own. */
function startByHand(): number {
  removeStalePidFile('/var/run/docker.pid', daemon);
  removeStalePidFile('/var/run/docker/containerd/containerd.pid', 'containerd');
  const log = openSync(logFile, 'a');
  const child = spawn(daemon, [], { cwd: '/', detached: true, stdio: ['ignore', log, log] });
  child.on('error', () => {
    // The wait for the engine says what happened.
  });
  child.unref();
  if (child.pid === undefined)
    throw new OpsError('unchanged', 'ENGINE_NOT_STARTED', 'dockerd could not be started.');
  return child.pid;
}

function tail(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15);
  } catch {
    return [];
  }
}

/**
 * Stops the engine if it is one that `ensureEngine` started by hand; any other is left alone.
 *
 * @returns whether it was stopped, and the packages that were installed for it and still are
 */
export async function stopOwnEngine(): Promise<{ stopped: boolean; installed: readonly string[] }> {
  const record = readRecord();
  if (record === undefined) return { stopped: false, installed: [] };
  const { pid, installed } = record;
  const runs = (): boolean => pid !== undefined && isProgram(pid, daemon);
  let stopped = false;
  if (pid !== undefined && runs()) {
    process.kill(pid, 'SIGTERM');
    for (const end = Date.now() + 30_000; runs() && Date.now() < end;) await sleep(100);
    stopped = !runs();
  }
  if (!runs()) rmSync(directory, { recursive: true, force: true });
  return { stopped, installed };
}

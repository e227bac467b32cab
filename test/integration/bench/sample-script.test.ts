import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sampleScript } from '../../../src/bench/sample-script.ts';

const id = 'a'.repeat(64);
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ops-sample-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Runs the script on this machine, with the kernel's files and docker replaced. */
function run(sent: readonly string[], files: Readonly<Record<string, string>>): string[] {
  for (const [path, content] of Object.entries({
    '/proc/uptime': '100.00 1\n',
    '/proc/stat': 'cpu  1 2 3 4 5 6 7 8 0 0\ncpu0 1 1 1 1\n',
    '/proc/77/comm': 'postgres\n',
    '/proc/77/stat': '77 (a (b) c) S 1 77 77 0 -1 4194560 1 2 3 4 30 12 0 0 20 0\n',
    ...files,
  })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const docker = join(root, 'bin/docker');
  mkdirSync(dirname(docker), { recursive: true });
  writeFileSync(
    docker,
    `#!/bin/sh\ncase $1 in inspect) echo "${id} 77" ;; exec) echo 'connections 4 1 0 100 3' ;; esac\n`,
  );
  chmodSync(docker, 0o755);
  const script = sampleScript({ 'web app': [id] })
    .replaceAll('/proc/', `${root}/proc/`)
    .replaceAll('/sys/fs/', `${root}/sys/fs/`);
  const stdout = execFileSync('sh', ['-c', script], {
    input: sent.map((line) => `${line}\n`).join(''),
    encoding: 'utf8',
    timeout: 10_000,
    env: { PATH: `${dirname(docker)}:${process.env['PATH'] ?? ''}` },
  });
  return stdout.split('\n').filter((line) => !/^(cpus|ticks|inside|$)/.test(line));
}

const under = (directory: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${directory}/${name}`, content]));
const sample = 'sample 100.00 cpu=1,2,3,4,5,6,7,8 c0=1500000,20,5,5000,2000';

it('reads the unified hierarchy', () => {
  const lines = run(['sample', 'all'], {
    '/proc/77/cgroup': `0::/system.slice/docker-${id}.scope\n`,
    ...under(`/sys/fs/cgroup/system.slice/docker-${id}.scope`, {
      'cpu.stat': 'usage_usec 1500000\nuser_usec 1\nnr_periods 20\nnr_throttled 5\n',
      'cpu.max': '150000 100000\n',
      'memory.current': '5000\n',
      'memory.max': 'max\n',
      'memory.stat': 'anon 1\ninactive_file 2000\n',
      'cgroup.procs': '77\n99\n',
    }),
  });
  expect(lines).toEqual(['container 0 150000 100000 - web app', 'ready', sample, `${sample} p0=77:42`]);
});

it('reads the old hierarchies', () => {
  const path = `/docker/${id}`;
  const lines = run(['all'], {
    '/proc/77/cgroup': `12:memory:${path}\n4:cpu,cpuacct:${path}\n0::/\n`,
    ...under(`/sys/fs/cgroup/cpu,cpuacct${path}`, {
      'cpuacct.usage': '1500000999\n',
      'cpu.stat': 'nr_periods 20\nnr_throttled 5\n',
      'cpu.cfs_quota_us': '-1\n',
      'cpu.cfs_period_us': '100000\n',
      'cgroup.procs': '77\n',
    }),
    ...under(`/sys/fs/cgroup/cpu${path}`, {
      'cpu.stat': 'nr_periods 20\nnr_throttled 5\n',
      'cpu.cfs_quota_us': '-1\n',
      'cpu.cfs_period_us': '100000\n',
    }),
    ...under(`/sys/fs/cgroup/memory${path}`, {
      'memory.usage_in_bytes': '5000\n',
      'memory.limit_in_bytes': '268435456\n',
      'memory.stat': 'inactive_file 7\ntotal_inactive_file 2000\n',
    }),
  });
  expect(lines).toEqual(['container 0 - 100000 268435456 web app', 'ready', `${sample} p0=77:42`]);
});

it('asks the database beside the samples, and ends with its input', () => {
  const directory = `/sys/fs/cgroup/docker-${id}`;
  const lines = run(['db'], {
    '/proc/77/cgroup': `0::/docker-${id}\n`,
    ...under(directory, { 'cpu.stat': 'usage_usec 1\n', 'cgroup.procs': '77\n' }),
  });
  expect(lines.slice(2)).toEqual(['db 0 connections 4 1 0 100 3', 'db done']);
});

it('goes on when a container is not there', () => {
  expect(run(['all'], {})).toEqual([
    'container 0 - - - web app',
    'ready',
    'sample 100.00 cpu=1,2,3,4,5,6,7,8',
  ]);
});

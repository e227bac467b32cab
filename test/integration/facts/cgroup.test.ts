import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cpu } from '../../../src/facts/cpu.ts';
import type { Fact } from '../../../src/facts/fact.ts';
import { memory } from '../../../src/facts/memory.ts';
import { throttling } from '../../../src/facts/throttling.ts';

const id = 'a'.repeat(64);
const scope = { appDir: '/', composeFlags: '', remote: 'origin', branch: 'main' };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ops-cgroup-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Runs a fact's script on this machine, with the kernel's files and docker replaced. */
function read<Value>(fact: Fact<string, Value>, files: Readonly<Record<string, string>>): Value {
  for (const [path, content] of Object.entries({
    '/proc/uptime': '100.00 1\n',
    '/proc/stat': 'cpu  1 1 1 1 1 1 1 1\n',
    ...files,
  })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const docker = join(root, 'bin/docker');
  mkdirSync(dirname(docker), { recursive: true });
  writeFileSync(docker, `#!/bin/sh\necho "${id} 77"\necho "${'b'.repeat(64)} 0"\n`);
  chmodSync(docker, 0o755);
  // Each sample is a little later, and the container has worked meanwhile.
  const script = `tick() { echo "100.50 1" > '${root}/proc/uptime'; for f in '${root}'/sys/fs/cgroup/*/*/*/cpuacct.usage '${root}'/sys/fs/cgroup/*/*/cpu.stat; do [ ! -e "$f" ] || sed -i 's/1000000/1250000/' "$f"; done; }
sleep() { tick; }
${fact.script(scope).replaceAll('/proc/', `${root}/proc/`).replaceAll('/sys/fs/', `${root}/sys/fs/`)}`;
  const stdout = execFileSync('sh', [], {
    input: script,
    encoding: 'utf8',
    env: { PATH: `${dirname(docker)}:${process.env['PATH'] ?? ''}` },
  });
  return fact.parse({ stdout, stderr: '', code: 0 });
}

const memoryV1 = {
  'memory.usage_in_bytes': '5000\n',
  'memory.stat': 'cache 1\ninactive_file 7\ntotal_inactive_file 2000\n',
  'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
};
const under = (directory: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${directory}/${name}`, content]));

const v1 = `12:memory:/docker/${id}\n4:cpu,cpuacct:/docker/${id}\n1:name=systemd:/docker/${id}\n0::/system.slice\n`;
const v1Swapped = v1.replace('cpu,cpuacct', 'cpuacct,cpu');
const v1Apart = v1.replace('cpu,cpuacct', 'cpuacct');
const v2 = `0::/system.slice/docker-${id}.scope\n`;

it.each([
  [
    'v1, cpu and cpuacct together',
    v1,
    `/sys/fs/cgroup/cpu,cpuacct/docker/${id}/cpuacct.usage`,
    '1000000\n',
    250_000 / 1e9,
  ],
  [
    'v1, the other way round',
    v1Swapped,
    `/sys/fs/cgroup/cpuacct/docker/${id}/cpuacct.usage`,
    '1000000\n',
    250_000 / 1e9,
  ],
  [
    'v1, cpuacct alone',
    v1Apart,
    `/sys/fs/cgroup/cpuacct/docker/${id}/cpuacct.usage`,
    '1000000\n',
    250_000 / 1e9,
  ],
  [
    'v2',
    v2,
    `/sys/fs/cgroup/system.slice/docker-${id}.scope/cpu.stat`,
    'usage_usec 1000000\nuser_usec 1\n',
    0.25,
  ],
])('CPU time of a container: cgroup %s', (_name, cgroup, file, content, seconds) => {
  const value = read(cpu([id], 500), { '/proc/77/cgroup': cgroup, [file]: content });
  expect(value.windowSeconds).toBeCloseTo(0.5);
  expect(value.containers[id]).toBeCloseTo(seconds, 9);
  expect(Object.keys(value.containers)).toEqual([id]);
});

it('memory of a container: cgroup v1 counts the groups below', () => {
  const files = under(`/sys/fs/cgroup/memory/docker/${id}`, memoryV1);
  expect(read(memory([id]), { '/proc/77/cgroup': v1, ...files })).toEqual({
    [id]: { usedBytes: 3_000, oomKills: 2 },
  });
});

it('memory of a container: cgroup v2', () => {
  const files = under(`/sys/fs/cgroup/system.slice/docker-${id}.scope`, {
    'memory.current': '5000\n',
    'memory.stat': 'anon 1\ninactive_file 1500\n',
    'memory.events': 'low 0\noom 3\noom_kill 1\n',
  });
  expect(read(memory([id]), { '/proc/77/cgroup': v2, ...files })).toEqual({
    [id]: { usedBytes: 3_500, oomKills: 1 },
  });
});

it.each([
  ['v1', v1, `/sys/fs/cgroup/cpu/docker/${id}/cpu.stat`],
  ['v1, one mount of both', v1, `/sys/fs/cgroup/cpu,cpuacct/docker/${id}/cpu.stat`],
  ['v2', v2, `/sys/fs/cgroup/system.slice/docker-${id}.scope/cpu.stat`],
])('throttling of a container: cgroup %s', (_name, cgroup, file) => {
  const content = 'usage_usec 1\nnr_periods 200\nnr_throttled 50\nthrottled_usec 7\n';
  expect(read(throttling([id]), { '/proc/77/cgroup': cgroup, [file]: content })).toEqual({
    [id]: { periods: 200, throttled: 50 },
  });
});

it('a cgroup that cannot be found is missing, not zero', () => {
  expect(read(cpu([id], 500), { '/proc/77/cgroup': v2 }).containers).toEqual({});
  expect(read(memory([id]), { '/proc/77/cgroup': v2 })).toEqual({});
  expect(read(throttling([id]), { '/proc/77/cgroup': v2 })).toEqual({});
});

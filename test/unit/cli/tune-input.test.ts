import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/cli/context.ts';
import { tuneReport } from '../../../src/cli/reports/tune.ts';
import { styleFor } from '../../../src/cli/style.ts';
import { targetInput, type TuneGiven } from '../../../src/cli/tune-input.ts';
import { preview } from '../../../src/cli/tune-write.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { RecordingHost } from '../../../src/host/recording-host.ts';
import { planned } from '../../../src/tune/plan.ts';
import { solve } from '../../../src/tune/solve.ts';

const fixture = (path: string): string =>
  readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');
const shop = fileURLToPath(new URL('../../../examples/shop/before', import.meta.url));
const gib = 1024 ** 3;

/** The shop's server as it answered once; its backend takes about 70 MB a process. */
function server(sections: Readonly<Record<string, string>> = {}): RecordingHost {
  const containers = fixture('facts/containers/shop.txt');
  const backend = /"id":"(\w+)","name":"\/shop-backend-2"/.exec(containers)?.[1] ?? '';
  const recorded = 'facts/process-memory/shop.txt';
  const all: Readonly<Record<string, string>> = {
    engine: fixture('facts/engine/plugin.txt'),
    system: fixture('facts/system/debian-13.txt'),
    containers,
    'project-files': fixture('gather/project-files.txt'),
    processes: `container ${backend}\nlisted\n${[
      [12226, 1],
      [12277, 12226],
      [12278, 12226],
    ]
      .map(([pid, parent]) => `p ${pid} ${parent} /usr/bin/python3 /usr/bin/uvicorn main:app --workers 4\n`)
      .join('')}`,
    'process-memory': fixture(recorded).replaceAll(/776acbd2\w+/g, backend),
    ...sections,
  };
  return new RecordingHost({
    name: 'web',
    answers: ({ text }) => {
      const nonce = /printf '\\n%s %s %s\\n' (\S+) [a-z-]+ begin/.exec(text)?.[1] ?? '';
      const ids = [...text.matchAll(/printf '\\n%s %s %s\\n' \S+ ([a-z-]+) begin/g)];
      return ids
        .map(([, id = '']) => `\n${nonce} ${id} begin\n${all[id] ?? ''}\n${nonce} ${id} end 0\n`)
        .join('');
    },
  });
}

async function context(host: RecordingHost, strategy?: 'recreate'): Promise<Context> {
  const { config } = await loadConfig({
    cwd: '/nowhere',
    env: {},
    flags: { host: 'web.example', 'app-dir': '/srv/app', 'compose-file': ['docker-compose.prod.yml'] },
  });
  const { target } = config;
  return {
    config: strategy ? { ...config, target: { ...target, deploy: { ...target.deploy, strategy } } } : config,
    connect: async () => await Promise.resolve(host),
    clock: () => 0,
    random: () => 0.5,
    runId: 'run',
    signal: new AbortController().signal,
    progress: () => undefined,
    env: {},
    cwd: '/nowhere',
  };
}

const options = { cwd: '/nowhere', env: {}, named: [], signal: new AbortController().signal };
const given: TuneGiven = { machine: {} };

describe('tune on a target', () => {
  it('has the machine, the files and the memory of the processes of the server', async () => {
    const host = server();
    const source = await targetInput(await context(host), undefined, options, given);
    expect(source.subject).toBe('production · web');
    expect(source.input.machine).toMatchObject({ cpus: 2, memoryBytes: 24_684_092 * 1024 });
    const backend = source.input.services.find(({ name }) => name === 'backend');
    expect(backend).toMatchObject({ role: 'app', rolled: true, workerBytes: 72_048 * 1024 });
    expect(source.project).toBeUndefined();
    expect(host.roundTrips).toBe(2);
  });

  it('makes a plan of it that says what was measured', async () => {
    const source = await targetInput(await context(server()), undefined, options, given);
    const plan = solve(source.input);
    expect(planned(plan, 'backend', 'memory')?.formula).toContain('× 70 MB × 1.25');
    const text = tuneReport({ ...source, plan }, styleFor({ env: { NO_COLOR: '1' } }), { width: 100 });
    expect(text).toContain('production · web · 2 CPUs, 24,106 MB');
    expect(text).not.toContain('(assumed) × 1.25');
  });

  it('takes what is given over what is measured, and says what could not be asked', async () => {
    const host = server({ containers: '{broken' });
    const machine = { cpus: 4, memoryBytes: 8 * gib };
    const source = await targetInput(await context(host), undefined, options, { machine });
    expect(source.input.machine).toMatchObject(machine);
    expect(source.unseen.join('\n')).toContain('containers');
  });

  it('counts nothing twice where deploys do not roll', async () => {
    const recreating = await context(server(), 'recreate');
    const { input } = await targetInput(recreating, undefined, options, given);
    expect(input.services.some(({ rolled }) => rolled)).toBe(false);
  });

  it('with a directory the files are those of the directory, and can be written', async () => {
    const source = await targetInput(await context(server()), shop, options, given);
    const would = preview({ ...source, plan: solve(source.input) });
    expect(source.project?.root).toBe(shop);
    expect([...(would?.changes.keys() ?? [])]).toContain('backend/Dockerfile');
    expect(would?.applied.map(({ name }) => name)).toContain('shared_buffers');
  });

  it('a project that cannot be read ends it', async () => {
    const host = server({ 'project-files': 'no-tar' });
    await expect(targetInput(await context(host), undefined, options, given)).rejects.toMatchObject({
      code: 'NO_PROJECT',
    });
  });
});

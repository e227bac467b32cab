import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BenchResult } from '../../../src/bench/result.ts';
import { loadRuns, saveRuns } from '../../../src/bench/saved-runs.ts';
import { resultOf } from './sample-result.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ops-saved-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const folder = (): string => join(root, '.ops', 'bench');
const full: BenchResult = resultOf([1, 2, 3], {
  steps: [{ rate: 10, reached: 9, p95: 5, errorShare: 0, held: true }],
  server: {
    host: 'web-1',
    cpus: 2,
    cpuShare: 0.5,
    shared: true,
    services: { web: { cpu: 1, cpuLimit: 2, busiestProcess: 1, memoryBytes: 5, throttled: 0.1 } },
    databaseConnections: { mean: 1, max: 2, limit: 3 },
    samples: [{ second: 1, cpu: { web: 1 } }],
    bottleneck: 'nothing',
  },
});

describe('saved runs', () => {
  it('come back as they were, and nothing else is left behind', async () => {
    expect(await saveRuns(root, 'before', [full, resultOf()])).toBe(join(folder(), 'before.json'));
    expect(await loadRuns(root, 'before')).toEqual([full, resultOf()]);
    await saveRuns(root, 'before', [resultOf()]);
    expect(await loadRuns(root, 'before')).toEqual([resultOf()]);
    expect(readdirSync(folder())).toEqual(['before.json']);
    expect(statSync(join(folder(), 'before.json')).mode & 0o777).toBe(0o600);
  });

  it('have no secrets in them', async () => {
    const { scenario } = full;
    const [request] = scenario.requests;
    if (!request) throw new Error('no request');
    const headers = { Authorization: 'Bearer abc', 'X-Api-Key': 'abc', Accept: 'text/html' };
    const secret = {
      ...full,
      scenario: { ...scenario, url: 'https://me:abc@shop.example/x', requests: [{ ...request, headers }] },
    };
    await saveRuns(root, 'a', [secret]);
    expect(readFileSync(join(folder(), 'a.json'), 'utf8')).not.toContain('abc');
    expect((await loadRuns(root, 'a'))[0]?.scenario).toMatchObject({
      url: 'https://shop.example/x',
      requests: [{ headers: { Authorization: '***', 'X-Api-Key': '***', Accept: 'text/html' } }],
    });
  });

  it.each(['', '../x', '.hidden', 'a/b', 'a b', 'x'.repeat(65)])('refuses the name %j', async (name) => {
    await expect(saveRuns(root, name, [full])).rejects.toMatchObject({ code: 'BENCH_NAME' });
    await expect(loadRuns(root, name)).rejects.toMatchObject({ code: 'BENCH_NAME' });
  });

  it('names what is saved when there is no such run', async () => {
    await expect(loadRuns(root, 'x')).rejects.toMatchObject({
      code: 'BENCH_NOT_SAVED',
      next: ['Save one first: ops bench … --save x'],
    });
    await saveRuns(root, 'one', [full]);
    await saveRuns(root, 'two', [full]);
    await expect(loadRuns(root, 'x')).rejects.toMatchObject({ next: ['Saved are: one, two.'] });
  });

  it.each([
    ['no JSON', '{', /it is no JSON/],
    ['another version', '{"version":2,"runs":[]}', /its version is 2, this program knows 1/],
    ['no runs', '{"version":1,"runs":[]}', /runs: /],
    ['something else', '[]', /the file: /],
    ['a wrong type', JSON.stringify({ version: 1, runs: [{ ...full, at: 5 }] }), /runs\.0\.at: /],
  ])('refuses a file with %s', async (_name, text, message) => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), 'bad.json'), text);
    await expect(loadRuns(root, 'bad')).rejects.toMatchObject({
      code: 'BENCH_FILE_INVALID',
      reason: 'usage',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('says when it cannot write', async () => {
    writeFileSync(join(root, '.ops'), '');
    await expect(saveRuns(root, 'a', [full])).rejects.toMatchObject({ code: 'BENCH_SAVE_FAILED' });
  });
});

import { describe, expect, it } from 'vitest';
import { checkIds } from '../../../src/check/registry.ts';
import { evaluate, neededEvidence, selectChecks } from '../../../src/check/run.ts';
import type { Target } from '../../../src/config/config.ts';
import { ConnectionError } from '../../../src/errors.ts';
import type { CommandResult, Host } from '../../../src/host/host.ts';
import { gatherEvidence } from '../../../src/observe/evidence.ts';
import { containerLine } from '../../support/container-line.ts';

const target = {
  name: 'production',
  appDir: '/srv/app',
  branch: 'main',
  remote: 'origin',
  compose: { files: ['docker-compose.prod.yml'], profiles: [], envFiles: [] },
  services: { stateful: [] },
  health: { path: '/health', timeoutMs: 1_000 },
  checks: { skip: [], thresholds: {}, requests: 3, cpuWindowMs: 3_000 },
} as unknown as Target;

const id = 'a'.repeat(64);
const container = containerLine(id);

/** A host that runs a service without a published port; facts that are not named print nothing. */
const prints: Readonly<Record<string, string>> = {
  engine: 'ok 26.1\nplugin 2.26.1',
  system: 'user deploy\ncpus 2\ntotal 1000\navailable 900\napp 50 100\nnow 1',
  git: 'state ok',
  lock: 'free',
  compose: '{"name":"shop","services":{}}\n@hashes\n',
  containers: container,
  cpu: `at 1 1.0\ncpu 1 ${id} 0 us\nat 2 4.0\ncpu 2 ${id} 600000 us`,
  memory: `used ${id} 1000\noom ${id} 0`,
};

function fakeHost(changed: Readonly<Record<string, string>> = {}): { host: Host; scripts: string[] } {
  const scripts: string[] = [];
  const script = async (text: string): Promise<CommandResult> => {
    scripts.push(text);
    const nonce = /@ops-\w+@/.exec(text)?.[0] ?? '';
    const facts = [...text.matchAll(/@ops-\w+@ (\S+) begin\b/g)].map(([, fact = '']) => fact);
    const stdout = facts
      .map(
        (fact) =>
          `\n${nonce} ${fact} begin\n${changed[fact] ?? prints[fact] ?? ''}\n${nonce} ${fact} end 0\n`,
      )
      .join('');
    return await Promise.resolve({
      code: 0,
      signal: null,
      stdout,
      stderr: '',
      truncated: false,
      durationMs: 1,
    });
  };
  return { host: { name: 'web-1', script } as unknown as Host, scripts };
}

const options = (ids: readonly string[]) => ({
  needs: neededEvidence(selectChecks(ids, [])),
  clock: () => 0,
  now: () => 0,
  sleep: async () => {},
  nonce: () => 'n0',
});

describe('gathering for checks', () => {
  it('takes two round trips for all checks', async () => {
    const { host, scripts } = fakeHost();
    await gatherEvidence(host, target, options(checkIds));
    expect(scripts).toHaveLength(2);
    expect(scripts[1]).toContain('sleep 3.000');
  });

  it('takes one for what the host itself knows, and does not wait for the CPU window without need', async () => {
    const disk = fakeHost();
    await gatherEvidence(disk.host, target, options(['disk']));
    expect(disk.scripts).toHaveLength(1);
    expect(disk.scripts[0]).not.toContain('docker inspect');
    const restarts = fakeHost();
    await gatherEvidence(restarts.host, target, options(['restarts']));
    expect(restarts.scripts).toHaveLength(2);
    expect(restarts.scripts.join('\n')).not.toContain('sleep');
  });

  it('one fact that cannot be explained leaves the others standing', async () => {
    const { host } = fakeHost();
    const gathered = await gatherEvidence(host, target, options(checkIds));
    expect(gathered.unread).toEqual({
      git: '"git" cannot be read: git printed no commit.',
      http: expect.stringContaining('publishes no port') as string,
      health: expect.stringContaining('publishes no port') as string,
    });
    const results = evaluate(selectChecks([], []), gathered, { thresholds: {} });
    const status = Object.fromEntries(results.map((result) => [result.id, result.status]));
    expect(status).toMatchObject({
      cpu: 'pass',
      restarts: 'pass',
      memory: 'pass',
      drift: 'unknown',
      'response-time': 'unknown',
      health: 'unknown',
      'database-connections': 'notApplicable',
      certificate: 'notApplicable',
    });
    expect(results.find((result) => result.id === 'cpu')?.value).toBeCloseTo(10);
  });

  it('asks for what health looks at, also what it can do without', () => {
    expect([...neededEvidence(selectChecks(['health'], []))].toSorted()).toEqual([
      'compose',
      'containers',
      'health',
      'proxy',
    ]);
  });

  it('containers that cannot be listed are not none, and the reason is told', async () => {
    const { host } = fakeHost({ containers: 'unreadable', git: 'state no-commit' });
    const gathered = await gatherEvidence(host, target, options(checkIds));
    const results = evaluate(selectChecks([], []), gathered, { thresholds: {} });
    const needing = results.filter(({ id }) => !['disk', 'certificate'].includes(id));
    expect(needing.map(({ id, status, message }) => [id, status, message])).toEqual(
      checkIds
        .filter((id) => !['disk', 'certificate'].includes(id))
        .map((id) => [id, 'unknown', '"containers" cannot be read: Docker cannot list them.']),
    );
  });

  it('the site is asked at its url, whatever can be seen of its containers', async () => {
    const { host } = fakeHost({ containers: 'unreadable' });
    // A port that nothing listens at: to be refused is an answer that only asking gives.
    const gathered = await gatherEvidence(
      host,
      { ...target, url: 'http://127.0.0.1:1' },
      options(['response-time']),
    );
    expect(gathered.evidence.http).toMatchObject({ from: 'http://127.0.0.1:1' });
  });

  it('a lost connection is an error, not an unknown', async () => {
    const lost = new ConnectionError('CONNECTION_LOST', 'gone');
    const host = { name: 'web-1', script: async () => await Promise.reject(lost) } as unknown as Host;
    await expect(gatherEvidence(host, target, options(checkIds))).rejects.toBe(lost);
  });
});

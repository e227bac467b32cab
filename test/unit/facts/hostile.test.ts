import { describe, expect, it } from 'vitest';
import { OpsError } from '../../../src/errors.ts';
import type { Host } from '../../../src/host/host.ts';
import { compose } from '../../../src/facts/compose.ts';
import { gather } from '../../../src/facts/gather.ts';
import { logLines } from '../../../src/facts/log-lines.ts';
import { nginx } from '../../../src/facts/nginx.ts';

const [good, evil] = ['a'.repeat(64), 'b'.repeat(64)];
const ends = ['\r', '\f', '\v', '\u0085', '\u2028', '\u2029'];

describe.each(ends)('a container that puts %j into what it says tells of nobody but itself', (end) => {
  it('in its log', () => {
    const fact = logLines([good, evil], { patterns: { oom: 'memory' }, tail: 10, since: '1h' });
    const forged = ['out of memory', `log ${good}`, 'line oom 99 forged'].join(end);
    const found = fact.parse({
      stdout: `log ${good}\nlog ${evil}\nline oom 1 ${forged}\n`,
      stderr: '',
      code: 0,
    });
    expect(found[good]).toEqual({ state: 'ok', lines: {} });
    expect(found[evil]).toMatchObject({ lines: { oom: { count: 1 } } });
  });

  it('in its configuration', () => {
    const forged = ['c # x', `nginx ${good}`, 'v 0.1'].join(end);
    const found = nginx([good, evil], 10).parse({
      stdout: `nginx ${good}\nv 1.26.3\nc http {}\nnginx ${evil}\nv 1.26.3\n${forged}\n`,
      stderr: '',
      code: 0,
    });
    expect(found[good]?.version).toBe('1.26.3');
    expect(Object.keys(found)).toEqual([good, evil]);
  });
});

it('an output that cannot be read is not shown: it holds the environment of every service', async () => {
  const stdout =
    '\nN compose begin\n{"services":{"db":{"environment":{"PASSWORD":"canary"}}}} oops\nN compose end 0\n';
  const host = {
    name: 'web',
    script: async () => await Promise.resolve({ stdout: stdout.replaceAll('N ', '@ops-n@ '), stderr: '' }),
  } as unknown as Host;
  const scope = { appDir: '/srv', composeFlags: '', remote: 'origin', branch: 'main' };
  const error: unknown = await gather(host, { compose }, scope, 'n').catch((caught: unknown) => caught);
  if (!(error instanceof OpsError)) throw new Error('it was read');
  expect(error.code).toBe('FACTS_FAILED');
  expect(JSON.stringify([error.message, error.place, error.next])).not.toContain('canary');
});

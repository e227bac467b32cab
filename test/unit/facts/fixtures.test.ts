import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accessLog } from '../../../src/facts/access-log.ts';
import type { Fact } from '../../../src/facts/fact.ts';
import { hostFacts } from '../../../src/facts/index.ts';
import { postgres } from '../../../src/facts/postgres.ts';
import { processes } from '../../../src/facts/processes.ts';
import { cpu } from '../../../src/facts/cpu.ts';
import { memory } from '../../../src/facts/memory.ts';
import { containerSettings } from '../../../src/facts/container-settings.ts';
import { logLines } from '../../../src/facts/log-lines.ts';
import { nginx } from '../../../src/facts/nginx.ts';
import { postgresSettings } from '../../../src/facts/postgres-settings.ts';
import { processMemory } from '../../../src/facts/process-memory.ts';
import { throttling } from '../../../src/facts/throttling.ts';

const fixtures = new URL('../../fixtures/facts/', import.meta.url);

const facts: readonly Fact<string, unknown>[] = [
  ...Object.values(hostFacts),
  accessLog('id', 10),
  postgres(['id']),
  processes(['id']),
  cpu(['id'], 1_000),
  memory(['id']),
  containerSettings(['id']),
  logLines(['id'], { patterns: {}, tail: 1, since: '1h' }),
  nginx(['id'], 1),
  postgresSettings(['id']),
  processMemory(['id']),
  throttling(['id']),
];

interface Expected {
  /** Exit code of the script; 0 unless given. */
  code?: number;
  stderr?: string;
  /** What the parser makes of it, or the error that it throws. */
  value?: unknown;
  throws?: string;
}

/** `test/fixtures/facts/FACT/CASE.txt` is what the script printed on a server, `CASE.json` what it means. */
describe.each(facts)('fact $id', (fact) => {
  const directory = new URL(`${fact.id}/`, fixtures);
  const cases = existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.replace(/\.json$/, ''))
    : [];

  it('has fixtures, each with both files', () => {
    expect(cases.length).toBeGreaterThan(0);
    expect(readdirSync(directory).toSorted()).toEqual(
      cases.flatMap((name) => [`${name}.json`, `${name}.txt`]).toSorted(),
    );
  });

  it.each(cases)('%s', (name) => {
    const stdout = readFileSync(new URL(`${name}.txt`, directory), 'utf8');
    const expected = JSON.parse(readFileSync(new URL(`${name}.json`, directory), 'utf8')) as Expected;
    const { code = 0, stderr = '', ...wanted } = expected;
    expect(outcome(() => fact.parse({ stdout, stderr, code }))).toEqual(wanted);
  });
});

function outcome(parse: () => unknown): Pick<Expected, 'value' | 'throws'> {
  try {
    return { value: parse() };
  } catch (error) {
    return { throws: error instanceof Error ? error.message : 'no error' };
  }
}

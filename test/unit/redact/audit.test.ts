import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { assess } from '../../../src/audit/assess.ts';
import { rules } from '../../../src/audit/registry.ts';
import { readDirectory } from '../../../src/gather/directory.ts';
import { parseEvidence, saveEvidence } from '../../../src/gather/evidence.ts';
import { defaultComposePaths } from '../../../src/readers/compose/default-paths.ts';
import { lineColumn } from '../../../src/source/span.ts';
import type { Files } from '../../../src/source/files.ts';
import { buildStack } from '../../../src/stack/build.ts';
import { assumedMachine, tuneInputOf } from '../../../src/tune/input.ts';
import { solve } from '../../../src/tune/solve.ts';
import { stackFixtures } from '../../support/stack-fixtures.ts';

/** All that an audit says, with lines: columns may differ behind a secret. */
function audited(files: Files, paths: readonly string[]): object {
  const stack = buildStack({ files, compose: { paths, env: {} } });
  const { findings, problems } = assess(stack, rules, (of) => solve(tuneInputOf(of, assumedMachine)));
  const line = (at: { path: string; start: number } | undefined): string =>
    at === undefined ? '' : `${at.path}:${lineColumn(files.read(at.path) ?? '', at.start).line}`;
  return {
    verdicts: findings.map(({ rule, verdict }) => ({
      rule: rule.id,
      subject: verdict.subject,
      status: verdict.status,
      severity: verdict.severity,
      message: verdict.message,
      at: line(verdict.at),
    })),
    problems: problems.map(({ kind, path, message, at }) => ({ kind, path, message, at: line(at) })),
  };
}

describe('an audit of saved evidence says the same as one of the files', async () => {
  const shops = ['before', 'after'].map((name) => ({
    name: `examples/shop/${name}`,
    directory: new URL(`../../../examples/shop/${name}/`, import.meta.url),
  }));

  it.each([...(await stackFixtures()), ...shops])('$name', async ({ directory }) => {
    const files = await readDirectory(fileURLToPath(directory));
    const paths = files.paths.includes('docker-compose.prod.yml')
      ? ['docker-compose.prod.yml']
      : defaultComposePaths(files, '');
    const saved = saveEvidence({ at: '2026-11-23T22:38:53.000Z', tool: '0.1.0', files, compose: { paths } });
    expect(audited(parseEvidence(saved).files, paths)).toEqual(audited(files, paths));
  });
});

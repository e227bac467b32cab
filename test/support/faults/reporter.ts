import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { withRun, type Figure, type Result, type Results } from './results.ts';

const file = fileURLToPath(new URL('../../faults/results.json', import.meta.url));

/** Writes what the fault tests found to test/faults/results.json, from which docs/reliability.md is made. */
export default class FaultsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const cells = tests.flatMap((test) => resultOf(test));
    const figures = tests.flatMap((test) => figureOf(test));
    if (cells.length + figures.length === 0) return;
    const whole =
      tests.every((test) => test.result().state !== 'skipped') && process.env['OPS_FAULTS'] === 'all';
    const earlier = JSON.parse(readFileSync(file, 'utf8')) as Results;
    writeFileSync(file, `${JSON.stringify(withRun(earlier, { cells, figures }, whole), null, 2)}\n`);
    const bad = [...cells, ...figures].filter(({ problem }) => problem !== undefined).length;
    process.stderr.write(
      `${cells.length} faults, ${figures.length} figures; ${bad} failed. docs/reliability.md: npm run generate\n`,
    );
  }
}

function common(test: TestCase): { group: string; on: string; problem?: string } {
  const [error] = test.result().errors ?? [];
  return {
    group: test.parent.type === 'suite' ? test.parent.name : '',
    on: new Date().toISOString().slice(0, 10),
    ...(error === undefined ? {} : { problem: error.message.split('\n')[0] ?? '' }),
  };
}

function resultOf(test: TestCase): Result[] {
  const { row } = test.meta();
  return row === undefined ? [] : [{ ...row, ...common(test) }];
}

function figureOf(test: TestCase): Figure[] {
  const { figure } = test.meta();
  return figure === undefined ? [] : [{ ...figure, ...common(test) }];
}

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestCase } from 'vitest/node';
import { withResult, type Results } from './results.ts';

const file = fileURLToPath(new URL('../../faults/results.json', import.meta.url));

/**
 * Writes what each fault test found to test/faults/results.json, from which docs/reliability.md is made: at once, so
 * that a run that is interrupted has not run for nothing. A run of all begins with an empty file.
 */
export default class FaultsReporter implements Reporter {
  onTestRunStart(): void {
    if (process.env['OPS_FAULTS'] === 'all') write({ cells: [], figures: [] });
  }

  onTestCaseResult(test: TestCase): void {
    const { row, figure } = test.meta();
    const [error] = test.result().errors ?? [];
    // The summary comes only after an hour.
    if (error !== undefined) process.stderr.write(`\n✖ ${test.fullName}\n${error.message}\n\n`);
    const common = {
      group: test.parent.type === 'suite' ? test.parent.name : '',
      on: new Date().toISOString().slice(0, 10),
      ...(error === undefined ? {} : { problem: error.message.split('\n')[0] ?? '' }),
    };
    const results = JSON.parse(readFileSync(file, 'utf8')) as Results;
    if (row !== undefined) write(withResult(results, 'cells', { ...row, ...common }));
    if (figure !== undefined) write(withResult(results, 'figures', { ...figure, ...common }));
  }
}

function write(results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

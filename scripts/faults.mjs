/**
 * `npm run test:faults`: sets up what the fault tests need, runs them, and makes docs/reliability.md of what they found.
 * Arguments go to vitest: `npm run test:faults -- test/faults/git -t shallow` runs one, and renews its row.
 */
import { installDependencies, installTools, runWithOwnNode } from './bootstrap.mjs';

const args = process.argv.slice(2);

installDependencies();
installTools('git', 'ssh', 'sshd');
if (args.length === 0) process.env.OPS_FAULTS = 'all';
const reporters = ['--reporter=verbose', '--reporter=./test/support/faults/reporter.ts'];
const vitest = ['run', '--project', 'faults', ...reporters, ...args];
process.exitCode = runWithOwnNode('node_modules/vitest/vitest.mjs', vitest);
runWithOwnNode('scripts/generate.ts');

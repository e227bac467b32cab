/**
 * `npm test`: sets up what the tests need, then runs unit, integration and e2e tests in one run.
 * Arguments go to vitest: `npm test -- --project unit`.
 */
import { installDependencies, installTools, runWithOwnNode } from './bootstrap.mjs';

const args = process.argv.slice(2);
const projects = args.filter((_, index) => args[index - 1] === '--project');
const wants = (name) => projects.length === 0 || projects.includes(name);

installDependencies();
if (wants('integration') || wants('e2e')) installTools('git', 'ssh', 'sshd', 'openssl');
if (wants('e2e')) installTools('chromium');
// The fault tests take an hour and more, and have a command of their own: npm run test:faults.
const chosen =
  projects.length > 0 ? [] : ['unit', 'integration', 'e2e'].flatMap((name) => ['--project', name]);
process.exitCode = runWithOwnNode('node_modules/vitest/vitest.mjs', ['run', ...chosen, ...args]);

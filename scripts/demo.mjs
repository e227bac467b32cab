/** `npm run demo` and `npm run demo:down`: installs what is missing, then runs scripts/demo.ts. */
import { installDependencies, installTools, runWithOwnNode } from './bootstrap.mjs';

installDependencies();
if (!process.argv.includes('--down')) installTools('git', 'ssh');
process.exitCode = runWithOwnNode('scripts/demo.ts', process.argv.slice(2));

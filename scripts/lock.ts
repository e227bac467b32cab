/** Refuses a package-lock.json with a package from elsewhere than the registry, or without a hash of its content. */
import { readFileSync } from 'node:fs';
import { lockProblems, type LockFile } from './lock-file.ts';

const file = new URL('../package-lock.json', import.meta.url);
const problems = lockProblems(JSON.parse(readFileSync(file, 'utf8')) as LockFile);
if (problems.length > 0) {
  console.error(`package-lock.json:\n${problems.join('\n')}`);
  process.exitCode = 1;
}

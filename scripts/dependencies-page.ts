import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { productionPackages, type LockFile } from './lock-file.ts';
import { markdownTable } from './markdown-table.ts';

/** Why each direct dependency is there and not code of our own. */
const reasons: Readonly<Record<string, string>> = {
  '@lezer/common': 'the syntax tree of @lezer/python',
  '@lezer/python': 'reads Python of the audited app without running it',
  '@oclif/core': 'commands, flags, help',
  'cli-table3': 'tables, with the width of wide characters right',
  diff: 'what a fix changes, as a patch',
  dotenv: 'reads .env as everybody else does',
  'hdr-histogram-js': 'percentiles of millions of answers in constant memory',
  inquirer: 'questions and hidden input on a terminal',
  listr2: 'steps of several hosts on a terminal',
  'node-ssh': 'connects ssh2',
  ora: 'the spinner',
  'ssh-config': 'reads ~/.ssh/config where there is no ssh to ask',
  ssh2: 'the SSH protocol',
  yaml: 'reads and edits YAML, with places and comments kept',
  zod: 'checks the configuration, and makes its JSON Schema',
};

/** Bytes of a package's own files; what an install script may have built, and packages inside, are not of it. */
function sizeOf(directory: string): number {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && name !== 'build')
    .reduce((sum, entry) => {
      const path = join(directory, entry.name);
      return sum + (entry.isDirectory() ? sizeOf(path) : entry.isFile() ? statSync(path).size : 0);
    }, 0);
}

/**
 * docs/dependencies.md: everything that is installed with `ops`, from the lock file and node_modules.
 *
 * @throws Error when a direct dependency has no reason, or a reason has no dependency
 */
export function dependenciesPage(root: string, lock: LockFile): string {
  const direct = Object.keys(lock.packages['']?.dependencies ?? {});
  const unsaid = [
    ...direct.filter((name) => reasons[name] === undefined),
    ...Object.keys(reasons).filter((name) => !direct.includes(name)),
  ];
  if (unsaid.length > 0) throw new Error(`scripts/dependencies-page.ts: a reason for ${unsaid.join(', ')}?`);
  const all = productionPackages(lock);
  const needed = all.filter(([, { optional }]) => optional !== true);
  const bytes = needed.reduce((sum, [path]) => sum + sizeOf(join(root, path)), 0);
  const nameOf = (path: string): string => path.split('node_modules/').at(-1) ?? path;
  const scripts = all.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  return [
    '# Production dependencies',
    '',
    `\`ops\` asks for ${direct.length} packages; with what those ask for, ${needed.length} are installed, ${Math.round(bytes / 1e6)} MB unpacked` +
      ` (and ${all.length - needed.length} optional ones, which nothing needs).`,
    'Every one is a version of the npm registry, and the lock file has the SHA-512 of its content; `npm run check` refuses any other.',
    '',
    markdownTable(
      ['package', 'version', 'license', 'why'],
      direct.map((name) => {
        const { version = '', license = 'MIT (file)' } = lock.packages[`node_modules/${name}`] ?? {};
        return [name, version, license, reasons[name] ?? ''];
      }),
    ),
    '',
    '## Install scripts',
    '',
    `None is needed. ${scripts.map(([path]) => nameOf(path)).join(' and ')} have one that tries to compile a speed-up; \`allowScripts\` of package.json denies it, and \`npm ci --ignore-scripts\` works as well.`,
    '',
    '## All of them',
    '',
    markdownTable(
      ['package', 'version', 'license', ''],
      all.map(([path, { version = '', license = 'see its file', optional }]) => [
        nameOf(path),
        version,
        license,
        optional === true ? 'optional' : '',
      ]),
    ),
    '',
    '<!-- Made from package-lock.json by `npm run generate`. -->',
    '',
  ].join('\n');
}

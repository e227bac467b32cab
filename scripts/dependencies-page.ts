import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { external } from './bundle.ts';
import { packagesOf, type LockFile } from './lock-file.ts';
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
 * docs/dependencies.md: all foreign code that a user of `ops` runs, from the lock file and node_modules. `dist` is a
 * bundle, so most of it comes with `ops` itself.
 *
 * @throws Error when a package has no reason, or a reason no package
 */
export function dependenciesPage(root: string, lock: LockFile): string {
  const own = lock.packages['']?.dependencies ?? {};
  const names = Object.keys(reasons);
  const unsaid = [
    ...Object.keys(own).filter((name) => reasons[name] === undefined),
    ...names.filter((name) => lock.packages[`node_modules/${name}`] === undefined),
  ];
  if (unsaid.length > 0) throw new Error(`scripts/dependencies-page.ts: a reason for ${unsaid.join(', ')}?`);
  const all = packagesOf(lock, names);
  const installed = packagesOf(lock, external);
  const size = (packages: typeof all): string =>
    `${(packages.reduce((sum, [path, { optional }]) => sum + (optional === true ? 0 : sizeOf(join(root, path))), 0) / 1e6).toFixed(1)} MB`;
  const nameOf = (path: string): string => path.split('node_modules/').at(-1) ?? path;
  const scripts = all.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  const inside = new Set(installed.map(([path]) => path));
  return [
    '# Production dependencies',
    '',
    `\`ops\` is built of ${names.length} packages and what those ask for, ${all.length} in all. What it uses of them is bundled into \`dist\` ([why](decisions/0012-bundled.md)), with their licenses in \`dist/THIRD-PARTY-LICENSES.txt\`; ${installed.length} packages (${size(installed)}) are installed beside it.`,
    'Every one is a version of the npm registry, and the lock file has the SHA-512 of its content; `npm run check` refuses any other.',
    '',
    markdownTable(
      ['package', 'version', 'license', 'why', 'comes'],
      names.map((name) => {
        const { version = '', license = 'MIT (file)' } = lock.packages[`node_modules/${name}`] ?? {};
        return [
          name,
          version,
          license,
          reasons[name] ?? '',
          external.includes(name) ? 'installed' : 'bundled',
        ];
      }),
    ),
    '',
    '## Install scripts',
    '',
    `${installed.some(([, { hasInstallScript }]) => hasInstallScript === true) ? 'None is needed.' : 'What a user installs has none.'} To work on ops, none is needed: ${scripts.map(([path]) => nameOf(path)).join(' and ')} have one that tries to compile a speed-up, \`allowScripts\` of package.json denies it, and \`npm ci --ignore-scripts\` works as well.`,
    '',
    '## All of them',
    '',
    markdownTable(
      ['package', 'version', 'license', ''],
      all.map(([path, { version = '', license = 'see its file', optional }]) => [
        nameOf(path),
        version,
        license,
        optional === true ? 'optional' : inside.has(path) ? 'installed' : '',
      ]),
    ),
    '',
    '<!-- Made from package-lock.json by `npm run generate`. -->',
    '',
  ].join('\n');
}

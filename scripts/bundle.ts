import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown, type Plugin } from 'rolldown';

/** Packages that are loaded from node_modules: hdr-histogram-js calls `require` by `eval`. */
export const external: readonly string[] = ['hdr-histogram-js'];

/** ssh2 tries these and does without: speed-ups that are compiled when it is installed, which it is not. */
const absent = [/\.node$/, 'cpu-features'];

/**
 * Writes `dist/`: `cli/main.js`, one file for each command where oclif looks for it, and `chunks/` for what they share.
 * Names and lines stay readable, so that a stack trace says something.
 */
export async function bundle(root: string): Promise<void> {
  const entries = ['cli/main.ts', ...globSync('commands/**/*.ts', { cwd: join(root, 'src') })];
  const build = await rolldown({
    cwd: root,
    platform: 'node',
    input: Object.fromEntries(
      entries.map((file) => [file.replaceAll('\\', '/').replace(/\.ts$/, ''), join(root, 'src', file)]),
    ),
    external: [...external, ...external.map((name) => new RegExp(`^${name}/`)), ...absent],
    transform: { define: { __dirname: 'import.meta.dirname' } },
    plugins: [licenses(), pageant(root)],
  });
  await build.write({
    dir: join(root, 'dist'),
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  await build.close();
}

/** ssh2 talks to PuTTY's agent on Windows through a program, which it looks for in a folder beside its own. */
function pageant(root: string): Plugin {
  return {
    name: 'pageant',
    generateBundle() {
      const source = readFileSync(join(root, 'node_modules/ssh2/util/pagent.exe'));
      this.emitFile({ type: 'asset', fileName: 'util/pagent.exe', source });
    },
  };
}

/** Puts the licenses of all packages whose code is in the bundle beside it, as each of them asks for. */
function licenses(): Plugin {
  return {
    name: 'licenses',
    generateBundle(_, output) {
      const modules = Object.values(output).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
      const folders = [...new Set(modules.map(packageFolder))].filter((folder) => folder !== undefined);
      // Several copies of one version have one text.
      const source = [...new Set(folders.map(licenseOf))].sort().join(`\n${'-'.repeat(80)}\n\n`);
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source });
    },
  };
}

/** The folder of the package that a module belongs to; undefined: it is ours. */
function packageFolder(id: string): string | undefined {
  return /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id)?.[1];
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)/i.test(each));
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
  return `${name} ${version} (${license ?? 'see below'})\n\n${text}\n`;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Plugin } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import type { Manifest } from '../src/cli/manifest.ts';

/** What oclif itself would write with `oclif manifest`, made from `src/commands` without a build. */
export async function buildManifest(root: string): Promise<Manifest> {
  settings.enableAutoTranspile = false;
  const pjson = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const plugin = new Plugin({
    root,
    isRoot: true,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
    pjson: { ...pjson, oclif: { ...pjson.oclif, commands: './src/commands' } },
  });
  await plugin.load();
  const commands = Object.entries(plugin.manifest.commands)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([id, command]) => {
      const file =
        command.relativePath
          ?.join('/')
          .replace(/^src\//, 'dist/')
          .replace(/\.ts$/, '.js') ?? '';
      return [id, { ...command, relativePath: file.split('/') }] as const;
    });
  // Through JSON: functions and undefined values go, as they do in the file.
  return JSON.parse(JSON.stringify({ version: plugin.version, commands: Object.fromEntries(commands) }));
}

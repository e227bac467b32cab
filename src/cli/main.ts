import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Interfaces } from '@oclif/core';
import type { Command } from '@oclif/core/command';
import { commandHelp, rootHelp, topicHelp, type HelpOptions } from './help.ts';
import { route, type Manifest, type Route } from './manifest.ts';
import { styleFor } from './style.ts';

type PackageJson = Interfaces.PJSON & { version: string; description: string };

export interface MainOptions {
  /** Words after the program's name. */
  argv: readonly string[];
  /** Directory of package.json. */
  root: string;
  /** Commands run from `src`: their directory and the manifest made of it. */
  development?: { manifest: Manifest; commands: string };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function helpOptions(): HelpOptions {
  const { columns, isTTY } = process.stdout;
  return { width: Math.min(columns ?? 80, 110), style: styleFor({ isTTY, env: process.env }) };
}

function helpText(manifest: Manifest, found: Route, description: string): string {
  switch (found.kind) {
    case 'command':
      return commandHelp(found.command, helpOptions());
    case 'topic':
      return topicHelp(manifest, found.topic, helpOptions());
    case 'root':
      return rootHelp(manifest, description, helpOptions());
  }
}

function wantsHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end)).some((word) => word === '--help' || word === '-h');
}

/** The words that name nothing we have: a usage error with the nearest command. */
async function reportUnknown(
  manifest: Manifest,
  found: Exclude<Route, { kind: 'command' }>,
  json: boolean,
): Promise<void> {
  const [{ UsageError }, { explain }, { nearest }, { reportFailure }] = await Promise.all([
    import('../errors.ts'),
    import('./failure.ts'),
    import('../config/nearest.ts'),
    import('./report-failure.ts'),
  ]);
  const ids = Object.keys(manifest.commands).map((id) => id.replaceAll(':', ' '));
  const topic = found.kind === 'topic' ? found.topic : '';
  const asked = `${topic} ${found.unknown ?? ''}`.trim();
  const names =
    found.kind === 'topic' ? ids : [...new Set([...ids, ...ids.map((id) => id.split(' ')[0] ?? id)])];
  const close = nearest(asked, names);
  const isFlag = asked.startsWith('-');
  const message = isFlag ? `Name a command before ${asked}.` : `There is no command \`ops ${asked}\`.`;
  const error = new UsageError(isFlag ? 'NO_COMMAND' : 'UNKNOWN_COMMAND', message, {
    next: [
      ...(close === undefined ? [] : [`Did you mean \`ops ${close}\`?`]),
      topic === '' ? 'See `ops --help`.' : `See \`ops ${topic} --help\`.`,
    ],
  });
  await reportFailure(explain(error, asked), { json, command: asked, version: manifest.version });
}

async function runCommand(
  id: string,
  rest: readonly string[],
  pjson: PackageJson,
  { root, development }: MainOptions,
): Promise<void> {
  const folder = development?.commands ?? 'dist/commands';
  const file = join(root, folder, `${id.replaceAll(':', '/')}.${development === undefined ? 'js' : 'ts'}`);
  const { default: command } = (await import(pathToFileURL(file).href)) as { default: Command.Class };
  command.id = id;
  // The manifest has said which command it is: oclif need not look for commands, nor read the manifest once more.
  const { commands: _, ...oclif } = pjson.oclif;
  await command.run([...rest], { root, isRoot: true, ignoreManifest: true, pjson: { ...pjson, oclif } });
}

/** What no command has reported itself. */
async function reportError(
  thrown: unknown,
  where: { json: boolean; command: string; version: string },
): Promise<void> {
  const [{ explain }, { reportFailure }] = await Promise.all([
    import('./failure.ts'),
    import('./report-failure.ts'),
  ]);
  await reportFailure(explain(thrown, where.command), where);
}

/**
 * Runs one command line. Version and help are answered from the manifest, without loading oclif,
 * so that they cost hardly more than starting Node.js. Sets `process.exitCode`; never rejects.
 */
export async function main(options: MainOptions): Promise<void> {
  const { argv, root } = options;
  const pjson = readJson(join(root, 'package.json')) as PackageJson;
  const json = argv.includes('--json');
  if (argv[0] === '--version' || argv[0] === '-V' || argv[0] === 'version') {
    const node = process.version;
    const platform = `${process.platform}-${process.arch}`;
    const data = {
      version: 1,
      command: 'version',
      ok: true,
      reason: 'ok',
      exitCode: 0,
      ops: pjson.version,
      node,
      platform,
    };
    process.stdout.write(
      json ? `${JSON.stringify(data, null, 2)}\n` : `ops/${pjson.version} ${platform} node-${node}\n`,
    );
    return;
  }
  const manifest = options.development?.manifest ?? (readJson(join(root, 'oclif.manifest.json')) as Manifest);
  const help = argv.length === 0 || argv[0] === 'help' || wantsHelp(argv);
  const found = route(manifest, argv[0] === 'help' ? argv.slice(1) : argv);
  const known = found.kind === 'command' || found.unknown === undefined || found.unknown.startsWith('-');
  if (help ? known : found.kind === 'topic' && found.unknown === undefined) {
    process.stdout.write(`${helpText(manifest, found, pjson.description)}\n`);
    return;
  }
  if (found.kind !== 'command') {
    await reportUnknown(manifest, found, json);
    return;
  }
  const command = found.command.id.replaceAll(':', ' ');
  const where = { json, command, version: pjson.version };
  // Node.js would end without a word, and with an exit code that is not in our table.
  const stuck = (): void => {
    void reportError(new Error(`\`ops ${command}\` waits for something that cannot come any more.`), where);
  };
  process.once('beforeExit', stuck);
  try {
    await runCommand(found.command.id, found.rest, pjson, options);
  } catch (error) {
    // Commands report their own failures; what arrives here failed before one could start.
    await reportError(error, where);
  } finally {
    process.off('beforeExit', stuck);
  }
}

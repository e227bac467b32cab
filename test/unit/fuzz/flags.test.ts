import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command } from '@oclif/core/command';
import { parse } from '@oclif/core/parser';
import { expect, it } from 'vitest';
import { failureText } from '../../../src/cli/failure-text.ts';
import { explain } from '../../../src/cli/failure.ts';
import { route, type Manifest } from '../../../src/cli/manifest.ts';
import { plainStyle } from '../../../src/cli/style.ts';
import { mutated, oddPieces, tryAll } from '../../support/mutate.ts';
import { seeded } from '../../support/random.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as Manifest;

const folder = join(root, 'src', 'commands');
const commands = await Promise.all(
  globSync('**/*.ts', { cwd: folder }).map(async (file) => {
    const { default: ctor } = (await import(pathToFileURL(join(folder, file)).href)) as {
      default: Command.Class;
    };
    return { name: file.replace(/\.ts$/, '').replaceAll(/[\\/]/g, ' '), ctor };
  }),
);

const values = [
  'production',
  '500ms',
  '1h30m',
  '25%',
  'p95<300ms',
  'errors<1%',
  'https://example.com/a?b=c',
  '/api/products:3',
  'main~2',
  'SHA256:abc',
  'out.html',
  'X-Name: value',
  '4G',
  '12',
];

it('8000 command lines are read, or answered as wrong in words', async () => {
  const random = seeded(61);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  let taken = 0;
  const trial = await tryAll(
    8000,
    (index) => {
      const { name, ctor } = commands[index % commands.length] as (typeof commands)[number];
      const flags = Object.keys({ ...ctor.baseFlags, ...ctor.flags });
      const words = Array.from({ length: Math.floor(random() * 5) }, () => {
        const value = random() < 0.5 ? pick(values) : mutated(pick(values), oddPieces, random);
        const flag = random() < 0.9 ? pick(flags) : mutated(pick(flags), oddPieces, random);
        return pick([[`--${flag}`, value], [`--${flag}=${value}`], [`--${flag}`], [value], ['--', value]]);
      });
      return JSON.stringify([name, ...words.flat()]);
    },
    async (line) => {
      const [name = '', ...argv] = JSON.parse(line) as string[];
      const { ctor } = commands.find((each) => each.name === name) ?? {};
      if (ctor === undefined) throw new Error(`There is no ${name}.`);
      const { strict, args, flags, baseFlags } = ctor;
      const error = await parse(argv, { args, flags, baseFlags, strict } as never).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) {
        taken += 1;
        return;
      }
      const failure = explain(error, name, Object.keys({ ...baseFlags, ...flags }));
      const text = failureText(failure, { style: plainStyle, version: '0.1.0', showedOutput: false });
      if (failure.reason !== 'usage' || /^\s+at .*:\d+/m.test(text) || !/^\s+→ \S/m.test(text))
        throw new Error(text, { cause: error });
    },
  );
  expect(trial).toEqual({ count: 8000, broken: [] });
  // Otherwise only the refusals would have been tried.
  expect(taken).toBeGreaterThan(800);
}, 120_000);

it('5000 lines of words lead to a command, a topic, or neither', async () => {
  const random = seeded(62);
  const names = Object.keys(manifest.commands).map((id) => id.replaceAll(':', ' '));
  const trial = await tryAll(
    5000,
    (index) => mutated(names[index % names.length] ?? '', [...oddPieces, '--json', '-h'], random),
    (line) => {
      const argv = line.split(' ');
      const found = route(manifest, argv);
      if (found.kind === 'command' && found.rest.length >= argv.length) throw new Error('no word names it');
    },
  );
  expect(trial).toEqual({ count: 5000, broken: [] });
}, 60_000);

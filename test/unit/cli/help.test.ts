import { describe, expect, it } from 'vitest';
import { commandHelp, rootHelp, topicHelp } from '../../../src/cli/help.ts';
import { route, type Manifest, type ManifestCommand } from '../../../src/cli/manifest.ts';
import { exitCodes } from '../../../src/exit-codes.ts';

const deploy: ManifestCommand = {
  id: 'deploy',
  summary: 'Deploy a commit.',
  description: 'Builds, then moves the traffic.',
  aliases: [],
  examples: ['<%= config.bin %> <%= command.id %> -t production'],
  args: { service: { name: 'service', description: 'Service to roll', required: false } },
  flags: {
    json: { name: 'json', type: 'boolean', summary: 'JSON.', helpGroup: 'GLOBAL' },
    target: {
      name: 'target',
      type: 'option',
      char: 't',
      helpValue: 'NAME',
      summary: 'Target.',
      helpGroup: 'TARGET',
    },
    strategy: { name: 'strategy', type: 'option', options: ['rolling', 'recreate'], summary: 'How.' },
    cache: { name: 'cache', type: 'boolean', allowNo: true, summary: 'Use the build cache.' },
    secret: { name: 'secret', type: 'boolean', hidden: true },
  },
};
const other = (id: string): ManifestCommand => ({
  id,
  summary: `About ${id}.`,
  aliases: [],
  args: {},
  flags: {},
});
const manifest: Manifest = {
  version: '1.0.0',
  commands: {
    deploy,
    'sandbox:up': other('sandbox:up'),
    'sandbox:down': other('sandbox:down'),
    zeta: other('zeta'),
  },
};
const options = { width: 80, style: (_format: unknown, text: string) => text };

describe('commandHelp', () => {
  const text = commandHelp(deploy, options);

  it('begins like this', () => {
    expect(text.slice(0, text.indexOf('EXIT CODES'))).toBe(
      [
        'Deploy a commit.',
        '',
        'USAGE',
        '  $ ops deploy [SERVICE] [FLAGS]',
        '',
        'ARGUMENTS',
        '  SERVICE  Service to roll',
        '',
        'FLAGS',
        '      --strategy rolling|recreate  How.',
        '      --[no-]cache                 Use the build cache.',
        '',
        'TARGET FLAGS',
        '  -t, --target NAME  Target.',
        '',
        'GLOBAL FLAGS',
        '      --json  JSON.',
        '',
        'DESCRIPTION',
        '  Builds, then moves the traffic.',
        '',
        'EXAMPLES',
        '  $ ops deploy -t production',
        '',
        '',
      ].join('\n'),
    );
  });

  it('shows how words and flags stand, where the command says so', () => {
    const exec = { ...deploy, usage: '<%= command.id %> SERVICE [FLAGS] -- COMMAND…' };
    expect(commandHelp(exec, options)).toContain('USAGE\n  $ ops deploy SERVICE [FLAGS] -- COMMAND…\n');
  });

  it('names many choices in the text, and a few in the flag', () => {
    const choices = ['first-of-many', 'second-of-many', 'third-of-many', 'fourth-of-many'];
    const only = {
      name: 'only',
      type: 'option',
      options: choices,
      multiple: true,
      helpValue: 'ID',
      summary: 'Only this.',
    } as const;
    const help = commandHelp({ ...deploy, flags: { only } }, options);
    expect(help).toContain('--only ID...  Only this. One of: first-of-many, second-of-many,\n');
    expect(help).not.toContain('|');
  });

  it.each(Object.values(exitCodes))('lists exit code $code', ({ code, meaning }) => {
    expect(text).toContain(`${code}  ${meaning}`);
  });

  it.each([30, 60, 80, 110])('stays within %d columns', (width) => {
    const lines = commandHelp(deploy, { ...options, width }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 36));
  });
});

it('rootHelp lists every command, the usual ones first', () => {
  const text = rootHelp(manifest, 'Deploys.', options);
  const commands = [...text.matchAll(/^ {2}(deploy|sandbox \w+|zeta)/gm)].map(([, name]) => name);
  expect(commands).toEqual(['deploy', 'sandbox down', 'sandbox up', 'zeta']);
});

it('topicHelp lists the commands of the topic', () => {
  const text = topicHelp(manifest, 'sandbox', options);
  expect(text).toContain('sandbox up');
  expect(text).not.toContain('deploy');
});

describe('route', () => {
  it.each([
    { argv: ['deploy', '-t', 'x'], wanted: { kind: 'command', command: deploy, rest: ['-t', 'x'] } },
    { argv: ['sandbox', 'up', '--json'], wanted: { kind: 'command', rest: ['--json'] } },
    { argv: ['sandbox:up', 'x'], wanted: { kind: 'command', rest: ['x'] } },
    { argv: ['deploy', 'zeta'], wanted: { kind: 'command', rest: ['zeta'] } },
    { argv: ['sandbox'], wanted: { kind: 'topic', topic: 'sandbox', unknown: undefined } },
    { argv: ['sandbox', 'upp'], wanted: { kind: 'topic', topic: 'sandbox', unknown: 'upp' } },
    { argv: ['nope'], wanted: { kind: 'root', unknown: 'nope' } },
    { argv: ['--nope', 'deploy'], wanted: { kind: 'root', unknown: '--nope' } },
    { argv: [], wanted: { kind: 'root', unknown: undefined } },
    { argv: ['constructor'], wanted: { kind: 'root', unknown: 'constructor' } },
  ])('$argv', ({ argv, wanted }) => {
    expect(route(manifest, argv)).toMatchObject(wanted);
  });
});

import { exitCodes } from '../exit-codes.ts';
import type { Manifest, ManifestArg, ManifestCommand, ManifestFlag } from './manifest.ts';
import type { Style } from './style.ts';

export interface HelpOptions {
  /** Columns to wrap at. */
  width: number;
  style: Style;
}

type Row = readonly [left: string, right: string];

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  // `[env: OPS_HOST]` stays together.
  for (const paragraph of text.replaceAll('[env: ', '[env:\u00A0').split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    lines.push(line);
  }
  return lines.map((line) => line.replaceAll('\u00A0', ' '));
}

/** Two columns; on a narrow terminal the right one goes below the left one. */
function table(rows: readonly Row[], { width, style }: HelpOptions): string {
  const left = Math.max(0, ...rows.map(([text]) => text.length));
  const room = width - left - 4;
  if (room < 30) {
    return rows
      .flatMap(([name, text]) => [
        `  ${name}`,
        ...wrap(text, width - 6).map((line) => style('dim', `      ${line}`)),
      ])
      .join('\n');
  }
  return rows
    .flatMap(([name, text]) =>
      wrap(text, room).map((line, index) =>
        `  ${(index === 0 ? name : '').padEnd(left)}  ${style('dim', line)}`.trimEnd(),
      ),
    )
    .join('\n');
}

function section(title: string, body: string, { style }: HelpOptions): string {
  return `${style('bold', title)}\n${body}`;
}

function spaced(id: string): string {
  return id.replaceAll(':', ' ');
}

/** `<%= config.bin %>` and `<%= command.id %>` of oclif's texts. */
function fill(text: string, command: ManifestCommand): string {
  return text
    .replaceAll(/<%= *config\.bin *%>/g, 'ops')
    .replaceAll(/<%= *command\.id *%>/g, spaced(command.id));
}

function argument(arg: ManifestArg): string {
  const name = `${arg.name.toUpperCase()}${arg.multiple === true ? '...' : ''}`;
  return arg.required === true ? name : `[${name}]`;
}

/** Choices that would push the text out of its column; they stand in the text instead. */
function isLongList({ options = [], helpValue }: ManifestFlag): boolean {
  return helpValue !== undefined && options.join('|').length > 40;
}

function flagValue(flag: ManifestFlag): string {
  if (flag.type === 'boolean') return '';
  if (flag.options !== undefined && !isLongList(flag)) return ` ${flag.options.join('|')}`;
  const value = typeof flag.helpValue === 'string' ? flag.helpValue : (flag.helpValue?.[0] ?? 'VALUE');
  return ` ${value}${flag.multiple === true ? '...' : ''}`;
}

function flagRow(flag: ManifestFlag): Row {
  const char = flag.char === undefined ? '    ' : `-${flag.char}, `;
  const no = flag.type === 'boolean' && flag.allowNo === true ? '[no-]' : '';
  const text = flag.summary ?? flag.description ?? '';
  const required = flag.required === true ? '(required) ' : '';
  const standard =
    flag.type === 'option' && flag.default !== undefined ? ` [default: ${String(flag.default)}]` : '';
  const choices = isLongList(flag) ? ` One of: ${flag.options?.join(', ') ?? ''}.` : '';
  return [`${char}--${no}${flag.name}${flagValue(flag)}`, `${required}${text}${choices}${standard}`];
}

function usage(command: ManifestCommand): string {
  if (command.usage !== undefined) return `  $ ops ${fill(command.usage, command)}`;
  const args = Object.values(command.args).filter(({ hidden }) => hidden !== true);
  const required = Object.values(command.flags).filter((flag) => flag.required === true);
  const words = [
    'ops',
    spaced(command.id),
    ...args.map(argument),
    ...required.map((flag) => `--${flag.name}${flagValue(flag)}`),
    '[FLAGS]',
  ];
  return `  $ ${words.join(' ')}`;
}

function flagSections(command: ManifestCommand, options: HelpOptions): string[] {
  const groups = new Map<string, Row[]>();
  for (const flag of Object.values(command.flags)) {
    if (flag.hidden === true) continue;
    const group = flag.helpGroup === undefined ? '' : `${flag.helpGroup} `;
    groups.set(group, [...(groups.get(group) ?? []), flagRow(flag)]);
  }
  const rank = (group: string): number => ['', 'TARGET ', 'GLOBAL '].indexOf(group);
  return [...groups]
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .map(([group, rows]) => section(`${group}FLAGS`, table(rows, options), options));
}

function examples(command: ManifestCommand, options: HelpOptions): string[] {
  if (command.examples === undefined || command.examples.length === 0) return [];
  const blocks = command.examples.map((example) => {
    if (typeof example === 'string') return `  $ ${fill(example, command)}`;
    const words = wrap(example.description, options.width - 2).map((line) =>
      options.style('dim', `  ${line}`),
    );
    return [...words, `  $ ${fill(example.command, command)}`].join('\n');
  });
  const simple = command.examples.every((example) => typeof example === 'string');
  return [section('EXAMPLES', blocks.join(simple ? '\n' : '\n\n'), options)];
}

function exitCodeSection(options: HelpOptions): string {
  const rows = Object.values(exitCodes).map(({ code, meaning }): Row => [String(code).padStart(3), meaning]);
  return section('EXIT CODES', table(rows, options), options);
}

function indented(text: string, { width }: HelpOptions): string {
  return wrap(text.trim(), width - 2)
    .map((line) => (line === '' ? line : `  ${line}`))
    .join('\n');
}

/** The help of one command. */
export function commandHelp(command: ManifestCommand, options: HelpOptions): string {
  const args = Object.values(command.args).filter(({ hidden }) => hidden !== true);
  const rows = args.map((arg): Row => [arg.name.toUpperCase(), arg.description ?? '']);
  return [
    ...(command.summary === undefined
      ? []
      : [wrap(fill(command.summary, command), options.width).join('\n')]),
    section('USAGE', usage(command), options),
    ...(rows.length === 0 ? [] : [section('ARGUMENTS', table(rows, options), options)]),
    ...flagSections(command, options),
    ...(command.description === undefined
      ? []
      : [section('DESCRIPTION', indented(fill(command.description, command), options), options)]),
    ...examples(command, options),
    exitCodeSection(options),
  ].join('\n\n');
}

function commandRows(commands: readonly ManifestCommand[]): Row[] {
  return commands.map((command) => [spaced(command.id), command.summary ?? '']);
}

/** The commands of one topic, as `ops sandbox`. */
export function topicHelp(manifest: Manifest, topic: string, options: HelpOptions): string {
  const commands = Object.values(manifest.commands).filter(
    ({ id, hidden }) => hidden !== true && (id === topic || id.startsWith(`${topic}:`)),
  );
  return [
    section('USAGE', `  $ ops ${topic} COMMAND [FLAGS]`, options),
    section('COMMANDS', table(commandRows(commands), options), options),
    `See \`ops ${topic} COMMAND --help\` for the flags of one.`,
  ].join('\n\n');
}

/** The commands in the order in which people need them; others follow by name. */
const order = [
  'deploy',
  'rollback',
  'check',
  'status',
  'logs',
  'history',
  'exec',
  'audit',
  'tune',
  'bench',
  'report',
  'lock',
  'config',
  'sandbox',
];

/** `ops` alone and `ops --help`. */
export function rootHelp(manifest: Manifest, summary: string, options: HelpOptions): string {
  const rank = ({ id }: ManifestCommand): number => {
    const place = order.indexOf(id.split(':')[0] ?? id);
    return place === -1 ? order.length : place;
  };
  const commands = Object.values(manifest.commands)
    .filter(({ hidden }) => hidden !== true)
    .toSorted((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id));
  return [
    wrap(summary, options.width).join('\n'),
    section('USAGE', '  $ ops COMMAND [FLAGS]', options),
    section('COMMANDS', table(commandRows(commands), options), options),
    section(
      'GLOBAL FLAGS',
      table(
        [
          ['-h, --help', 'Show help; also `ops help COMMAND`.'],
          ['    --version', 'Show the version.'],
          ['    --json', 'Print one JSON object on stdout and nothing else.'],
          ['-v, --verbose', 'Show the output of every step.'],
        ],
        options,
      ),
      options,
    ),
    exitCodeSection(options),
  ].join('\n\n');
}

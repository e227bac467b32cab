import { jsonSchema } from '../src/config/schema.ts';
import { settingList } from '../src/config/settings.ts';
import { markdownTable } from './markdown-table.ts';

type Row = (typeof settingList)[number];

/** schema/ops.schema.json: what editors check ops.yaml with. */
export function schemaFile(): string {
  const text = JSON.stringify(jsonSchema(), null, 2);
  // Short lists of words stand on one line, as the formatter has them.
  const compact = text.replaceAll(
    /^(.*)\[\n((?:\s+"[^"\n]*",?\n)+)\s*\]/gm,
    (whole, start: string, items: string) => {
      const line = `${start}[${items
        .trim()
        .split(/\s*\n\s*/)
        .join(' ')}]`;
      return line.length < 110 ? line : whole;
    },
  );
  return `${compact}\n`;
}

const groups: Readonly<Record<string, string>> = {
  hosts: 'The server',
  production: 'The app',
  'services.roll': 'Services and health',
  'build.cache': 'Build and release command',
  'deploy.strategy': 'Deploy',
  'checks.skip': 'Checks',
  'bench.requests': 'Load tests',
};

/** .env.example: every variable with its meaning and default, all commented out but the ones that a first deploy needs. */
export function envExample(): string {
  const lines = [
    '# Settings of ops for one server: copy this file to `.env` and fill it in. Keep `.env` out of git.',
    '# Flags and environment variables win over this file; this file wins over ops.yaml.',
    '# A value stands behind the = sign; Windows paths are written without quotes or in single ones.',
    '',
    '# Target of ops.yaml that is meant when there are several.',
    '#OPS_TARGET=production',
  ];
  for (const { path, env, description, ...setting } of settingList) {
    if (groups[path] !== undefined) lines.push('', `# --- ${groups[path]} ---`);
    if (env === undefined) continue;
    const preset = presetText(setting);
    lines.push('', ...wrapped(description + (preset === '' ? '' : ` Default: ${preset}.`)));
    lines.push(`${path === 'hosts' ? '' : '#'}${env}=${preset === '' ? (setting.example ?? '') : preset}`);
  }
  return `${lines.join('\n')}\n`;
}

function presetText({ default: preset, type }: Pick<Row, 'default' | 'type'>): string {
  return preset === undefined ? '' : type.show(preset);
}

/** A comment in lines of at most 100 characters. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + word.length >= 100) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

const begin = '<!-- settings: made from src/config/settings.ts by `npm run generate` -->';
const end = '<!-- end of settings -->';

/** docs/configuration.md with its table of settings renewed. */
export function withSettingsTable(page: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to === -1) throw new Error('docs/configuration.md has lost the marks around its table.');
  return `${page.slice(0, from)}${begin}\n\n${settingsTable()}\n\n${page.slice(to)}`;
}

function settingsTable(): string {
  const code = (text: string | undefined): string => (text === undefined || text === '' ? '' : `\`${text}\``);
  return markdownTable(
    ['ops.yaml', 'variable', 'flag', 'default', 'meaning'],
    settingList.map(({ key, env, flag, description, ...setting }) => [
      code(key),
      code(env),
      code(flag === undefined ? undefined : `--${flag}`),
      code(presetText(setting)),
      description,
    ]),
  );
}

import { appendIn, setIn } from '../../readers/compose/splice.ts';
import type { YamlValue } from '../../readers/compose/yaml-value.ts';
import { isOfficial } from '../../readers/postgres/images.ts';
import { defaultsOf } from '../../readers/postgres/defaults.ts';
import type { Edit } from '../../source/edits.ts';
import type { Files } from '../../source/files.ts';
import type { Span } from '../../source/span.ts';
import type { Stack } from '../../stack/stack.ts';
import type { Plan, TunedSetting } from '../../tune/plan.ts';
import type { Fix } from '../finding.ts';
import { sameValue, settingOf, sharedMemorySize, type PostgresService } from './postgres.ts';

/** What a plan gives a PostgreSQL service that is no setting of PostgreSQL. */
const containerSettings = new Set(['memory', 'cpus', 'shm_size']);

type Change = Pick<TunedSetting, 'name' | 'value'>;

/** The settings of a plan that differ from what the server has; never fewer connections, which something may need. */
export function plannedChanges(service: PostgresService, plan: Plan): readonly TunedSetting[] {
  if (!plan.feasible) return [];
  const defaults = defaultsOf(service.postgres.majorVersion);
  const official = isOfficial(service.compose.image?.value ?? '');
  return plan.settings.filter(({ service: name, name: setting, value, amount }) => {
    if (name !== service.name || containerSettings.has(setting)) return false;
    // Only the official packages are known to be built with lz4.
    if (setting === 'wal_compression' && value === 'lz4' && !official) return false;
    const current = settingOf(service, setting)?.value ?? defaults.get(setting);
    if (setting === 'max_connections' && Number(current ?? 0) >= (amount ?? 0)) return false;
    return current === undefined || !sameValue(setting, value, current);
  });
}

/** Sets PostgreSQL's settings where the project sets them: in its configuration file, else on the command line. */
export function postgresFix(
  stack: Stack,
  service: PostgresService,
  changes: readonly Change[],
  options: { title: string; sharedMemory?: string; risk?: string },
): Fix {
  const { title, sharedMemory } = options;
  const shm = sharedMemory !== undefined && needsMore(service, sharedMemory) ? sharedMemory : undefined;
  const together = allEdits(stack.files, service, changes, shm);
  const list = changes.map(({ name, value }) => `-c ${name}=${value}`).join(' ');
  return {
    title,
    ...(together === undefined || together.length === 0
      ? {
          edits: [],
          manual: `Give PostgreSQL ${list === '' ? '' : `\`${list}\``}${list !== '' && shm !== undefined ? ', and ' : ''}${shm === undefined ? '' : `its service \`shm_size: ${shm}\``}.`,
        }
      : { edits: together }),
    requires: 'recreate',
    risk: options.risk ?? 'PostgreSQL restarts: a few seconds without a database.',
  };
}

function needsMore(service: PostgresService, wanted: string): boolean {
  const current = sharedMemorySize(service);
  const megabytes = Number.parseInt(wanted, 10);
  return current !== undefined && current.bytes < megabytes * 1024 ** 2;
}

/** Undefined: it cannot be done safely; then nothing is done. */
function allEdits(
  files: Files,
  service: PostgresService,
  changes: readonly Change[],
  shm: string | undefined,
): readonly Edit[] | undefined {
  const { compose } = service;
  const values: Record<string, YamlValue> = shm === undefined ? {} : { shm_size: shm };
  const settings = changes.length === 0 ? [] : confEdits(files, service, changes);
  if (settings === undefined && !compose.command) {
    const words = startWords(service);
    if (words === undefined) return undefined;
    const command = [...words, ...changes.flatMap(({ name, value }) => ['-c', `${name}=${value}`])];
    return setIn(files, compose, [], { command, ...values });
  }
  const own = settings ?? commandEdits(files, service, changes);
  const more = shm === undefined ? [] : setIn(files, compose, [], values);
  return own === undefined || more === undefined ? undefined : [...own, ...more];
}

/** Words of a command that is there: changed where a setting stands, else added at its end. */
function commandEdits(
  files: Files,
  { compose }: PostgresService,
  changes: readonly Change[],
): readonly Edit[] | undefined {
  const node = compose.get('command');
  const words = compose.command?.value ?? [];
  if (!speaksPostgres(words)) return undefined;
  // Written anew as a whole, variables in it would be gone.
  if (node?.kind === 'scalar' && hasVariable(files, node.at)) return undefined;
  if (node?.kind !== 'list' || node.items.length !== words.length) {
    const next = [...words];
    for (const { name, value } of changes) put(next, name, value);
    return setIn(files, compose, ['command'], next.map(escaped));
  }
  const edits: Edit[] = [];
  const added: string[] = [];
  for (const { name, value } of changes) {
    const index = placeOf(words, name);
    if (index === undefined) added.push('-c', `${name}=${value}`);
    else {
      const replaced = setIn(
        files,
        compose,
        ['command', index],
        escaped(assignment(words[index] ?? '', value)),
      );
      if (replaced === undefined) return undefined;
      edits.push(...replaced);
    }
  }
  const appended = added.length === 0 ? [] : appendIn(files, compose, ['command'], added);
  return appended === undefined ? undefined : [...edits, ...appended];
}

function hasVariable(files: Files, { path, start, end }: Span): boolean {
  return files.read(path)?.slice(start, end).replaceAll('$$', '').includes('$') === true;
}

/** Lines of the configuration file that the project has: changed where they are, else added at its end. */
function confEdits(
  files: Files,
  { postgres }: PostgresService,
  changes: readonly Change[],
): Edit[] | undefined {
  const [main] = postgres.configFiles ?? [];
  const text = main === undefined ? undefined : files.read(main);
  if (main === undefined || text === undefined) return undefined;
  const edits: Edit[] = [];
  const added: string[] = [];
  for (const { name, value } of changes) {
    const source = postgres.settings.get(name)?.source;
    if (source?.by === 'command') return undefined;
    if (source?.at && source.by === 'config-file') edits.push({ ...source.at, text: value });
    else added.push(`${name} = ${value}`);
  }
  if (added.length > 0) {
    const eol = text.includes('\r\n') ? '\r\n' : '\n';
    const begin = text === '' || text.endsWith('\n') ? '' : eol;
    edits.push({
      path: main,
      start: text.length,
      end: text.length,
      text: `${begin}${added.join(eol)}${eol}`,
    });
  }
  return edits;
}

/** What a command that is new begins with; undefined: the image starts PostgreSQL in a way of its own. */
function startWords({ compose, image }: PostgresService): readonly string[] | undefined {
  const name = compose.build ? image?.base.value : compose.image?.value;
  const entrypoint = compose.entrypoint?.value ?? [];
  const cmd = compose.entrypoint ? undefined : image?.cmd;
  if (name === undefined || !/(?:^|\/)(?:postgres|postgis|pgvector)(?:[:@]|$)/.test(name)) return undefined;
  if (image?.entrypoint || (cmd && (cmd.form !== 'exec' || !speaksPostgres(cmd.words)))) return undefined;
  if (entrypoint.length === 0) return cmd ? cmd.words.map(escaped) : ['postgres'];
  if (!speaksPostgres(entrypoint)) return undefined;
  return entrypoint.some((word) => /(?:^|\/)postgres$/.test(word)) ? [] : ['postgres'];
}

function speaksPostgres(words: readonly string[]): boolean {
  return words.every(
    (word, index) =>
      index > 0 ||
      word.startsWith('-') ||
      /(?:^|\/)(?:postgres|postmaster|docker-entrypoint\.sh)$/.test(word),
  );
}

/** The word that sets a name; undefined: none, or in a form that is not changed. */
function placeOf(words: readonly string[], name: string): number | undefined {
  const index = words.findLastIndex((word) => {
    const text = word
      .replace(/^(?:--|-c)/, '')
      .toLowerCase()
      .replaceAll('-', '_');
    return text.startsWith(`${name}=`);
  });
  return index === -1 ? undefined : index;
}

function put(words: string[], name: string, value: string): void {
  const index = placeOf(words, name);
  if (index === undefined) words.push('-c', `${name}=${value}`);
  else words[index] = assignment(words[index] ?? '', value);
}

function assignment(word: string, value: string): string {
  return `${word.slice(0, word.indexOf('=') + 1)}${value}`;
}

/** A literal `$` is `$$` in a Compose file. */
function escaped(word: string): string {
  return word.replaceAll('$', '$$$$');
}

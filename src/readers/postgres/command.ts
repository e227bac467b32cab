import type { Located } from '../../source/span.ts';
import type { DockerCommand, DockerImage } from '../dockerfile/dockerfile.ts';
import type { ComposeServiceModel } from '../compose/project.ts';
import { shellWords } from '../compose/shellwords.ts';

export interface CommandSettings {
  /** In their order; the last of a name wins. */
  settings: readonly { name: string; value: Located<string> }[];
  /** `config_file=`, `-D`: where the configuration is looked for. */
  configFile?: string;
  dataDirectory?: string;
  /** A script or a variable stands in it: more may be set than is seen. */
  unseen: boolean;
}

/** Short options that are a setting. https://www.postgresql.org/docs/current/app-postgres.html */
const shortSettings: Readonly<Record<string, string>> = {
  B: 'shared_buffers',
  N: 'max_connections',
  S: 'work_mem',
  p: 'port',
  h: 'listen_addresses',
  k: 'unix_socket_directories',
};
/** … and others that take a value. */
const otherValued = new Set(['c', 'C', 'd', 'D', 'f', 'o', 'r', 't', 'v', 'W', 'x']);

const starters =
  /(?:^|\/)(?:docker-entrypoint\.sh|docker-ensure-initdb\.sh|gosu|su-exec|tini|dumb-init|exec|--|postgres|postmaster)$/;

/** The settings that the command line of a PostgreSQL container gives. Command-line settings win over all files. */
export function readCommand(service: ComposeServiceModel, image: DockerImage | undefined): CommandSettings {
  const words = wordsOf(service, image);
  if (words.length === 0) return { settings: [], unseen: false };
  const script = shellScript(words);
  if (script === undefined) return parse(words);
  const commands = script.value.split(/&&|\|\||[;\n|&]/).map((command) => shellWords(command));
  const server = commands.findLast((command) =>
    command.some((word) => /(?:^|\/)(?:postgres|postmaster)$/.test(word)),
  );
  if (!server) return { settings: [], unseen: true };
  const from = server.findLastIndex((word) => /(?:^|\/)(?:postgres|postmaster)$/.test(word));
  const result = parse(server.slice(from).map((value) => ({ value, at: script.at })));
  return { ...result, unseen: result.unseen || commands.length > 1 };
}

/** Entrypoint and command, those of the image where Compose has none. */
function wordsOf(service: ComposeServiceModel, image: DockerImage | undefined): readonly Located<string>[] {
  const entrypoint = service.entrypoint ? located(service, 'entrypoint') : ofImage(image?.entrypoint);
  if (service.command) return [...entrypoint, ...located(service, 'command')];
  if (service.entrypoint) return entrypoint;
  return [...entrypoint, ...ofImage(image?.cmd)];
}

function ofImage(command: DockerCommand | undefined): readonly Located<string>[] {
  if (!command) return [];
  const { form, words, at } = command;
  return (form === 'exec' ? words : ['sh', '-c', ...words]).map((value) => ({ value, at }));
}

function located(service: ComposeServiceModel, key: 'command' | 'entrypoint'): readonly Located<string>[] {
  const { value: words = [], at } = service[key] ?? {};
  const node = service.get(key);
  const items = node?.kind === 'list' && node.items.length === words.length ? node.items : undefined;
  return at === undefined ? [] : words.map((value, index) => ({ value, at: items?.[index]?.at ?? at }));
}

function shellScript(words: readonly Located<string>[]): Located<string> | undefined {
  const shell = words.findIndex(({ value }) => /(?:^|\/)(?:ba|da|a)?sh$/.test(value));
  if (shell === -1) return undefined;
  const option = words[shell + 1];
  return option && /^-[a-z]*c$/.test(option.value) ? words[shell + 2] : undefined;
}

function parse(words: readonly Located<string>[]): CommandSettings {
  const settings: { name: string; value: Located<string> }[] = [];
  let configFile: string | undefined;
  let dataDirectory: string | undefined;
  let unseen = false;
  const set = (name: string, value: string, { at }: Located<string>): void => {
    const key = name.trim().toLowerCase().replaceAll('-', '_');
    if (/\$[\w{(]/.test(value)) unseen = true;
    else if (key === 'config_file') configFile = value.trim();
    else if (key === 'data_directory') dataDirectory = value.trim();
    else settings.push({ name: key, value: { value: unquoted(value.trim()), at } });
  };
  const assign = (text: string, word: Located<string>): void => {
    const equals = text.indexOf('=');
    if (equals > 0) set(text.slice(0, equals), text.slice(equals + 1), word);
    else unseen = true;
  };

  let index = 0;
  while (words[index] && !(words[index]?.value ?? '').startsWith('-')) {
    // Whatever else starts the server may set anything.
    if (!starters.test(words[index]?.value ?? '')) unseen = true;
    index += /(?:^|\/)(?:gosu|su-exec)$/.test(words[index]?.value ?? '') ? 2 : 1;
  }
  for (; index < words.length; index += 1) {
    const word = words[index];
    if (!word) break;
    const { value } = word;
    if (value.startsWith('--')) {
      if (value !== '--') assign(value.slice(2), word);
      continue;
    }
    const letter = value[1] ?? '';
    if (!value.startsWith('-') || !(otherValued.has(letter) || Object.hasOwn(shortSettings, letter)))
      continue;
    const attached = value.slice(2);
    const argument = attached === '' ? words[(index += 1)] : { ...word, value: attached };
    if (!argument) unseen = true;
    else if (letter === 'c') assign(argument.value, argument);
    else if (letter === 'D') dataDirectory = argument.value;
    else if (shortSettings[letter] !== undefined) set(shortSettings[letter], argument.value, argument);
  }
  return {
    settings,
    ...(configFile === undefined ? {} : { configFile }),
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
    unseen,
  };
}

/** `-c 'search_path="$user"'` keeps its quotes; a value that is quoted as in a file loses them. */
function unquoted(value: string): string {
  return value.length > 1 && value.startsWith("'") && value.endsWith("'") ? value.slice(1, -1) : value;
}

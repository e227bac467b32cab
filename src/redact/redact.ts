import { filesOf, type Files } from '../source/files.ts';
import { assignmentRanges, lineRanges } from './assignments.ts';
import { envRanges, referencedVariables } from './env.ts';
import { dockerfileRanges, nginxRanges, settingsRanges, shellRanges } from './formats.ts';
import { isSecretName } from './names.ts';
import { patternRanges } from './patterns.ts';
import { pythonRanges } from './python.ts';
import { merged, placeholder, replaceRanges, type Range } from './ranges.ts';
import { valueRanges } from './values.ts';
import { yamlRanges } from './yaml.ts';

export type FileKind = 'yaml' | 'env' | 'dockerfile' | 'python' | 'nginx' | 'shell' | 'settings';

/** What rules a file's text is read by. */
export function fileKind(path: string, text: string): FileKind {
  const name = path.split('/').at(-1) ?? '';
  if (/\.(?:ya?ml|json)$/.test(name)) return 'yaml';
  if (/^\.env(?:[.-]|$)|\.env$/.test(name) || path.split('/').includes('.envs')) return 'env';
  if (/^(?:dockerfile|containerfile)(?:[.-]|$)|\.(?:dockerfile|containerfile)$/i.test(name))
    return 'dockerfile';
  if (name.endsWith('.py')) return 'python';
  if (/\.(?:sh|bash)$/.test(name) || text.startsWith('#!'))
    return /^#!.*\bpython/.test(text) ? 'python' : 'shell';
  if (/\.(?:ini|toml|cfg|properties|txt)$/.test(name)) return 'settings';
  // Statements of nginx end with a semicolon or open a block.
  return /[;{][ \t]*(?:#.*)?\r?$/m.test(text) && /^[ \t]*[a-z_]+[ \t][^=]*[;{]/m.test(text)
    ? 'nginx'
    : 'settings';
}

/**
 * Where a file's text holds secrets, sorted: passwords, tokens, keys, by the name they are given to or by their form.
 *
 * @param referenced names of variables that Compose files interpolate: such values of an env file are kept
 */
export function secretRanges(
  path: string,
  text: string,
  referenced: ReadonlySet<string> = new Set(),
): Range[] {
  const kind = fileKind(path, text);
  const own = {
    yaml: yamlRanges,
    env: (content: string) => envRanges(content, referenced),
    dockerfile: dockerfileRanges,
    python: pythonRanges,
    nginx: nginxRanges,
    shell: shellRanges,
    settings: settingsRanges,
  }[kind](text);
  return merged([...own, ...patternRanges(text)]);
}

/** A file's text without its secrets: as many lines, and still readable for a parser of its kind. */
export function redactText(path: string, text: string, referenced?: ReadonlySet<string>): string {
  return replaceRanges(text, secretRanges(path, text, referenced));
}

/** An nginx configuration, whatever its file is called. */
export function redactNginx(text: string): string {
  return replaceRanges(text, [...nginxRanges(text), ...patternRanges(text)]);
}

/** One line of a log, a message, a command line. */
export function redactLine(text: string): string {
  return replaceRanges(text, [...assignmentRanges(text), ...lineRanges(text), ...patternRanges(text)]);
}

/** The words of a command line. */
export function redactWords(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const option = /^--?([A-Za-z][\w-]{0,60})$/.exec(words[index - 1] ?? '')?.[1];
    if (option !== undefined && !word.startsWith('-') && isSecretName(option))
      return replaceRanges(word, valueRanges(option, word, 0, word.length));
    const program = words[0]?.split('/').at(-1) ?? '';
    if (/^(?:mysql|mariadb)/.test(program) && /^-p./.test(word)) return `-p${placeholder}`;
    if (program === 'redis-cli' && words[index - 1] === '-a') return placeholder;
    return redactLine(word);
  });
}

/**
 * All files without their secrets. A secret that is found in one place is taken out of every other one too, if it
 * cannot be mistaken for an ordinary word.
 */
export function redactFiles(files: Files): { files: Files; secrets: ReadonlySet<string> } {
  const compose = files.paths.filter((path) => /\.ya?ml$/.test(path)).map((path) => files.read(path) ?? '');
  const referenced = referencedVariables(compose);
  const secrets = new Set<string>();
  const texts = new Map<string, string>();
  for (const path of files.paths) {
    const text = files.read(path);
    if (text === undefined) continue;
    const ranges = secretRanges(path, text, referenced);
    for (const { start, end } of ranges) {
      const secret = text.slice(start, end);
      if (isDistinct(secret) && secrets.size < maxSecrets) secrets.add(secret);
    }
    texts.set(path, replaceRanges(text, ranges));
  }
  for (const [path, text] of texts) texts.set(path, withoutSecrets(text, secrets));
  return { files: filesOf(texts, files.unreadable), secrets };
}

const maxSecrets = 300;

/** Takes known secrets out of a text, wherever they are. */
export function withoutSecrets(text: string, secrets: ReadonlySet<string>): string {
  let result = text;
  // The longest first: one may be part of another.
  for (const secret of [...secrets].sort((one, other) => other.length - one.length))
    if (result.includes(secret)) result = result.replaceAll(secret, placeholder);
  return result;
}

/** Nothing that could be a service's name, a host, a word. */
function isDistinct(secret: string): boolean {
  if (secret.length < 8 || /[\s"'\\]/.test(secret)) return false;
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d_.-]/].filter((one) => one.test(secret)).length;
  return (
    classes >= 3 ||
    (secret.length >= 12 && classes >= 2 && /\d/.test(secret)) ||
    (secret.length >= 24 && /\d/.test(secret))
  );
}

import { quote } from '../shell/quote.ts';

/** Larger files are not read. */
export const maxFileBytes = 512 * 1024;
/** A file without an extension is only a script if it is small. */
const maxScriptBytes = 64 * 1024;
/** Files beyond this number are not read. */
export const maxFiles = 5_000;
/** Directories below this depth are not entered; files of the project itself are at depth 1. */
export const maxDepth = 12;
/** Of everything together. */
export const maxTotalBytes = 8 * 1024 * 1024;

/** Directories that hold nobody's own configuration: dependencies, caches, build outputs. Shell patterns of the name. */
export const skippedDirectories = [
  '.git .hg .svn .ops',
  'node_modules bower_components vendor third_party',
  '.venv venv .virtualenv virtualenv site-packages dist-packages __pypackages__ .tox .nox *.egg-info .eggs',
  '__pycache__ .mypy_cache .pytest_cache .ruff_cache .cache',
  'dist target .next .nuxt .svelte-kit .output .parcel-cache .turbo .gradle .terraform',
  'coverage htmlcov .idea .vscode',
]
  .join(' ')
  .split(' ');

/** Files that an audit could need. Shell patterns of the name. */
const wantedNames = [
  // Compose, ops.yaml, application settings
  '*.yml *.yaml compose*.json docker-compose*.json',
  'Dockerfile Dockerfile.* Dockerfile-* dockerfile dockerfile.* *.dockerfile *.Dockerfile Containerfile Containerfile.* *.Containerfile .dockerignore',
  // nginx, PostgreSQL, Redis, supervisord, PgBouncer
  '*.conf *.conf.* *.template *.tmpl *.nginx *.vhost *.inc mime.types *_params nginx conf default Caddyfile Caddyfile.* haproxy.cfg',
  '*.py *.sh *.bash',
  '.env .env.* .env-* *.env',
  '*.ini *.toml *.cfg requirements*.txt constraints*.txt package.json Procfile Procfile.*',
]
  .join(' ')
  .split(' ');

/** Keys and certificates: nothing that an audit reads. */
const neverNames =
  '*.pem *.key *.crt *.cer *.csr *.p12 *.pfx *.jks *.gpg id_rsa* id_ed25519* id_ecdsa*'.split(' ');

/** Directories whose files are wanted whatever they are called: nginx's sites, cookiecutter's `.envs`. */
const wantedDirectories = ['sites-enabled', 'sites-available', 'conf.d', 'snippets', '.envs'];

export type Want =
  | 'yes'
  /** Only if it begins with `#!`. */
  | 'script'
  | 'no';

const names = anyOf(wantedNames);
const never = anyOf(neverNames);
const skipped = anyOf(skippedDirectories);

/** Whether a directory of this name is passed over. */
export function isSkipped(name: string): boolean {
  return skipped.test(name);
}

/**
 * Whether an audit could need a file.
 *
 * @param path relative to the project, with forward slashes
 */
export function isWanted(path: string): Want {
  const segments = path.split('/');
  const name = segments.pop() ?? '';
  if (never.test(name)) return 'no';
  if (names.test(name)) return 'yes';
  if (wantedDirectories.some((directory) => segments.includes(directory))) return 'yes';
  return name.includes('.') ? 'no' : 'script';
}

/** Largest size of a file of this kind that is read, bytes. */
export function maxBytes(want: Want): number {
  return want === 'script' ? maxScriptBytes : maxFileBytes;
}

function anyOf(patterns: readonly string[]): RegExp {
  const sources = patterns.map((pattern) => pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '[^]*'));
  return new RegExp(`^(?:${sources.join('|')})$`);
}

/**
 * The same rules as words of `find` for POSIX sh: `wanted` and `script` are expressions that are true for such a file
 * or link, `prune` is one that is true for a directory that is passed over.
 */
export const findRules = {
  wanted: `! ${named(neverNames)} ${alternatives([
    ...wantedNames.map((name) => `-name ${quote(name)}`),
    ...wantedDirectories.map((directory) => `-path ${quote(`*/${directory}/*`)}`),
  ])}`,
  script: `! -name '*.*' ${size('-', maxScriptBytes)}`,
  prune: `-type d ${named(skippedDirectories)}`,
  tooLarge: size('+', maxFileBytes),
  tooDeep: `-type d -path ${quote(`.${'/*'.repeat(maxDepth)}`)}`,
};

function named(patterns: readonly string[]): string {
  return alternatives(patterns.map((name) => `-name ${quote(name)}`));
}

function alternatives(tests: readonly string[]): string {
  return `\\( ${tests.join(' -o ')} \\)`;
}

/** `find` counts blocks of 512 bytes and rounds up. */
function size(sign: '+' | '-', bytes: number): string {
  return `-size ${sign}${bytes / 512 + (sign === '-' ? 1 : 0)}`;
}

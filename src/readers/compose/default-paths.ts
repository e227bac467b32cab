import { directoryOf, joinPath, type Files } from '../../source/files.ts';
import { readDotenv } from './dotenv.ts';

const names = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrides = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];
const production = /^(?:docker-)?compose[.-]prod(?:uction)?\.ya?ml$/;

/**
 * The files that `docker compose` would read in a directory when none is named: those of `COMPOSE_FILE` in `.env`, else
 * the first that there is of the usual names, and its override. A directory with only a Compose file for production
 * means that one, although Compose would ask for `-f`. Empty: there is none.
 */
export function defaultComposePaths(files: Files, directory: string): string[] {
  const inDirectory = (name: string) => joinPath(directory, name) ?? name;
  const first = (candidates: readonly string[]) =>
    candidates.map(inDirectory).find((path) => files.read(path) !== undefined);
  const named = composeFileVariable(files, directory);
  if (named.length > 0) return named;
  const main = first(names);
  if (main !== undefined) return [main, first(overrides)].filter((path) => path !== undefined);
  const found = files.paths.find(
    (path) => directoryOf(path) === directory && production.test(path.slice(path.lastIndexOf('/') + 1)),
  );
  return found === undefined ? [] : [found];
}

function composeFileVariable(files: Files, directory: string): string[] {
  const path = joinPath(directory, '.env') ?? '.env';
  const text = files.read(path);
  if (text === undefined) return [];
  const { values } = readDotenv(path, text, () => undefined);
  const separator = values.get('COMPOSE_PATH_SEPARATOR')?.value ?? ':';
  const list = values.get('COMPOSE_FILE')?.value ?? '';
  return list.split(separator).flatMap((name) => (name === '' ? [] : (joinPath(directory, name) ?? [])));
}

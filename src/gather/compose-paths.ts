import { UsageError } from '../errors.ts';
import { defaultComposePaths } from '../readers/compose/default-paths.ts';
import { joinPath, type Files } from '../source/files.ts';

/**
 * The Compose files of a project: those that were named, else those of the configuration where they are all there,
 * else those that Compose would find.
 *
 * @param named as a person gave them: one that is missing is a mistake
 * @param configured as `compose.files` has them; a default that nobody chose may name a file that is not there
 * @throws UsageError when there is none
 */
export function composePaths(
  files: Files,
  where: string,
  { named = [], configured = [] }: { named?: readonly string[]; configured?: readonly string[] },
): string[] {
  const inside = (path: string): string => joinPath('', path) ?? path;
  const missing = named.find((path) => files.read(inside(path)) === undefined);
  if (missing !== undefined) {
    const reason = files.unreadable.get(inside(missing));
    throw new UsageError('NO_COMPOSE_FILE', `There is no ${missing} in ${where}.`, {
      ...(reason === undefined ? {} : { place: { file: missing, output: [`${missing} ${reason}`] } }),
      next: ['Name it relative to the directory of the project: --compose-file FILE'],
    });
  }
  if (named.length > 0) return named.map(inside);
  if (configured.length > 0 && configured.every((path) => files.read(inside(path)) !== undefined))
    return configured.map(inside);
  const found = defaultComposePaths(files, '');
  if (found.length > 0) return found;
  throw new UsageError('NO_COMPOSE_FILE', `There is no Compose file in ${where}.`, {
    next: ['Name the directory of a Compose project, or its file with --compose-file FILE.'],
  });
}

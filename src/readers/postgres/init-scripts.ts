import type { ComposeMount } from '../compose/project.ts';
import type { ContainerFiles } from '../container-files.ts';
import type { ConfSetting } from './conf.ts';

const directory = '/docker-entrypoint-initdb.d';
const statement =
  /\balter[ \t]{1,20}system[ \t]{1,20}set[ \t]{1,20}([A-Za-z_][\w.]{0,62})[ \t]{0,20}(?:=|to)[ \t]{0,20}('(?:[^'\n]|''){0,500}'|[^\s;'"]{1,500})/gi;

/**
 * `ALTER SYSTEM` in the scripts that run when the database is made, as the official image runs them; what it sets wins over
 * postgresql.conf. A script that writes a configuration file itself leaves it unseen.
 */
export function alterSystem(
  files: ContainerFiles,
  mounts: readonly ComposeMount[],
): { settings: readonly ConfSetting[]; unseen: boolean } {
  const settings: ConfSetting[] = [];
  let unseen = mounts.some((mount) => isUnseen(files, mount));
  for (const path of [...files.list(directory)].sort()) {
    if (!/\.(?:sql|sh)$/.test(path)) continue;
    const file = files.read(path);
    if (!file) continue;
    const { text } = file;
    if (path.endsWith('.sh') && /postgresql(?:\.auto)?\.conf/.test(text)) unseen = true;
    for (const match of text.matchAll(statement)) {
      const [whole, name = '', written = ''] = match;
      if (commented(text, match.index)) continue;
      const end = match.index + whole.length;
      settings.push({
        name: name.toLowerCase(),
        value: written.startsWith("'") ? written.slice(1, -1).replaceAll("''", "'") : written,
        at: { path: file.path, start: end - written.length, end },
      });
    }
  }
  return { settings, unseen };
}

/**
 * Scripts are mounted and not among the files. One that is there and too large to be read is a dump, which changes no
 * settings.
 */
function isUnseen(files: ContainerFiles, { type, target }: ComposeMount): boolean {
  if (type !== 'bind' && type !== 'config') return false;
  if (target.replace(/\/$/, '') === directory) return files.list(directory).length === 0;
  return (
    target.startsWith(`${directory}/`) &&
    /\.(?:sql|sh)$/.test(target) &&
    files.read(target) === undefined &&
    files.unreadable?.(target) === undefined
  );
}

function commented(text: string, offset: number): boolean {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return before.includes('--') || before.trimStart().startsWith('#');
}

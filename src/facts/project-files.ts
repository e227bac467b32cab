import { quote, words } from '../shell/quote.ts';
import type { Fact } from './fact.ts';

/** What `find` shall look for, as its own words. */
export interface FindRules {
  wanted: string;
  script: string;
  prune: string;
  tooLarge: string;
  tooDeep: string;
}

export type ListedKind =
  | 'file'
  | 'denied'
  | 'large'
  | 'deep'
  | 'outside'
  | 'broken'
  | 'linkeddir'
  | 'special';

export type ProjectFilesFact =
  | { state: 'no-directory' | 'no-tar' }
  | {
      state: 'ok';
      /** What exists, also what is not in the archive. Paths relative to the app directory. */
      listed: readonly { kind: ListedKind; path: string }[];
      /** tar, perhaps cut off at the limit. */
      archive: Uint8Array;
      compressed: boolean;
    };

export interface ProjectFilesOptions {
  /** Paths that are read whatever they are called. */
  also: readonly string[];
  /** Bytes of the archive before it is compressed. */
  maxArchiveBytes: number;
}

/** Shell: is the file inside of the app directory, links followed? */
const insideFunction =
  'inside() { real=$(readlink -f "$1" 2>/dev/null) || return 1; case $real in "$ops_top"|"$ops_top"/*) return 0 ;; esac; return 1; }';

/** Shell for `find -exec … {} +`: one record a file, ended by NUL, because names may hold line feeds. */
const mark = [
  insideFunction,
  'kind=$1; shift',
  'for file do',
  '  is=$kind',
  '  case $kind in',
  '    dir) if [ -r "$file" ] && [ -x "$file" ]; then continue; fi; is=denied ;;',
  '    file) [ -r "$file" ] || is=denied ;;',
  '    link|otherlink)',
  '      if [ ! -e "$file" ]; then is=broken',
  '      elif ! inside "$file"; then is=outside',
  '      elif [ -d "$file" ]; then is=linkeddir',
  '      elif [ ! -f "$file" ]; then is=special',
  '      elif [ ! -r "$file" ]; then is=denied',
  '      else is=file; fi',
  '      [ "$kind" = link ] || [ -d "$file" ] || continue ;;',
  '  esac',
  `  printf '%s %s\\000' "$is" "$file"`,
  'done',
].join('\n');

/** Shell for `find -exec … {} +`: an archive of those that are regular, readable and inside; `script`: that begin with `#!`. */
const pack = [
  insideFunction,
  'kind=$1; shift',
  'count=0',
  'for file do',
  '  shift',
  '  [ -f "$file" ] && [ -r "$file" ] || continue',
  '  if [ "$kind" = also ] || [ -h "$file" ]; then inside "$file" || continue; fi',
  '  if [ "$kind" = script ]; then',
  // A directory full of nameless blobs must not take minutes.
  '    count=$((count + 1)); [ "$count" -le 1000 ] || continue',
  '    [ "$(head -c 2 "$file" 2>/dev/null | tr -d "\\000")" = "#!" ] || continue',
  '  fi',
  '  set -- "$@" "$file"',
  'done',
  '[ "$#" = 0 ] || exec tar -chf - "$@" 2>/dev/null',
].join('\n');

/**
 * The text files of the app directory: what there is, and the content as one archive. Needs find, tar, head and base64
 * of coreutils or busybox; gzip if it is there.
 */
export function projectFiles(
  rules: FindRules,
  { also, maxArchiveBytes }: ProjectFilesOptions,
): Fact<'project-files', ProjectFilesFact> {
  const run = (script: string, kind: string): string => `-exec sh -c ${quote(script)} sh ${kind} {} +`;
  const skip = `${rules.prune} -prune -o ${rules.tooDeep}`;
  return {
    id: 'project-files',
    script: () =>
      [
        '[ -z "$ops_no_dir" ] || { echo no-directory; exit 0; }',
        'command -v tar >/dev/null 2>&1 || { echo no-tar; exit 0; }',
        'ops_top=$(pwd -P); ops_top=${ops_top%/}; export ops_top',
        'echo list',
        [
          `find . ${skip} ${run(mark, 'deep')} -prune -o -type d ${run(mark, 'dir')}`,
          `-o ${rules.wanted} \\( -type l ${run(mark, 'link')} -o -type f ${rules.tooLarge} ${run(mark, 'large')} -o -type f ${run(mark, 'file')} -o ${run(mark, 'special')} \\)`,
          `-o -type l ! \\( ${rules.prune.replace('-type d ', '')} \\) ${run(mark, 'otherlink')}`,
          '2>/dev/null | head -c 2097152 | base64',
        ].join(' '),
        'if command -v gzip >/dev/null 2>&1; then echo "tar gzip"; zip="gzip -c"; else echo tar; zip=cat; fi',
        '{',
        `find . ${skip} -prune -o ${rules.wanted} \\( -type l -o -type f ! ${rules.tooLarge} \\) ${run(pack, 'wanted')} 2>/dev/null`,
        `find . ${skip} -prune -o ! \\( ${rules.wanted} \\) \\( -type l -o -type f \\) ${rules.script} ${run(pack, 'script')} 2>/dev/null`,
        ...(also.length === 0
          ? []
          : [`sh -c ${quote(pack)} sh also ${words(...also.map((path) => `./${path}`))}`]),
        `} | head -c ${maxArchiveBytes} | $zip | base64`,
        'echo end',
      ].join('\n'),
    parse({ stdout }): ProjectFilesFact {
      const lines = stdout.split('\n');
      const first = lines[0]?.trim();
      if (first === 'no-directory' || first === 'no-tar') return { state: first };
      const tar = lines.findIndex((line) => line === 'tar' || line === 'tar gzip');
      const end = lines.lastIndexOf('end');
      if (first !== 'list' || tar === -1 || end < tar) throw new Error('the list of files is not whole');
      const decode = (from: number, to: number): Buffer =>
        Buffer.from(lines.slice(from, to).join(''), 'base64');
      return {
        state: 'ok',
        listed: decode(1, tar)
          .toString('utf8')
          .split('\0')
          // The last one is empty, or was cut off.
          .slice(0, -1)
          .map((record) => {
            const space = record.indexOf(' ');
            return {
              kind: record.slice(0, space) as ListedKind,
              path: record.slice(space + 1).replace(/^\.\//, ''),
            };
          }),
        archive: decode(tar + 1, end),
        compressed: lines[tar] === 'tar gzip',
      };
    },
  };
}

import { opsDir } from './ops-dir.ts';
import { quote } from './quote.ts';

/**
 * Defines `keeping COMMAND…`: runs a command of git that replaces files, and gives those that are mounted their inode.
 *
 * @param mounted files that containers have bind-mounted one by one, relative to the app directory
 */
export function keepingInodes(mounted: readonly string[]): string[] {
  const keep = `${opsDir}/keep`;
  const files = mounted.map((file) => quote(file)).join(' ');
  const eachFile = (...body: string[]): string[] =>
    mounted.length === 0
      ? []
      : [
          '  n=0',
          `  for file in ${files}; do`,
          '    n=$((n + 1))',
          ...body.map((line) => `    ${line}`),
          '  done',
        ];
  return [
    ...(mounted.length === 0
      ? []
      : [
          'top=$(pwd -P)',
          'inside() { at=./$1; at=$(cd -P "${at%/*}" 2>/dev/null && pwd -P) || return 1; case $at/ in "$top"/*) [ -f "$1" ] && [ ! -L "$1" ] ;; *) return 1 ;; esac; }',
        ]),
    'keeping() {',
    `  rm -rf ${keep}; mkdir -p ${keep}`,
    ...eachFile(`if inside "$file"; then ln "$file" ${keep}/$n; fi`),
    '  status=0',
    '  "$@" || status=$?',
    ...eachFile(
      `if [ -f ${keep}/$n ] && inside "$file" && [ ! "$file" -ef ${keep}/$n ]; then`,
      `  cat "$file" > ${keep}/$n`,
      `  if [ -x "$file" ]; then chmod +x ${keep}/$n; else chmod -x ${keep}/$n; fi`,
      `  mv -f ${keep}/$n "$file"`,
      'fi',
    ),
    `  rm -rf ${keep}`,
    '  git update-index -q --refresh || :',
    '  return "$status"',
    '}',
    `trap 'rm -rf ${keep}' EXIT`,
  ];
}

import { awaitGit } from './git-locks.ts';
import { keepingInodes } from './inodes.ts';
import { opsDir } from './ops-dir.ts';
import { stepScript, type ScriptContext } from './script.ts';

/** Holds the full hash of the commit that is being checked out; there only meanwhile, or when that was interrupted. */
export const checkoutMark = `${opsDir}/checkout`;

/** How the line begins that says where the files of an interrupted checkout are now. */
export const keptFiles = 'kept ';

/**
 * Puts away what a checkout has left that was ended in its middle: git writes all files first, then the index, then
 * HEAD, so files of the new commit, whole or torn, lie about as if somebody had changed them. They go to a stash, for
 * what is torn cannot be told from what a person has written since. Prints `kept HASH NAME` of the stash.
 *
 * Where something else is changed too, nothing is touched: a person was here, and is told of local changes as ever.
 *
 * @param mounted files that containers have bind-mounted one by one, relative to the app directory
 */
export function settleCheckout(context: ScriptContext, mounted: readonly string[]): string {
  return stepScript(
    context,
    awaitGit,
    ...keepingInodes(mounted),
    `[ -f ${checkoutMark} ] && [ ! -L ${checkoutMark} ] || exit 0`,
    'await_git',
    `IFS= read -r to < ${checkoutMark} || to=`,
    // As they are, not quoted; one with a line break in it stays where it is.
    `names() { git diff -z --name-only --no-renames --ignore-submodules=all "$@" | tr '\\0' '\\n'; }`,
    'if git cat-file -e "$to^{commit}" 2>/dev/null; then ours=$(names HEAD "$to"); new=$(names --diff-filter=A HEAD "$to"); else ours= new=; fi',
    'changed=$(names HEAD)',
    'others=$(printf "%s\\n" "$changed" | grep -vxF -e "$ours" | grep . || :)',
    'if [ -z "$others" ] && [ -n "$ours" ]; then',
    // The index may be written already: as HEAD has it, every file that is changed or gone has a name in it.
    '  git reset --quiet; changed=$(names HEAD); set --',
    '  while IFS= read -r name; do [ -z "$name" ] || set -- "$@" ":(top,literal)$name"; done <<END',
    '$changed',
    'END',
    // Not git's yet, also where it is told to ignore them. What is older than the mark lay there before.
    '  while IFS= read -r name; do',
    `    if [ -e "$git_top/$name" ] || [ -L "$git_top/$name" ]; then [ ${checkoutMark} -nt "$git_top/$name" ] || git ls-files --error-unmatch -- ":(top,literal)$name" >/dev/null 2>&1 || set -- "$@" ":(top,literal)$name"; fi`,
    '  done <<END',
    '$new',
    'END',
    '  if [ "$#" -gt 0 ]; then',
    '    stash="ops interrupted checkout of $(printf %.7s "$to")"',
    '    keeping git stash push --quiet --all --message "$stash" -- "$@" >&2',
    `    echo "${keptFiles}$(git rev-parse --short 'stash@{0}') $stash"`,
    '  fi',
    'fi',
    `rm -f ${checkoutMark}`,
  );
}

/** How the line begins that says that a lock was removed; its path follows. */
export const removedLock = 'removed ';

/** Where git keeps locks for what a fetch or a checkout changes. */
const places = [
  ...['index', 'HEAD', 'ORIG_HEAD', 'packed-refs', 'shallow', 'config'].map((file) => `${file}.lock`),
  'refs',
  'reftable',
];

/**
 * Defines `await_git`, which returns once no lock of git is in the way of ours.
 *
 * git does not wait for its own locks: a `git status` of somebody's prompt or editor is enough to make a checkout
 * fail. And a git that was killed, with its server for one, leaves its lock for ever. So locks are waited for, up to
 * 30 s, and one that stays for 10 s while no git is at work here is removed; that is said on standard output.
 * What is still there after that time git itself names.
 */
export const awaitGit = [
  // git's own, not what other tools keep beside them; those of submodules are another repository's. With inode and
  // time: another lock of the same name is another lock.
  'git_locks() {',
  '  for dir in "$(git rev-parse --git-dir)" "$(git rev-parse --git-common-dir)"; do',
  `    find ${places.map((place) => `"$dir/${place}"`).join(' ')} -type f -name "*.lock" -exec stat -c "%i %Z %n" {} + 2>/dev/null || :`,
  '  done | sort -u',
  '}',
  'git_works() {',
  '  for file in /proc/[0-9]*/comm; do',
  '    { IFS= read -r name < "$file"; } 2>/dev/null || continue',
  '    case $name in git|git-*) ;; *) continue ;; esac',
  '    { IFS= read -r stat < "${file%comm}stat"; } 2>/dev/null || continue',
  '    case ${stat##*) } in Z*|X*) continue ;; esac',
  // Where another user's git is at work cannot be seen: it may be here.
  '    at=$(readlink "${file%comm}cwd" 2>/dev/null) || return 0',
  '    case $at/ in "$git_top"/*) return 0 ;; esac',
  '  done',
  '  return 1',
  '}',
  'await_git() {',
  '  git_top=$(git rev-parse --show-toplevel); last= quiet=0 looks=0',
  '  most=40; limit=120',
  '  while locks=$(git_locks); [ -n "$locks" ] && [ "$looks" -lt "$limit" ]; do',
  '    if [ "$locks" != "$last" ] || git_works; then quiet=0; fi',
  '    if [ "$quiet" -ge "$most" ]; then',
  `      printf '%s\\n' "$locks" | while read -r inode time lock; do rm -f "$lock" && echo "${removedLock}$lock" || :; done`,
  '      return 0',
  '    fi',
  `    [ "$looks" != 4 ] || printf '%s\\n' "$locks" | sed 's/^[0-9]* [0-9]* /waiting for git: /' >&2`,
  '    last=$locks; quiet=$((quiet + 1)); looks=$((looks + 1)); sleep 0.25',
  '  done',
  '}',
].join('\n');

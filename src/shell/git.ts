import { awaitGit } from './git-locks.ts';
import { keepingInodes } from './inodes.ts';
import { checkoutMark } from './interrupted-checkout.ts';
import { opsDir } from './ops-dir.ts';
import { quote } from './quote.ts';
import { stepScript, type ScriptContext } from './script.ts';

/** Git that never asks: a question would hang, a refusal is reported. */
const unattended = 'GIT_TERMINAL_PROMPT=0; export GIT_TERMINAL_PROMPT';

/** Ends a step when another commit is checked out than the plan knows: somebody released since, or moved it by hand. */
export function refuseMoved(head: string): string {
  return `[ "$(git rev-parse HEAD)" = ${quote(head)} ] || { echo "HEAD moved since the plan was made; run the command again." >&2; exit 1; }`;
}

/** Prints tracked files with local changes; without the index's lock, which a deploy at the same time needs. */
export const localChanges =
  'git --no-optional-locks status --porcelain --untracked-files=no --ignore-submodules=none';

/**
 * `tip REF`: the commit of a whole name under `refs/`, also `…~1`, counted from there. `git rev-parse` alone takes any
 * name that ends like the output of `git describe`, `…-g1a2b3c4`, for that commit, whether there is such a ref or not.
 */
const tipOf =
  'tip() { git show-ref --verify --quiet "${1%%[~^]*}" && git rev-parse -q --verify "$1^{commit}"; }';

/**
 * `retried ARGS`: git, once more where another one at the same moment, of a second operator or of somebody's cron job,
 * held a lock, or moved the ref that this one wanted to move.
 */
const retried = [
  awaitGit,
  'retried() { for pause in 0.1 0.3 0.6 1 git 0; do',
  '  if said=$(git "$@" 2>&1); then [ -z "$said" ] || printf "%s\\n" "$said" >&2; return 0; fi',
  `  case $pause:$said in 0:*) ;; *"cannot lock ref"*|*.lock*": File exists"*) if [ "$pause" = git ]; then await_git; else sleep "$pause"; fi; continue ;; esac`,
  '  printf "%s\\n" "$said" >&2; return 1',
  'done; }',
].join('\n');

export interface WantedRef {
  remote: string;
  branch: string;
  /** Branch, tag or commit; undefined: the head of `branch` on the remote. */
  ref?: string | undefined;
}

/**
 * Fetches, finds the wanted commit, and looks at it without touching the work tree:
 *
 *     removed PATH                  a lock of git that was left over, and is no more
 *     missing | ambiguous           there is no such commit, or the name means several
 *     owns-ops HASH                 the commit brings a `.ops` of its own
 *     commit HASH | tree HASH | subject TEXT | on-branch yes|no
 *     local HASH SUBJECT            a commit of the server's branch that the wanted commit does not contain
 *     loose HASH SUBJECT            a commit of a detached HEAD that nothing else holds; newest first
 *     changed PATH                  differs between HEAD and the wanted commit
 *     checked-out                   HEAD is the wanted commit, without local changes
 *     @compose / @hashes            else: Compose's view of the wanted commit
 *
 * `git fetch` adds objects and remote-tracking refs; nothing that serves or that somebody edits changes. Tags of that
 * name go to `refs/ops/tags/`: git does not move a tag that is there, and the server's own stay as they are.
 */
export function inspectRef(context: Omit<ScriptContext, 'run'>, { remote, branch, ref }: WantedRef): string {
  const tracking = `refs/remotes/${remote}/${ref ?? branch}`;
  // A whole hash is that commit, whatever branch or tag somebody has called so.
  const whole = ref !== undefined && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref);
  const short = ref !== undefined && !whole && /^[0-9a-f]{7,64}$/.test(ref);
  const named = ref !== undefined && !whole;
  return stepScript(
    context,
    unattended,
    tipOf,
    retried,
    'set --',
    ...(named
      ? [
          // Behind the remote's own settings, so that all comes in one go; a pattern, since a name that the remote
          // does not have would be an error.
          `if git check-ref-format ${quote(`refs/tags/${ref}`)}; then set -- -c ${quote(`remote.${remote}.fetch=+refs/tags/${ref}*:refs/ops/tags/${ref}*`)}; fi`,
        ]
      : []),
    `retried "$@" fetch --quiet --prune --no-recurse-submodules ${quote(remote)}`,
    ...(whole
      ? [
          `git cat-file -e ${quote(`${ref}^{commit}`)} 2>/dev/null || retried fetch --quiet ${quote(remote)} ${ref} 2>/dev/null || :`,
        ]
      : []),
    ...(named
      ? [`tag=${quote(`refs/ops/tags/${ref}`)}`, `tip "$tag" >/dev/null || tag=${quote(`refs/tags/${ref}`)}`]
      : []),
    'commit=',
    // Who may push a branch must not thereby choose what a tag or a short hash means.
    `for name in ${whole ? ref : quote(tracking)}${named ? ' "$tag"' : ''}${short ? ` ${ref}` : ''}; do`,
    '  case $name in refs/*) found=$(tip "$name") ;; *) found=$(git rev-parse -q --verify "$name^{commit}") ;; esac || continue',
    '  [ -z "$commit" ] || [ "$commit" = "$found" ] || { echo ambiguous; exit 0; }',
    '  commit=$found',
    'done',
    '[ -n "$commit" ] || { echo missing; exit 0; }',
    `[ -z "$(git ls-tree "$commit" ${opsDir})" ] || { echo "owns-ops $commit"; exit 0; }`,
    describeCommit,
    // Is it what the branch would fast-forward to? Then the branch moves; any other commit is checked out detached.
    ref === undefined
      ? 'echo "on-branch yes"'
      : `if [ "$(tip ${quote(`refs/remotes/${remote}/${branch}`)})" = "$commit" ]; then echo "on-branch yes"; else echo "on-branch no"; fi`,
    `if here=$(tip ${quote(`refs/heads/${branch}`)}); then git log --format='local %H %s' "$commit..$here"; fi`,
    `git symbolic-ref -q HEAD >/dev/null || git log --topo-order --max-count=100 --format='loose %H %s' HEAD --not "$commit" --branches --remotes --tags --glob=refs/ops`,
    // Compose's view of that is a fact of the host.
    `if [ "$commit" = "$(git rev-parse HEAD)" ] && [ -z "$(${localChanges})" ]; then echo checked-out; exit 0; fi`,
    composeOf,
  );
}

const describeCommit = [
  'git log -1 --format="commit %H%ntree %T%nsubject %s" "$commit"',
  // Names as they are: a file with an umlaut may be mounted, too.
  'git -c core.quotePath=false diff --name-only --no-renames HEAD "$commit" | sed "s/^/changed /"',
].join('\n');

/**
 * Compose's view of a commit that is not checked out: its files in a directory of ours, everything else
 * (relative paths, .env, project name) as in the app directory, so that the hashes are the ones that will be.
 */
const composeOf = [
  // What a server that went down in the middle has left.
  `find ${opsDir} -maxdepth 1 -name 'look.*' -mtime +0 -exec rm -rf {} + 2>/dev/null || :`,
  `look=$([ ! -L ${opsDir} ] && mktemp -d ./${opsDir}/look.XXXXXX 2>/dev/null || mktemp -d)`,
  `trap 'rm -rf "$look"' EXIT`,
  'git archive "$commit" | tar -x -C "$look"',
  'app=$(pwd)',
  'for name in .env; do if [ -f "$name" ] && [ ! -e "$look/$name" ]; then ln -s "$app/$name" "$look/$name"; fi; done',
  'echo @compose',
  // Compose would read files that are included or extended where they are now, not as the commit has them.
  `others() { git grep -qE '^"?include"?:' "$commit" -- "$@" || git grep -hE -A 3 '^ +"?extends"?:' "$commit" -- "$@" | grep -qE '(^|[[:space:]{,])"?file"?:'; }`,
  `if others '*compose*.yml' '*compose*.yaml'; then echo @failed; exit 0; fi`,
  '( cd "$look" && dc --project-directory "$app" config --format json ) && echo && echo @hashes && ( cd "$look" && dc --project-directory "$app" config --hash "*" ) || echo @failed',
].join('\n');

export interface CheckoutOptions {
  /** Full hash. */
  commit: string;
  /** HEAD as it was when the plan was made; another one means that somebody moved it since. */
  expectedHead: string;
  /** Branch to move; undefined: a detached HEAD. */
  branch?: string | undefined;
  /** Name under which a branch tip that would go out of sight is kept: `refs/ops/kept/…`. */
  keepRef?: string | undefined;
  /** The same for a detached HEAD. */
  keepHead?: string | undefined;
  /** Local changes are stashed under this message instead of being refused. */
  stash?: string | undefined;
  /** Files that containers have bind-mounted one by one, relative to the app directory. */
  mounted: readonly string[];
}

/**
 * Puts the work tree at exactly one commit; nothing is ever discarded. Prints `removed PATH` as `inspectRef` does.
 *
 * A single-file bind mount follows the inode, and git replaces files: the container would keep the old content
 * for ever. So each such file's inode is kept by a hard link, and gets the new content afterwards. Only files that
 * are really in the app directory are: what lies behind a link is another one's.
 *
 * git takes files that it is told to ignore for worthless: it would put a commit's `.env` in the place of the
 * server's, and a commit's own `.ops` in the place of ours.
 *
 * From the first file that it may write to the end of all, a mark says what it is at: `settleCheckout` goes by it.
 */
export function checkout(context: ScriptContext, options: CheckoutOptions): string {
  const { commit, expectedHead, branch, keepRef, keepHead, stash, mounted } = options;
  return stepScript(
    context,
    unattended,
    awaitGit,
    'await_git',
    refuseMoved(expectedHead),
    ...keepingInodes(mounted),
    ...(stash === undefined
      ? []
      : [`git diff --quiet HEAD || keeping git stash push --quiet --message ${quote(stash)}`]),
    // A submodule at another commit is what a checkout leaves whose submodule could not be fetched: it comes along.
    `changes=$(git status --porcelain=v2 --untracked-files=no --ignore-submodules=none | grep -v '^1 .M SC.[.U] ' || :)`,
    '[ -z "$changes" ] || { echo "The server has local changes:" >&2; git status --porcelain --untracked-files=no --ignore-submodules=none >&2; exit 1; }',
    ...(keepRef === undefined || branch === undefined
      ? []
      : [`git update-ref ${quote(keepRef)} ${quote(`refs/heads/${branch}`)}`]),
    ...(keepHead === undefined ? [] : [`git update-ref ${quote(keepHead)} HEAD`]),
    `[ -z "$(git ls-tree ${quote(commit)} ${opsDir})" ] || { echo ${quote(`The commit has a ${opsDir} of its own.`)} >&2; exit 1; }`,
    'unwritten() { git status --porcelain --untracked-files=no --ignore-submodules=all; }',
    // What git refuses it has not begun: nothing that lies there is of this checkout.
    `attempt() { git checkout --quiet --no-overwrite-ignore "$@" -- || { code=$?; [ -n "$(unwritten)" ] || rm -f ${checkoutMark}; return "$code"; }; }`,
    'go() { keeping attempt "$@"; }',
    'was=$(git symbolic-ref -q --short HEAD || :)',
    `mkdir -p ${opsDir}; printf '%s\\n' ${quote(commit)} > ${checkoutMark}`,
    `go ${branch === undefined ? '--detach' : `-B ${quote(branch)}`} ${quote(commit)}`,
    // git moves HEAD and ends well also when it could not write a file.
    'if [ -n "$(unwritten)" ]; then',
    '  { echo "git could not write these files as the commit has them:"; unwritten; } >&2',
    // They are as they were: once git takes them for that, it finds its way back, and no change of anybody is lost.
    `  git add --update && if [ -n "$was" ]; then go -B "$was" ${quote(expectedHead)}; else go --detach ${quote(expectedHead)}; fi || :`,
    `  [ -n "$(unwritten)" ] || rm -f ${checkoutMark}`,
    '  exit 1',
    'fi',
    'if [ -f .gitmodules ]; then git submodule --quiet update --init --recursive; fi',
    `[ "$(git rev-parse HEAD)" = ${quote(commit)} ]`,
    `rm -f ${checkoutMark}`,
  );
}

/** Puts back what `checkout` has stashed under a message, where there is such a stash. */
export function unstash(context: ScriptContext, message: string, mounted: readonly string[]): string {
  return stepScript(
    context,
    awaitGit,
    'await_git',
    ...keepingInodes(mounted),
    `stash=$(git stash list --format="%gd %gs" | while read -r name subject; do case $subject in *${quote(`: ${message}`)}) echo "$name"; break ;; esac; done)`,
    '[ -z "$stash" ] || keeping git stash pop --quiet --index "$stash"',
  );
}

export interface RevertOptions {
  /** Commit whose tree is wanted again, and that tree. */
  to: string;
  tree: string;
  head: string;
  /** Branch that will be moved to the revert. */
  branch: string;
  /** Author and committer, and the time (ISO 8601): the same on every host, so that all make the same commits. */
  by: string;
  at: string;
}

/**
 * Makes revert commits of everything since `to`, newest first, in a work tree of its own, so that a conflict
 * leaves the server's tree untouched. Prints as `inspectRef`, or `conflict HASH SUBJECT` / `unrelated` / `other-tree`.
 *
 * Follows the first parent: a merge is undone as a whole (`-m 1`).
 */
export function makeRevert(context: ScriptContext, options: RevertOptions): string {
  const { to, tree, head, branch, by, at } = options;
  // Two people may look at the same time, before either has the lock; what a killed one left goes after a day.
  const work = '"$work"';
  return stepScript(
    context,
    unattended,
    tipOf,
    refuseMoved(head),
    `git cat-file -e ${quote(`${to}^{commit}`)} 2>/dev/null || { echo unrelated; exit 0; }`,
    `git rev-list --first-parent ${quote(head)} | grep -qx ${quote(to)} || { echo unrelated; exit 0; }`,
    // The nearest commit with that tree: what an earlier rollback undid need not be undone twice.
    `to=$(git log --first-parent --format="%H %T" ${quote(`${to}..${head}`)} | grep ${quote(` ${tree}$`)} | head -n 1 | cut -d " " -f 1)`,
    `[ -n "$to" ] || to=${quote(to)}`,
    `since=$to..${quote(head)}`,
    `[ ! -L ${opsDir} ] || { echo ${quote(`${opsDir} is a link.`)} >&2; exit 1; }`,
    `work=${opsDir}/revert-$$`,
    `find ${opsDir} -maxdepth 1 -name 'revert-*' -mtime +0 -exec rm -rf {} + 2>/dev/null || :`,
    `clean() { git worktree remove --force ${work} >/dev/null 2>&1 || rm -rf ${work}; git worktree prune; }`,
    'clean; trap clean EXIT',
    // The same commits on every host: no hooks, no signature, no message of this version of git.
    `plain() { git -c core.hooksPath=/dev/null -c commit.gpgSign=false -C ${work} "$@"; }`,
    `git -c core.hooksPath=/dev/null worktree add --quiet --detach ${work} ${quote(head)} >&2`,
    `GIT_AUTHOR_NAME=${quote(by)}; GIT_AUTHOR_EMAIL=${quote(by)}; GIT_AUTHOR_DATE=${quote(at)}`,
    'GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME; GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL; GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE',
    'export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE',
    'for undone in $(git rev-list --first-parent "$since"); do',
    '  mainline=; if git rev-parse -q --verify "$undone^2" >/dev/null; then mainline="-m 1"; fi',
    '  if ! plain revert --no-commit $mainline "$undone" >/dev/null 2>&1; then',
    '    git log -1 --format="conflict %H %s" "$undone"; exit 0',
    '  fi',
    '  plain commit --quiet --allow-empty --cleanup=strip --message "Revert \\"$(git log -1 --format=%s "$undone")\\"" --message "This reverts commit $undone."',
    'done',
    `commit=$(git -C ${work} rev-parse HEAD)`,
    `[ "$(git rev-parse "$commit^{tree}")" = ${quote(tree)} ] || { echo other-tree; exit 0; }`,
    `git update-ref refs/ops/revert "$commit"`,
    'git rev-list --first-parent "$since" | sed \'s/^/undone /\'',
    `git rev-list ${quote(head)}.."$commit" | sed 's/^/made /'`,
    describeCommit,
    'echo "on-branch yes"',
    // What the remote has is not lost when the branch moves.
    `if here=$(tip ${quote(`refs/heads/${branch}`)}); then git log --format='local %H %s' "$here" --not "$commit" --remotes; fi`,
    composeOf.replace(`trap 'rm -rf "$look"' EXIT`, `trap 'clean; rm -rf "$look"' EXIT`),
  );
}

/** Pushes a commit to the remote branch, as a fast-forward only. */
export function push(context: ScriptContext, remote: string, branch: string, commit: string): string {
  return stepScript(
    context,
    unattended,
    `git push ${quote(remote)} ${quote(`${commit}:refs/heads/${branch}`)} 2>&1`,
  );
}

/** A bundle of `from..to` as base64 lines, for a push from the operator's clone. */
export function bundle(context: ScriptContext, from: string, to: string): string {
  return stepScript(
    context,
    `git update-ref refs/ops/bundle ${quote(to)}`,
    `git bundle create --quiet - ${quote(`${from}..refs/ops/bundle`)} | base64`,
  );
}

import { localChanges } from '../shell/git.ts';
import { checkoutMark } from '../shell/interrupted-checkout.ts';
import { quote } from '../shell/quote.ts';
import type { Fact } from './fact.ts';

export type GitFact =
  | { state: 'no-directory' | 'no-repository' | 'no-git' | 'no-commit' | 'not-owner' }
  | {
      state: 'ok';
      /** 40 hex digits (64 in a SHA-256 repository). */
      commit: string;
      tree: string;
      subject: string;
      /** Undefined: detached HEAD. */
      branch?: string;
      /** Tracked files with local changes, as `XY path` of `git --no-optional-locks status --porcelain`. */
      changes: readonly string[];
      /** An unfinished merge, revert, rebase, … of somebody. */
      unfinished?: string;
      /** A checkout of ours is under way or was ended in its middle: changes may be what it has left. */
      interrupted: boolean;
      /** URL of the remote without credentials; undefined when there is no such remote. */
      remoteUrl?: string;
      shallow: boolean;
    };

export const git = {
  id: 'git',
  script: ({ remote }) =>
    [
      '[ -z "$ops_no_dir" ] || { echo "state no-directory"; exit 0; }',
      'command -v git >/dev/null 2>&1 || { echo "state no-git"; exit 0; }',
      'top=$(git rev-parse --show-toplevel 2>&1) || { case $top in *"dubious ownership"*) echo "state not-owner" ;; *) echo "state no-repository" ;; esac; exit 0; }',
      'git rev-parse -q --verify HEAD >/dev/null || { echo "state no-commit"; exit 0; }',
      'echo "state ok"; git log -1 --format="commit %H%ntree %T%nsubject %s"',
      'branch=$(git symbolic-ref -q --short HEAD) && echo "branch $branch"',
      'dir=$(git rev-parse --git-dir)',
      'for name in MERGE_HEAD REVERT_HEAD CHERRY_PICK_HEAD rebase-merge rebase-apply; do [ ! -e "$dir/$name" ] || echo "unfinished $name"; done',
      `[ ! -f ${checkoutMark} ] || echo interrupted`,
      `url=$(git config --get ${quote(`remote.${remote}.url`)}) && echo "remote $url"`,
      'echo "shallow $(git rev-parse --is-shallow-repository)"',
      `${localChanges} | sed 's/^/change /'`,
    ].join('\n'),
  parse({ stdout }): GitFact {
    const lines = stdout.split('\n').filter((line) => line !== '');
    const value = (key: string): string | undefined =>
      lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
    const state = value('state');
    if (
      state === 'no-directory' ||
      state === 'no-repository' ||
      state === 'no-git' ||
      state === 'no-commit' ||
      state === 'not-owner'
    )
      return { state };
    const commit = value('commit');
    const tree = value('tree');
    if (state !== 'ok' || !commit || !tree) throw new Error('git printed no commit');
    const branch = value('branch');
    const unfinished = value('unfinished');
    const remoteUrl = value('remote');
    return {
      state,
      commit,
      tree,
      subject: value('subject') ?? '',
      ...(branch === undefined ? {} : { branch }),
      changes: lines.filter((line) => line.startsWith('change ')).map((line) => line.slice('change '.length)),
      ...(unfinished === undefined ? {} : { unfinished }),
      interrupted: lines.includes('interrupted'),
      ...(remoteUrl === undefined ? {} : { remoteUrl: withoutCredentials(remoteUrl) }),
      shallow: value('shallow') === 'true',
    };
  },
} satisfies Fact<'git', GitFact>;

function withoutCredentials(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');
}

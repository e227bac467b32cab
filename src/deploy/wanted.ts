import { RemoteCommandError } from '../errors.ts';
import { compose, type ComposeFact } from '../facts/compose.ts';
import { removedLock } from '../shell/git-locks.ts';

/** A commit as the server sees it, before anything is changed: the output of `shell/git.inspectRef` or `makeRevert`. */
export interface Wanted {
  commit: string;
  tree: string;
  subject: string;
  /** The head of the target's branch: the branch moves to it. Any other commit is checked out detached. */
  onBranch: boolean;
  /** Commits of the server's branch that the wanted commit does not contain, newest first. */
  localOnly: readonly { commit: string; subject: string }[];
  /** Commits of a detached HEAD that no branch, no tag and not the wanted commit holds, newest first. */
  loose: readonly { commit: string; subject: string }[];
  /** Files that differ between HEAD and the wanted commit. */
  changed: readonly string[];
  /** Rollback: commits that are undone, newest first. */
  undone: readonly string[];
  /** Rollback: the revert commits, newest first. */
  made: readonly string[];
  /** Paths of locks that a git which is gone had left, and that were in the way. */
  removedLocks: readonly string[];
  /** HEAD is at it, without local changes: Compose's view of it is that of the files that are there. */
  checkedOut: boolean;
  /** Compose's view of it; undefined when it could only be told after the checkout. */
  compose?: ComposeFact & { state: 'ok' };
}

export type WantedResult =
  | { state: 'ok'; wanted: Wanted }
  | { state: 'missing' | 'ambiguous' | 'unrelated' | 'other-tree' }
  | { state: 'owns-ops'; commit: string }
  | { state: 'conflict'; commit: string; subject: string };

/**
 * Parses what `inspectRef` and `makeRevert` print. Only a line feed ends a line: a commit's subject may hold every
 * other character, also those that `^` of a regular expression takes for the start of a line.
 */
export function parseWanted(stdout: string): WantedResult {
  const all = stdout.split('\n');
  const mark = all.indexOf('@compose');
  const lines = mark === -1 ? all : all.slice(0, mark);
  for (const state of ['missing', 'ambiguous', 'unrelated', 'other-tree'] as const)
    if (lines.includes(state)) return { state };
  const values = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const pair = (text: string): { commit: string; subject: string } => {
    const [commit = '', ...subject] = text.split(' ');
    return { commit, subject: subject.join(' ') };
  };
  const [owner] = values('owns-ops');
  if (owner !== undefined) return { state: 'owns-ops', commit: owner };
  const [conflict] = values('conflict');
  if (conflict !== undefined) return { state: 'conflict', ...pair(conflict) };
  const [commit] = values('commit');
  const [tree] = values('tree');
  if (!commit || !tree) throw new Error('git printed no commit');
  const view = parseCompose(mark === -1 ? undefined : all.slice(mark + 1));
  return {
    state: 'ok',
    wanted: {
      commit,
      tree,
      subject: values('subject')[0] ?? '',
      onBranch: values('on-branch')[0] === 'yes',
      localOnly: values('local').map(pair),
      loose: values('loose').map(pair),
      changed: values('changed'),
      undone: values('undone'),
      made: values('made'),
      removedLocks: values(removedLock.trim()),
      checkedOut: lines.includes('checked-out'),
      ...(view ? { compose: view } : {}),
    },
  };
}

/**
 * `parseWanted` of what a host printed.
 *
 * @throws RemoteCommandError `REF_UNREADABLE` for an output that has no explanation
 */
export function readWanted(stdout: string, host: string): WantedResult {
  try {
    return parseWanted(stdout);
  } catch (error) {
    throw new RemoteCommandError(
      'REF_UNREADABLE',
      `What ${host} says of the wanted commit could not be read: ${error instanceof Error ? error.message : String(error)}.`,
      {
        cause: error,
        // Not what Compose printed: its configuration holds the environment of every service.
        place: {
          host,
          step: 'fetch',
          output: (stdout.split('\n@compose')[0] ?? '').trimEnd().split('\n').slice(-10),
        },
        next: [
          'Run the command again; if it stays, try `git log` and `docker compose config` on the server.',
        ],
      },
    );
  }
}

function parseCompose(lines: readonly string[] | undefined): (ComposeFact & { state: 'ok' }) | undefined {
  if (lines === undefined || lines.includes('@failed')) return undefined;
  const fact = compose.parse({ stdout: lines.join('\n').trim(), stderr: '', code: 0 });
  return fact.state === 'ok' ? fact : undefined;
}

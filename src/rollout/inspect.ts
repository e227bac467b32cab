import { composeInvalid, preflight } from '../deploy/preflight.ts';
import { decide, type Decision } from '../deploy/decide.ts';
import { readWanted, type Wanted, type WantedResult } from '../deploy/wanted.ts';
import { OpsError, RemoteCommandError, UsageError } from '../errors.ts';
import type { GitFact } from '../facts/git.ts';
import type { HostFacts } from '../facts/index.ts';
import type { CommandResult } from '../host/host.ts';
import { staleSeconds } from '../shell/lock.ts';
import { inspectRef, makeRevert } from '../shell/git.ts';
import type { Release } from '../ledger/ledger.ts';
import { lockedError } from './held-lock.ts';
import type { HostSession } from './session.ts';

/** What is wanted of every host. */
export type Goal =
  | { kind: 'deploy'; ref?: string | undefined }
  | {
      kind: 'rollback';
      /** Picks the release to go back to from a host's own ledger. */
      choose: (session: HostSession) => Release;
      imagesOnly: boolean;
      by: string;
      /** ISO 8601; the date of the revert commits. */
      at: string;
    };

export interface RolloutOptions {
  force: boolean;
  rebuild: boolean;
  stash: boolean;
  allowDowntime: boolean;
  /** A lock that is held is waited for, not refused. */
  lockWaitMs: number;
}

/** One host, looked at: what would be done there. */
export interface HostPlan {
  session: HostSession;
  git: GitFact & { state: 'ok' };
  wanted: Wanted;
  decision: Decision;
  notes: readonly string[];
  /** Rollback: the release that comes back. */
  back?: Release;
}

/** Reads a host's state and decides; fetches git objects, changes nothing that serves or that anybody edits. */
export async function inspect(
  session: HostSession,
  goal: Goal,
  options: RolloutOptions,
  run: { held?: string; signal?: AbortSignal } = {},
): Promise<HostPlan> {
  const { target, name } = session;
  // Facts and fetch do not need each other: both at once are one round trip. What the fetch says counts only on a
  // host that the preflight accepts.
  const fetching = goal.kind === 'deploy' ? fetchWanted(session, goal.ref, 'plugin', run.signal) : undefined;
  fetching?.catch(() => {
    // Awaited below, if the preflight comes that far.
  });
  const facts = await session.look(run.signal);
  const { git, notes } = preflight(facts, target, name, options);
  const { lock } = facts;
  if (
    run.held === undefined &&
    options.lockWaitMs === 0 &&
    lock.state === 'held' &&
    lock.silentSeconds <= staleSeconds
  )
    throw lockedError(name, lock);
  const back = goal.kind === 'rollback' ? goal.choose(session) : undefined;
  const wanted = await findWanted(session, goal, git, back, fetching, run.signal);
  if (wanted.compose === undefined && facts.compose.state === 'invalid' && wanted.commit === git.commit)
    composeInvalid(name, facts.compose.message);
  const decision = decide(name, facts, git, wanted, target, {
    kind: goal.kind,
    force: options.force,
    rebuild: options.rebuild,
    imagesOf: goal.kind === 'rollback' && goal.imagesOnly ? back : undefined,
  });
  return { session, git, wanted, decision, notes: [...notes, ...decision.notes], ...(back ? { back } : {}) };
}

async function findWanted(
  session: HostSession,
  goal: Goal,
  git: GitFact & { state: 'ok' },
  back: Release | undefined,
  fetching: Promise<CommandResult> | undefined,
  signal: AbortSignal | undefined,
): Promise<Wanted> {
  const { target, facts } = session;
  if (goal.kind === 'rollback' && goal.imagesOnly) {
    const { commit, tree, subject } = git;
    // What serves now is what is gone back from, though its commit stays checked out.
    const undone = [commit];
    const here = {
      commit,
      tree,
      subject,
      onBranch: false,
      localOnly: [],
      loose: [],
      changed: [],
      undone,
      made: [],
      removedLocks: [],
      checkedOut: true,
    };
    return withCompose(here, facts, git);
  }
  const result = await (goal.kind === 'rollback' && back
    ? session.host.script(
        makeRevert(session.script(), {
          to: back.commit,
          tree: back.tree,
          head: git.commit,
          branch: target.branch,
          by: goal.by,
          at: goal.at,
        }),
        limits(signal),
      )
    : fetching !== undefined && session.flavor() === 'plugin'
      ? fetching
      : fetchWanted(session, goal.kind === 'deploy' ? goal.ref : undefined, session.flavor(), signal));
  if (result.code !== 0) {
    throw new RemoteCommandError(
      'FETCH_FAILED',
      `The wanted commit could not be fetched on ${session.name}.`,
      {
        place: {
          host: session.name,
          step: 'fetch',
          output: result.stderr.trim().split('\n').slice(-10),
        },
        next: [`Try it on the server: cd ${target.appDir} && git fetch ${target.remote}`],
      },
    );
  }
  return withCompose(expectFound(readWanted(result.stdout, session.name), session, goal, back), facts, git);
}

/** Of what is checked out, the look at the host has told already what Compose makes of it. */
function withCompose(wanted: Wanted, { compose }: HostFacts, git: GitFact & { state: 'ok' }): Wanted {
  const isThere = wanted.checkedOut && wanted.commit === git.commit && compose.state === 'ok';
  return isThere ? { ...wanted, compose } : wanted;
}

function limits(signal: AbortSignal | undefined): { timeoutMs: number; signal?: AbortSignal } {
  return { timeoutMs: 300_000, ...(signal ? { signal } : {}) };
}

async function fetchWanted(
  session: HostSession,
  ref: string | undefined,
  flavor: 'plugin' | 'standalone',
  signal: AbortSignal | undefined,
): Promise<CommandResult> {
  const { remote, branch } = session.target;
  return await session.host.script(
    inspectRef(session.scriptFor(flavor), { remote, branch, ref }),
    limits(signal),
  );
}

function expectFound(
  result: WantedResult,
  session: HostSession,
  goal: Goal,
  back: Release | undefined,
): Wanted {
  if (result.state === 'ok') return result.wanted;
  const { target, name } = session;
  if (result.state === 'missing') {
    const ref = goal.kind === 'deploy' ? (goal.ref ?? target.branch) : target.branch;
    throw new UsageError('REF_NOT_FOUND', `${target.remote} has no branch, tag or commit "${ref}".`, {
      place: { host: name, step: 'fetch' },
      next: ['Push it first, or check its spelling.'],
    });
  }
  if (result.state === 'ambiguous') {
    const ref = goal.kind === 'deploy' ? (goal.ref ?? target.branch) : target.branch;
    throw new UsageError(
      'REF_AMBIGUOUS',
      `"${ref}" names several commits of ${target.remote}: a branch, a tag, or a short hash.`,
      {
        place: { host: name, step: 'fetch' },
        next: ['Name the one that is meant by its whole hash.'],
      },
    );
  }
  if (result.state === 'owns-ops') {
    throw new OpsError(
      'unchanged',
      'OPS_DIR_IN_GIT',
      `${result.commit.slice(0, 7)} has a .ops of its own, where ops keeps the lock, the ledger and the logs.`,
      {
        place: { host: name, step: 'fetch' },
        next: ['Take it out of the repository: git rm -r --cached .ops; and find out who put it there.'],
      },
    );
  }
  const imagesOnly = 'Go back to its images alone, with git as it is: ops rollback --images-only.';
  const texts = {
    conflict: 'The commits since then cannot be reverted without a conflict',
    unrelated: 'The present commit does not descend from that release',
    'other-tree': 'The reverted tree is not the tree of that release',
  } as const;
  throw new OpsError(
    'unchanged',
    'REVERT_FAILED',
    `${texts[result.state]}; the server’s tree is as it was.`,
    {
      place: {
        host: name,
        step: 'revert',
        ...(result.state === 'conflict'
          ? { output: [`${result.commit.slice(0, 7)} ${result.subject}`] }
          : {}),
      },
      next: [
        imagesOnly,
        `Or deploy that commit itself: ops deploy --ref ${back?.commit.slice(0, 12) ?? 'COMMIT'}.`,
      ],
    },
  );
}

import { OpsError, UsageError } from '../errors.ts';
import { liveRelease, type Ledger, type Release } from '../ledger/ledger.ts';

/**
 * The release to go back to: the one that is named (release id, or a prefix of it or of its commit), else what served
 * last before the present tree and was not rolled back itself.
 *
 * @throws UsageError `RELEASE_NOT_FOUND`, with the releases that there are
 */
export function chooseRelease(ledger: Ledger, host: string, name?: string): Release {
  const live = ledger.releases.filter(({ finished }) => finished?.outcome === 'live');
  const current = liveRelease(ledger);
  const known = live.slice(-10).map(({ id, subject }) => `${id} ${subject}`);
  if (!current) {
    throw new OpsError('unchanged', 'NO_RELEASE', `The ledger of ${host} has no release to go back to.`, {
      place: { host },
      next: [
        'Only what `ops deploy` made can be rolled back; deploy an older commit instead: ops deploy --ref COMMIT.',
      ],
    });
  }
  if (name === undefined) {
    // By a later rollback: what was deployed again after it, by force, is wanted.
    const undone = (commit: string, index: number): boolean =>
      live.slice(index + 1).some((later) => later.undone?.includes(commit) === true);
    const before = live
      .slice(0, live.indexOf(current))
      .findLast(({ tree, commit }, index) => tree !== current.tree && !undone(commit, index));
    if (before) return sourceOf(before, live);
    throw new OpsError(
      'unchanged',
      'NO_RELEASE',
      `Before ${current.id} there is no release on ${host} that was not rolled back itself.`,
      { place: { host, output: known }, next: ['Name one all the same: ops rollback --to RELEASE.'] },
    );
  }
  const found = live.filter(
    ({ id, commit }) => id === name || id.startsWith(name) || (name.length >= 7 && commit.startsWith(name)),
  );
  const release = found.at(-1);
  if (!release || new Set(found.map(({ tree }) => tree)).size > 1) {
    throw new UsageError(
      'RELEASE_NOT_FOUND',
      release ? `"${name}" means more than one release on ${host}.` : `${host} has no release "${name}".`,
      {
        place: { host, output: release ? found.map(({ id, subject }) => `${id} ${subject}`) : known },
        next: ['`ops history` lists the releases.'],
      },
    );
  }
  if (release.tree === current.tree) {
    throw new UsageError('ALREADY_LIVE', `${release.id} is what serves on ${host} already.`, {
      place: { host },
    });
  }
  return sourceOf(release, live);
}

/** A rollback's commit is on no branch but the server's; the deploy that made its tree is where reverting leads. */
function sourceOf(release: Release, live: readonly Release[]): Release {
  if (release.kind === 'deploy') return release;
  return live.findLast(({ kind, tree }) => kind === 'deploy' && tree === release.tree) ?? release;
}

import { OpsError, UsageError } from '../errors.ts';
import { liveRelease, type Ledger, type Release } from '../ledger/ledger.ts';

/**
 * The release to go back to: the one that is named (release id, or a prefix of it or of its commit), else the last
 * live one whose tree is another than that of the release that serves.
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
    const before = live
      .slice(0, live.indexOf(current))
      .findLast(({ tree, undone }) => tree !== current.tree && undone === undefined);
    if (before) return before;
    throw new OpsError(
      'unchanged',
      'NO_RELEASE',
      `${current.id} is the first release of ${host}; there is none before it.`,
      {
        place: { host, output: known },
      },
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
  return release;
}

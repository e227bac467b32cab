import { afterAll, describe, expect, it } from 'vitest';
import { parseWanted } from '../../../src/deploy/wanted.ts';
import { pushRevert } from '../../../src/rollout/push-revert.ts';
import type { Prepared, RolloutResult } from '../../../src/rollout/rollout.ts';
import type { RolloutContext } from '../../../src/rollout/session.ts';
import { makeRevert } from '../../../src/shell/git.ts';
import { shHost } from '../../support/sh-host.ts';
import {
  commit,
  fakeDocker,
  git,
  removeTemporary,
  repositories,
  sh,
  type Repositories,
} from '../shell/sh.ts';

afterAll(removeTemporary);

/** A server that may not push, where the newest commit of the branch was rolled back. */
function rolledBack() {
  const repos = repositories();
  const bad = commit(repos.work, 'Bad', { 'app.txt': 'two\n' });
  git(repos.work, 'push', '--quiet', 'origin', 'main');
  git(repos.app, 'pull', '--quiet');
  git(repos.app, 'remote', 'set-url', '--push', 'origin', '/nonexistent');
  const script = makeRevert(
    { appDir: repos.app, compose: 'docker compose' },
    {
      to: repos.first,
      tree: git(repos.app, 'rev-parse', `${repos.first}^{tree}`),
      head: bad,
      branch: 'main',
      by: 'ann@laptop',
      at: '2026-11-23T15:50:01.000Z',
    },
  );
  const found = parseWanted(sh(script, fakeDocker('exit 14')).stdout);
  if (found.state !== 'ok') throw new Error(found.state);
  return { repos, bad, made: found.wanted.commit };
}

/** What the operator is told when the server says that `claimed` is the revert of everything since `bad`. */
async function pushed({ app, work }: Repositories, bad: string, claimed: string): Promise<string> {
  const session = {
    name: 'web',
    target: { remote: 'origin', branch: 'main', appDir: app },
    host: shHost(),
    script: () => ({ appDir: app, compose: 'docker compose' }),
  };
  const plans = [{ session, git: { commit: bad }, wanted: { made: [claimed] } }];
  const remarks = await pushRevert(
    { config: { root: work } } as unknown as RolloutContext,
    { plans } as unknown as Prepared,
    { commit: claimed } as RolloutResult,
    true,
  );
  return remarks.join('\n');
}

it('the revert goes to the remote by way of the operator’s clone', async () => {
  const { repos, bad, made } = rolledBack();
  expect(await pushed(repos, bad, made)).toContain('from this clone');
  expect(git(repos.remote, 'rev-parse', 'main')).toBe(made);
});

describe('a server that is not to be trusted cannot push with the operator’s rights', () => {
  const tree = (app: string, content: string): string => {
    commit(app, 'Mine', { 'app.txt': content });
    return git(app, 'rev-parse', 'HEAD^{tree}');
  };
  const make = (app: string, ofTree: string, ...parents: readonly string[]): string =>
    git(
      app,
      '-c',
      'user.name=x',
      '-c',
      'user.email=x',
      'commit-tree',
      ofTree,
      '-m',
      'Revert',
      ...parents.flatMap((parent) => ['-p', parent]),
    );

  it.each<[string, (app: string, bad: string, first: string) => string]>([
    ['its own content', (app, bad) => make(app, tree(app, 'evil\n'), bad)],
    [
      'its own content between reverts',
      (app, bad, first) =>
        make(app, git(app, 'rev-parse', `${first}^{tree}`), make(app, tree(app, 'evil\n'), bad)),
    ],
    [
      'a merge that brings its own content',
      (app, bad, first) => {
        const evil = make(app, tree(app, 'evil\n'), bad);
        return make(app, git(app, 'rev-parse', `${first}^{tree}`), bad, evil);
      },
    ],
  ])('%s', async (_, forge) => {
    const { repos, bad } = rolledBack();
    const forged = forge(repos.app, bad, repos.first);
    expect(await pushed(repos, bad, forged)).toContain('could NOT be pushed');
    expect(git(repos.remote, 'rev-parse', 'main')).toBe(bad);
  });

  it('a name that is a refspec', async () => {
    const { repos, bad, made } = rolledBack();
    git(repos.app, 'update-ref', 'refs/ops/bundle', made);
    expect(await pushed(repos, bad, `+${bad}`)).toContain('could NOT be pushed');
    expect(git(repos.remote, 'rev-parse', 'main')).toBe(bad);
  });
});

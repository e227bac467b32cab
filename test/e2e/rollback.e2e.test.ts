import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox, type TestSandbox } from '../support/sandbox.ts';
import {
  expectClean,
  expectUnnoticed,
  hostsOf,
  opsFor,
  pushRelease,
  serving,
  underLoad,
} from '../support/shop-server.ts';

let server: TestSandbox;
let ops: ReturnType<typeof opsFor>;

/** A release that differs from the one before, and from every earlier one. */
async function push(version: string): Promise<string> {
  return await pushRelease(server, version);
}

async function deploy(...flags: readonly string[]): Promise<void> {
  const done = await ops(['deploy', '--json', ...flags]);
  expect([done.code, done.code === 0 ? '' : done.stdout]).toEqual([0, '']);
}

async function onServer(script: string): Promise<string> {
  return (await server.sh(`cd /srv/app && ${script}`)).trim();
}

/** A person's commit to the clone on the server, which is nowhere else. */
async function commitByHand(subject: string): Promise<void> {
  await onServer(
    `echo "${subject}" >> by-hand.txt && git add by-hand.txt && git -c user.name=hand -c user.email=hand@shop commit --quiet --message "${subject}"`,
  );
}

beforeAll(async () => {
  server = await sandbox({ name: 'e2e-shop' });
  await server.reset('after');
  ops = opsFor(server);
  await deploy();
});

afterAll(async () => {
  await server.rest();
});

describe('what was rolled back', () => {
  it('is deployed again only when forced', async () => {
    await push('regretted');
    await deploy();
    expect((await ops(['rollback'])).code).toBe(0);
    expect((await serving(server)).version).toBe('1');
    const refused = await ops(['deploy', '--json']);
    expect(refused.code).toBe(4);
    expect(refused.stdout).toContain('ROLLED_BACK');
    expect((await serving(server)).version).toBe('1');
    await deploy('--force');
    expect((await serving(server)).version).toBe('regretted');
    await expectClean(server);
  });
});

describe('history that is not a straight line', () => {
  it('undoes a merge as a whole', async () => {
    const before = await serving(server);
    const tree = await onServer('git rev-parse "HEAD^{tree}"');
    // A branch with two commits, merged at the origin as a pull request would be.
    await server.sh(
      [
        'work=$(mktemp -d)',
        'git clone --quiet /srv/git/app.git "$work" && cd "$work"',
        'git config user.name dev && git config user.email dev@shop',
        'git checkout --quiet -b feature',
        'echo merged > backend/VERSION && git commit --quiet --all --message "feature: one"',
        'echo more > notes.txt && git add notes.txt && git commit --quiet --message "feature: two"',
        'git checkout --quiet main && git merge --quiet --no-ff --message "Merge feature" feature',
        'git push --quiet origin main && rm -rf "$work"',
      ].join('\n'),
    );
    await deploy();
    expect((await serving(server)).version).toBe('merged');
    const done = await underLoad(server, async () => await ops(['rollback', '--json']));
    expect(done.value.code).toBe(0);
    expectUnnoticed(done);
    expect((await serving(server)).version).toBe(before.version);
    expect(await onServer('git rev-parse "HEAD^{tree}"')).toBe(tree);
    expect(await onServer('git log -1 --format=%s')).toBe('Revert "Merge feature"');
    await expectClean(server);
  });

  it('refuses where reverting leads nowhere, with the tree as it was; the images alone come back', async () => {
    await push('root of another line');
    await deploy();
    const wanted = await serving(server);
    // The branch is rewritten at the origin: the release before is no ancestor any more.
    await server.sh(
      [
        'work=$(mktemp -d)',
        'git clone --quiet /srv/git/app.git "$work" && cd "$work"',
        'git config user.name dev && git config user.email dev@shop',
        'git checkout --quiet --orphan other && echo rewritten > backend/VERSION && git add --all',
        'git commit --quiet --message rewritten && git push --quiet --force origin other:main && rm -rf "$work"',
      ].join('\n'),
    );
    await deploy('--force');
    const rewritten = await serving(server);
    expect(rewritten.version).toBe('rewritten');
    const head = await onServer('git rev-parse HEAD');
    const refused = await ops(['rollback', '--json']);
    expect(refused.code).toBe(4);
    expect(refused.stdout).toContain('REVERT_FAILED');
    expect(await onServer('git rev-parse HEAD; git status --porcelain --untracked-files=no')).toBe(head);
    expect(await serving(server)).toEqual(rewritten);
    const done = await underLoad(server, async () => await ops(['rollback', '--images-only', '--json']));
    expect(done.value.code).toBe(0);
    expectUnnoticed(done);
    expect((await serving(server)).version).toBe(wanted.version);
    expect(await onServer('git rev-parse HEAD')).toBe(head);
    await expectClean(server);
  });

  it('does not leave out of sight what a person committed on the server', async () => {
    await commitByHand('a mend in the night');
    await push('over a commit by hand');
    const before = await serving(server);
    const refused = await ops(['deploy', '--json']);
    expect(refused.code).toBe(4);
    expect(refused.stdout).toContain('LOCAL_COMMITS');
    expect(refused.stdout).toContain('a mend in the night');
    expect(await serving(server)).toEqual(before);
    await deploy('--force');
    const kept = await onServer("git for-each-ref --format='%(contents:subject)' refs/ops/kept");
    expect(kept.split('\n')).toContain('a mend in the night');
    await expectClean(server);
  });
});

describe('a rollback that is cut short', () => {
  const moments = [
    // Dead at once: whichever of the two has the traffic, somebody serves.
    {
      signal: 'SIGKILL',
      moment: 'Send traffic to the new containers only',
      code: null,
      serves: /^(kept|cut short 0)$/,
    },
    // Asked to stop: it puts back what served before it ends.
    { signal: 'SIGINT', moment: 'Start 1 new container', code: 130, serves: /^cut short 1$/ },
  ] as const;
  beforeAll(async () => {
    await push('kept');
    await deploy();
  });
  for (const [index, { signal, moment, code, serves }] of moments.entries()) {
    it(`by ${signal} at "${moment}": nobody notices, and running it again gets there`, async () => {
      await push(`cut short ${index}`);
      await deploy();
      let child: { kill: (signal: NodeJS.Signals) => void } | undefined;
      let reached = false;
      const done = await underLoad(server, async () => {
        const cut = await ops(['rollback'], {
          env: { CI: '1' },
          onStart: (process) => (child = process),
          onStderr: (text) => {
            if (reached || !text.includes(`… ${moment}`)) return;
            reached = true;
            child?.kill(signal);
          },
        });
        expect([reached, cut.code]).toEqual([true, code]);
        expect((await serving(server)).version).toMatch(serves);
        return await ops(['rollback', '--json']);
      });
      expect([done.value.code, hostsOf(done.value)[0]?.outcome]).toEqual([0, 'live']);
      expectUnnoticed(done);
      expect((await serving(server)).version).toBe('kept');
      await expectClean(server);
    });
  }
});

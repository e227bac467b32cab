import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parseWanted } from '../../../src/deploy/wanted.ts';
import { ConnectionError, InterruptedError, RemoteCommandError } from '../../../src/errors.ts';
import type { Host } from '../../../src/host/host.ts';
import { pushRevert } from '../../../src/rollout/push-revert.ts';
import type { Prepared, RolloutResult } from '../../../src/rollout/rollout.ts';
import type { RolloutContext } from '../../../src/rollout/session.ts';
import { makeRevert } from '../../../src/shell/git.ts';
import { shHost } from '../../support/sh-host.ts';
import {
  alive,
  commit,
  fakeDocker,
  git,
  removeTemporary,
  repositories,
  sh,
  until,
  type Repositories,
} from '../shell/sh.ts';

afterAll(removeTemporary);

const interrupted = {
  reason: 'interrupted',
  message: expect.stringContaining('The rollback itself is done'),
  next: [expect.stringContaining('git push origin main')],
};

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

interface Push {
  /** The server as it is first, and after connecting again; without it the connection cannot be made again. */
  hosts?: readonly Host[];
  signal?: AbortSignal;
  gitLimitMs?: number;
}

/** What the operator is told when the server says that `claimed` is the revert of everything since `bad`. */
async function pushed(
  { app, work }: Repositories,
  bad: string,
  claimed: string,
  { hosts = [shHost()], signal = new AbortController().signal, gitLimitMs }: Push = {},
): Promise<string> {
  let [host, ...later] = hosts;
  const session = {
    name: 'web',
    target: { remote: 'origin', branch: 'main', appDir: app },
    get host() {
      return host;
    },
    reconnect: async () => {
      [host, ...later] = later;
      if (!host) throw new ConnectionError('REFUSED', 'web is away.');
      return await Promise.resolve();
    },
    script: () => ({ appDir: app, compose: 'docker compose' }),
  };
  const plans = [{ session, git: { commit: bad }, wanted: { made: [claimed] } }];
  const remarks = await pushRevert(
    { config: { root: work }, signal } as unknown as RolloutContext,
    { plans } as unknown as Prepared,
    { commit: claimed } as RolloutResult,
    true,
    gitLimitMs,
  );
  return remarks.join('\n');
}

it('the revert goes to the remote by way of the operator’s clone', async () => {
  const { repos, bad, made } = rolledBack();
  expect(await pushed(repos, bad, made)).toContain('from this clone');
  expect(git(repos.remote, 'rev-parse', 'main')).toBe(made);
});

describe('a push from the server that is not heard to end', () => {
  const lost = new ConnectionError('CONNECTION_LOST', 'The connection to web was lost.');
  const slow = new RemoteCommandError('COMMAND_TIMEOUT', 'A command on web did not end within 120 s.');
  /** A host whose first script is left unanswered; `lost`: and whatever comes after it. */
  const unheard = (error: Error, does: Partial<Pick<Host, 'lost' | 'script'>> = {}): Host => {
    const here = shHost();
    let first = true;
    return {
      ...here,
      lost: does.lost ?? false,
      script: async (text, options) => {
        if (!first && does.lost !== true) return await here.script(text, options);
        first = false;
        await does.script?.(text, options);
        throw error;
      },
    };
  };

  it.each([
    { title: 'too slow', hosts: [unheard(slow)], why: 'did not end within 120 s' },
    {
      title: 'connection lost',
      hosts: [unheard(lost, { lost: true }), shHost()],
      why: 'The connection to web was lost',
    },
  ])('$title: it goes by way of the operator’s clone', async ({ hosts, why }) => {
    const { repos, bad, made } = rolledBack();
    const told = await pushed(repos, bad, made, { hosts });
    expect(told).toContain('from this clone');
    expect(told).toContain(why);
    expect(git(repos.remote, 'rev-parse', 'main')).toBe(made);
  });

  it('may have got through', async () => {
    const { repos, bad, made } = rolledBack();
    git(repos.app, 'remote', 'set-url', '--push', 'origin', repos.remote);
    const server = shHost();
    const hosts = [unheard(lost, { lost: true, script: async (text) => await server.script(text) })];
    expect(await pushed(repos, bad, made, { hosts })).toMatch(/^Pushed .* from web: they are there/);
    expect(git(repos.remote, 'rev-parse', 'main')).toBe(made);
  });

  it('the server does not come back: that is told, not thrown', async () => {
    const { repos, bad, made } = rolledBack();
    const told = await pushed(repos, bad, made, { hosts: [unheard(lost, { lost: true })] });
    expect(told).toMatch(/could NOT be pushed.*connection to web was lost.*web is away/);
    expect(git(repos.remote, 'rev-parse', 'main')).toBe(bad);
  });
});

describe('git of the operator', () => {
  const pids: number[] = [];
  afterEach(() => {
    for (const pid of pids.splice(0)) if (alive(pid)) process.kill(pid, 'SIGKILL');
  });

  /** A hook of the operator's that starts something; `pid` is that of it, once it runs. */
  const withHook = ({ work }: Repositories, then: string): { pid: () => number | undefined } => {
    const file = join(work, 'pid');
    const hooks = join(work, '.git/hooks');
    const hook = join(hooks, 'pre-push');
    mkdirSync(hooks, { recursive: true });
    writeFileSync(
      hook,
      `#!/bin/sh\nsleep 300 &\necho $! > '${file}.new'\nmv '${file}.new' '${file}'\n${then}\n`,
    );
    chmodSync(hook, 0o755);
    return {
      pid: () => {
        if (!existsSync(file)) return undefined;
        pids.push(Number(readFileSync(file, 'utf8')));
        return pids.at(-1);
      },
    };
  };

  it('does not hang', async () => {
    const { repos, bad, made } = rolledBack();
    const hook = withHook(repos, 'wait');
    const told = await pushed(repos, bad, made, { gitLimitMs: 8_000 });
    hook.pid();
    expect(told).toContain('From here: git push did not end within 8 s');
    expect(git(repos.remote, 'rev-parse', 'main')).toBe(bad);
  });

  it('does not wait for what it leaves running', async () => {
    const { repos, bad, made } = rolledBack();
    const hook = withHook(repos, 'exit 0');
    expect(await pushed(repos, bad, made)).toContain('from this clone');
    expect(alive(hook.pid() ?? 0)).toBe(true);
  });

  it('ends when it is interrupted, and the rollback is not said to be undone', async () => {
    const { repos, bad, made } = rolledBack();
    const hook = withHook(repos, 'wait');
    const controller = new AbortController();
    const ended = pushed(repos, bad, made, { signal: controller.signal }).catch((error: unknown) => error);
    await until(() => hook.pid() !== undefined, 'the hook', 40_000);
    controller.abort();
    expect(await ended).toMatchObject(interrupted);
    expect(git(repos.remote, 'rev-parse', 'main')).toBe(bad);
  });
});

it('a push from the server that is interrupted is no reason to push from here', async () => {
  const { repos, bad, made } = rolledBack();
  const controller = new AbortController();
  const script: Host['script'] = async (_, { signal } = {}) =>
    await new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new InterruptedError()));
      controller.abort();
    });
  const ended = pushed(repos, bad, made, {
    hosts: [{ ...shHost(), script }],
    signal: controller.signal,
  });
  await expect(ended).rejects.toMatchObject(interrupted);
  expect(git(repos.remote, 'rev-parse', 'main')).toBe(bad);
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

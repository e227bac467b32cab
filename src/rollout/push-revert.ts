import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { bundle, push } from '../shell/git.ts';
import type { Prepared, RolloutResult } from './rollout.ts';
import type { RolloutContext } from './session.ts';

/**
 * Pushes the revert commits to the remote branch: from the server, or, where the server may only read, from the
 * operator's own clone. Nothing is forced. A push that fails is told, not thrown: the rollback itself is done.
 *
 * @returns remarks for the user
 */
export async function pushRevert(
  context: RolloutContext,
  { plans }: Prepared,
  { commit }: RolloutResult,
  wanted: boolean,
): Promise<readonly string[]> {
  const plan = plans.find(({ wanted: { made } }) => made.length > 0);
  if (!plan) return [];
  const { session, git } = plan;
  const { remote, branch, appDir } = session.target;
  if (!wanted) {
    return [
      `The revert commits are on the server only. Push them: ops rollback --push, or on the server: cd ${appDir} && git push ${remote} ${branch}`,
      `Until then ${remote}/${branch} still has what was rolled back; a deploy of it is refused without --force.`,
    ];
  }
  const result = await session.host.script(push(session.script(), remote, branch, commit), {
    timeoutMs: 120_000,
  });
  if (result.code === 0) return [`Pushed the revert commits to ${remote}/${branch} from ${session.name}.`];
  const refused = lastLine(result.stdout);
  try {
    await pushFromHere(
      context.config.root,
      session.host,
      bundle(session.script(), git.commit, commit),
      remote,
      branch,
      commit,
    );
    return [
      `Pushed the revert commits to ${remote}/${branch} from this clone (the server may not: ${refused}).`,
    ];
  } catch (error) {
    const here = error instanceof Error ? error.message : String(error);
    return [
      `The revert commits could NOT be pushed. From the server: ${refused}. From here: ${here}. They are on ${session.name} in ${appDir}.`,
    ];
  }
}

async function pushFromHere(
  root: string,
  host: Host,
  script: string,
  remote: string,
  branch: string,
  commit: string,
): Promise<void> {
  const result = await host.script(script, { timeoutMs: 60_000, maxBytes: 64 * 1024 * 1024 });
  if (result.code !== 0) throw new Error(lastLine(result.stderr));
  const folder = await mkdtemp(join(tmpdir(), 'ops-'));
  try {
    const file = join(folder, 'revert.bundle');
    await writeFile(file, Buffer.from(result.stdout, 'base64'));
    await git(root, 'fetch', '--quiet', remote, `refs/heads/${branch}`);
    const base = await git(root, 'rev-parse', 'FETCH_HEAD');
    await git(root, 'fetch', '--quiet', file, 'refs/ops/bundle');
    if ((await git(root, 'rev-parse', 'FETCH_HEAD')) !== commit)
      throw new Error('the server sent another commit than it named');
    await requireReverts(root, base, commit);
    await git(root, 'push', '--quiet', remote, `${commit}:refs/heads/${branch}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The operator may push what the server may not, so the server's word is not enough: undoing commits one after the
 * other, newest first, gives only trees that the branch had before. Anything else is somebody's own content.
 *
 * @throws Error when a commit is no such revert
 */
async function requireReverts(root: string, base: string, commit: string): Promise<void> {
  const known = new Set((await git(root, 'log', '--first-parent', '--format=%T', base)).split('\n'));
  const made = (await git(root, 'log', '--topo-order', '--format=%H %T %P', `${base}..${commit}`)).split(
    '\n',
  );
  let next = commit;
  for (const line of made) {
    const [hash = '', tree = '', ...parents] = line.split(' ');
    const [parent] = parents;
    if (hash !== next || parents.length !== 1 || parent === undefined || !known.has(tree))
      throw new Error(`${hash.slice(0, 7)} of the server is no revert; nothing was pushed`);
    next = parent;
  }
  if (next !== base) throw new Error('the commits of the server do not follow the remote branch');
}

/** @returns standard output without the line end at its end */
async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const child = spawn('git', args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4096)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(lastLine(said) || `git ${args[0] ?? ''} failed`);
  return printed.trimEnd();
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

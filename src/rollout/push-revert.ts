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
    await git(root, 'fetch', '--quiet', file, 'refs/ops/bundle');
    await git(root, 'push', '--quiet', remote, `${commit}:refs/heads/${branch}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function git(cwd: string, ...args: readonly string[]): Promise<void> {
  const child = spawn('git', args, {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4096)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(lastLine(said) || `git ${args[0] ?? ''} failed`);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

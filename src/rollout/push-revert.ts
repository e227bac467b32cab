import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterruptedError } from '../errors.ts';
import { bundle, push } from '../shell/git.ts';
import type { HostPlan } from './inspect.ts';
import type { Prepared, RolloutResult } from './rollout.ts';
import type { RolloutContext } from './session.ts';

/** The operator's clone, and how long one git command may take there. */
interface Clone {
  root: string;
  limitMs: number;
  signal: AbortSignal;
}

/**
 * Pushes the revert commits to the remote branch: from the server, or, where the server may only read or is not heard
 * of any more, from the operator's own clone. Nothing is forced. A push that fails is told, not thrown: the rollback
 * itself is done.
 *
 * @param gitLimitMs longest time of one git command in the operator's clone, whose hooks may take theirs
 * @returns remarks for the user
 * @throws InterruptedError when the signal aborts before it is known whether the commits are pushed
 */
export async function pushRevert(
  context: RolloutContext,
  { plans }: Prepared,
  { commit }: RolloutResult,
  wanted: boolean,
  gitLimitMs = 300_000,
): Promise<readonly string[]> {
  const plan = plans.find(({ wanted: { made } }) => made.length > 0);
  if (!plan) return [];
  const { session } = plan;
  const { remote, branch, appDir } = session.target;
  if (!wanted) {
    return [
      // Not by the command again: that would go back one release more.
      `The revert commits are on the server only. Push them from there: cd ${appDir} && git push ${remote} ${branch}`,
      `Until then ${remote}/${branch} still has what was rolled back; a deploy of it is refused without --force.`,
    ];
  }
  const { signal } = context;
  const pushed = `Pushed the revert commits to ${remote}/${branch} from`;
  const refused = await pushFromServer(plan, commit, signal);
  if (refused === undefined) return [`${pushed} ${session.name}.`];
  try {
    const clone = { root: context.config.root, limitMs: gitLimitMs, signal };
    return [
      (await pushFromHere(clone, plan, commit)) === 'there'
        ? `${pushed} ${session.name}: they are there, although it said: ${refused}.`
        : `${pushed} this clone (the server could not: ${refused}).`,
    ];
  } catch (error) {
    if (signal.aborted) throw interruptedError(plan);
    return [
      `The revert commits could NOT be pushed. From the server: ${refused}. From here: ${inWords(error)}. They are on ${session.name} in ${appDir}.`,
    ];
  }
}

/** @returns why it did not; undefined: it did. A server that is too slow or is lost has not refused, but it comes to the same. */
async function pushFromServer(
  plan: HostPlan,
  commit: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { host, target } = plan.session;
  try {
    const script = push(plan.session.script(), target.remote, target.branch, commit);
    const { code, stdout } = await host.script(script, { timeoutMs: 120_000, signal });
    return code === 0 ? undefined : lastLine(stdout) || 'git push failed';
  } catch (error) {
    if (signal.aborted) throw interruptedError(plan);
    return inWords(error);
  }
}

function interruptedError({ session }: HostPlan): InterruptedError {
  const { remote, branch, appDir } = session.target;
  return new InterruptedError(
    'Interrupted while the revert commits were being pushed. The rollback itself is done.',
    {
      place: { host: session.name, step: 'push' },
      next: [
        `If they are not on ${remote}/${branch}, push them on the server: cd ${appDir} && git push ${remote} ${branch}`,
      ],
    },
  );
}

/** @returns `there`: nothing had to be pushed, for the server's push got through although it was not heard to */
async function pushFromHere(
  clone: Clone,
  { session, git: { commit: before } }: HostPlan,
  commit: string,
): Promise<'pushed' | 'there'> {
  const { remote, branch } = session.target;
  await git(clone, 'fetch', '--quiet', remote, `refs/heads/${branch}`);
  const base = await git(clone, 'rev-parse', 'FETCH_HEAD');
  if (base === commit) return 'there';
  if (session.host.lost) await session.reconnect(clone.signal);
  const result = await session.host.script(bundle(session.script(), before, commit), {
    timeoutMs: 60_000,
    maxBytes: 64 * 1024 * 1024,
    signal: clone.signal,
  });
  if (result.code !== 0) throw new Error(lastLine(result.stderr));
  const folder = await mkdtemp(join(tmpdir(), 'ops-'));
  try {
    const file = join(folder, 'revert.bundle');
    await writeFile(file, Buffer.from(result.stdout, 'base64'));
    await git(clone, 'fetch', '--quiet', file, 'refs/ops/bundle');
    if ((await git(clone, 'rev-parse', 'FETCH_HEAD')) !== commit)
      throw new Error('the server sent another commit than it named');
    await requireReverts(clone, base, commit);
    await git(clone, 'push', '--quiet', remote, `${commit}:refs/heads/${branch}`);
    return 'pushed';
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
async function requireReverts(clone: Clone, base: string, commit: string): Promise<void> {
  const known = new Set((await git(clone, 'log', '--first-parent', '--format=%T', base)).split('\n'));
  const made = (await git(clone, 'log', '--topo-order', '--format=%H %T %P', `${base}..${commit}`)).split(
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

/** Between git's end and the end of its output, milliseconds: what it leaves running (ssh, a hook) may hold that open. */
const leftoverMs = 1_000;

/**
 * @returns standard output without the line end at its end
 * @throws Error with what git said last, or when it took too long or was interrupted
 */
async function git({ root, limitMs, signal }: Clone, ...args: readonly string[]): Promise<string> {
  const child = spawn('git', args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    timeout: limitMs,
    signal,
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4096)));
  child.on('exit', () => {
    setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, leftoverMs).unref();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const command = `git ${args[0] ?? ''}`;
  if (child.killed) throw new Error(`${command} did not end within ${limitMs / 1000} s`);
  if (code !== 0) throw new Error(lastLine(said) || `${command} failed`);
  return printed.trimEnd();
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** As part of a sentence. */
function inWords(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}

import { OpsError } from '../errors.ts';
import type { LockFact, LockOwner } from '../facts/lock.ts';
import { lock } from '../facts/lock.ts';
import type { Host } from '../host/host.ts';
import { heartbeatMs, holdLock, releaseLock, staleSeconds } from '../shell/lock.ts';
import { quote } from '../shell/quote.ts';

export interface HeldLock {
  release(): Promise<void>;
}

export interface LockOptions {
  appDir: string;
  owner: LockOwner;
  /** Longest wait, milliseconds; 0 refuses at once. */
  waitMs: number;
  clock: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  /** Called once when a wait begins. */
  onWait?: (text: string) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Takes the host's lock and keeps it until `release`, or until this process or its connection ends.
 * A lock whose client has not been heard from for a minute is taken over.
 *
 * @throws OpsError `LOCKED` with who holds it
 */
export async function acquireLock(host: Host, options: LockOptions): Promise<HeldLock> {
  const { appDir, owner, waitMs, clock, sleep, signal } = options;
  const end = clock() + waitMs;
  let stale: string | undefined;
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const held = await tryLock(host, appDir, owner, stale);
    if (held) return held;
    const fact = await lookAtLock(host, appDir);
    if (fact.state === 'free') continue;
    if (fact.silentSeconds > staleSeconds && stale !== fact.run) {
      stale = fact.run;
      continue;
    }
    if (clock() >= end) throw lockedError(host.name, fact);
    if (!told) options.onWait?.(lockText(fact));
    told = true;
    await sleep(Math.min(1000, Math.max(50, end - clock())));
  }
}

/** A host whose disk hangs says nothing at all, milliseconds. */
const answerLimitMs = 30_000;

async function tryLock(
  host: Host,
  appDir: string,
  owner: LockOwner,
  stale: string | undefined,
): Promise<HeldLock | undefined> {
  let answered: (line: string) => void = () => {};
  const answer = new Promise<string>((resolve) => (answered = resolve));
  const errors: string[] = [];
  const command = await host.start(holdLock(appDir, owner, stale), {
    onLine: ({ stream, text }) => {
      if (stream === 'stdout') answered(text);
      else errors.push(text);
    },
  });
  void command.ended.then(() => answered('ended'));
  const limit = setTimeout(() => answered('silent'), answerLimitMs);
  const line = await answer;
  clearTimeout(limit);
  if (line === 'silent') void command.end();
  if (line === 'held') {
    await command.end();
    return undefined;
  }
  if (line !== 'acquired') {
    throw new OpsError('unchanged', 'LOCK_FAILED', `The lock on ${host.name} could not be taken.`, {
      place: { host: host.name, step: 'lock', output: errors },
      next: [`Look at the permissions of ${appDir}/.ops on the server.`],
    });
  }
  const heartbeat = setInterval(() => command.write('\n'), heartbeatMs);
  heartbeat.unref();
  void command.ended.then(() => clearInterval(heartbeat));
  return {
    async release() {
      clearInterval(heartbeat);
      await command.end();
    },
  };
}

/** The lock as it is now, by itself. */
export async function lookAtLock(host: Host, appDir: string): Promise<LockFact> {
  const script = `cd ${quote(appDir)} 2>/dev/null || { echo free; exit 0; }\n${lock.script()}`;
  const result = await host.script(script, { timeoutMs: 30_000 });
  return lock.parse({ ...result, code: result.code ?? 1 });
}

/** `deploy 1a2b3c4 by alice@laptop since 2026-11-23T15:50:01Z, last heard from 3 s ago`. */
export function lockText({ owner, silentSeconds }: LockFact & { state: 'held' }): string {
  const who = owner ? `${owner.what} by ${owner.by} since ${owner.at}` : 'an owner that left no name';
  return `${who}, last heard from ${silentSeconds} s ago`;
}

export function lockedError(host: string, fact: LockFact & { state: 'held' }): OpsError {
  return new OpsError('locked', 'LOCKED', `${host} is locked: ${lockText(fact)}.`, {
    place: { host, step: 'lock' },
    next: [
      'Wait for it: --lock-wait 10m.',
      'If it is surely dead: `ops lock release`; a lock that is silent for a minute is taken over by itself.',
    ],
  });
}

/**
 * Removes a lock that was looked at, unless it changed hands since.
 *
 * @returns what came of it, for people
 */
export async function forceRelease(
  host: Host,
  appDir: string,
  seen: LockFact & { state: 'held' },
): Promise<string> {
  const result = await host.script(releaseLock(appDir, seen.run), { timeoutMs: 30_000 });
  const answer = result.stdout.trim();
  if (answer === 'released') return 'released';
  if (answer === 'free') return 'free already';
  if (answer === 'changed') return 'it changed hands in the meantime; look again: ops lock status';
  throw new OpsError('unchanged', 'LOCK_FAILED', `The lock on ${host.name} could not be released.`, {
    place: { host: host.name, step: 'lock', output: result.stderr.trim().split('\n') },
  });
}

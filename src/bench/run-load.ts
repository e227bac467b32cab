import type { Duplex } from 'node:stream';
import { opener } from './http/open.ts';
import { Pool } from './http/pool.ts';
import { closedLoop, openLoop, type LoopTools, type Sent } from './loops.ts';
import { ramp } from './ramp.ts';
import type { BenchResult, RampStep, Second } from './result.ts';
import type { Scenario } from './scenario.ts';
import { Session } from './session.ts';
import { Tally } from './tally.ts';
import { Timeline } from './timeline.ts';
import { invalidReasons, notesOn } from './verdict.ts';

export interface LoadIo {
  /** Milliseconds of a clock that never jumps. */
  now: () => number;
  /** A number from 0 up to, not including, 1. */
  random: () => number;
  /** Aborted: the run ends at once, with what was measured up to then. */
  signal: AbortSignal;
  /** ISO 8601, UTC. */
  at: string;
  /** Name and version of this program. */
  tool: string;
  /** The warm-up is over, measuring begins. */
  onBegin?: () => void;
  /** Each second of measuring when it is over. */
  onSecond?: (second: Second) => void;
  /** Opens a stream to the site, instead of a connection to the address in its URL. */
  createConnection?: () => Promise<Duplex>;
  /** Certificates in PEM that are trusted instead of the usual ones. */
  ca?: string;
}

/** Time-outs are looked at this often, milliseconds. */
const sweepMs = 20;

/**
 * Asks a site as a scenario says, and measures. Never rejects for what the site does; what went wrong is in the result.
 */
export async function runLoad(scenario: Scenario, io: LoadIo): Promise<BenchResult> {
  const { now, random, signal } = io;
  const pool = new Pool(io.createConnection ?? opener(new URL(scenario.url), io.ca));
  const timeline = new Timeline(io.onSecond);
  const stopping = new AbortController();
  const notes: string[] = [];
  const session = new Session({
    scenario,
    pool,
    timeline,
    now,
    random,
    ...(io.onBegin ? { begun: io.onBegin } : {}),
    tooManyErrors: (failed, of) => {
      if (stopping.signal.aborted) return;
      notes.push(
        `Stopped early: ${failed} of the last ${of} requests failed, more than ${(scenario.stopAtErrors ?? 0) * 100} %.`,
      );
      stopping.abort();
    },
  });
  const interrupted = (): void => {
    session.abandon();
  };
  signal.addEventListener('abort', interrupted);
  const tools: LoopTools = { session, now, signal: AbortSignal.any([signal, stopping.signal]) };
  const usage = cpuOfThisProcess(now);
  const heart = heartbeat(session, now, scenario.load.kind === 'closed');
  try {
    const { tallies, measuredMs, steps } = await send(tools, scenario);
    heart.stop();
    timeline.finish(session.open);
    const all = new Tally();
    for (const tally of tallies.values()) all.add(tally);
    const total = all.figures(measuredMs);
    const { lag } = session;
    const generator = {
      lagP50: lag.percentile(50),
      lagP99: lag.percentile(99),
      lagMax: lag.max,
      dropped: session.dropped,
      cpu: usage(),
      connections: pool.opened,
      resent: session.resent,
    };
    const judged = { total, generator, ...(steps ? { steps } : {}) };
    const stopped = signal.aborted ? 'interrupted' : stopping.signal.aborted ? 'errors' : undefined;
    return {
      version: 1,
      at: io.at,
      tool: io.tool,
      scenario,
      durationMs: measuredMs,
      requests: Object.fromEntries([...tallies].map(([name, tally]) => [name, tally.figures(measuredMs)])),
      timeline: timeline.seconds,
      ...judged,
      ...(stopped ? { stopped } : {}),
      invalid: invalidReasons(scenario, judged),
      notes: [
        ...(signal.aborted ? ['Interrupted: the figures are of the time up to then.'] : notes),
        ...notesOn(scenario, judged),
      ],
    };
  } finally {
    heart.stop();
    signal.removeEventListener('abort', interrupted);
    pool.close();
  }
}

interface Measured {
  tallies: Map<string, Tally>;
  /** For how long requests were counted. */
  measuredMs: number;
  steps?: RampStep[];
}

async function send(tools: LoopTools, { load, warmUpMs }: Scenario): Promise<Measured> {
  if (load.kind === 'ramp') return await ramp(tools, load, warmUpMs);
  const { session, signal } = tools;
  const sent =
    load.kind === 'open'
      ? await openLoop(tools, { ...load, warmUpMs })
      : await closedLoop(tools, { ...load, warmUpMs });
  // A run of so many requests lasts until the last of them is answered; one of so many seconds does not.
  const counted = 'requests' in load.stop && !signal.aborted;
  session.close(counted ? Number.POSITIVE_INFINITY : sent.ended);
  await session.drained();
  const ended = counted ? Math.max(sent.ended, session.lastEnd) : sent.ended;
  return { tallies: session.tallies(), measuredMs: duration(sent, ended) };
}

/** Interrupted in the warm-up: nothing was measured. */
function duration({ began }: Sent, ended: number): number {
  return Math.max(0, ended - began);
}

/**
 * Looks at time-outs again and again. Clients of a closed loop have no time at which they should send: there, how late
 * the beat itself is tells how busy this process was.
 */
function heartbeat(session: Session, now: () => number, recordLag: boolean): { stop: () => void } {
  let due = now() + sweepMs;
  let timer = setTimeout(beat, sweepMs);
  function beat(): void {
    const at = now();
    if (recordLag && session.measuring) session.lag.record(at - due);
    session.sweep();
    due = now() + sweepMs;
    timer = setTimeout(beat, sweepMs);
  }
  return {
    stop: () => {
      clearTimeout(timer);
    },
  };
}

/** CPU that this process used since the call; 1 is a whole core. */
function cpuOfThisProcess(now: () => number): () => number {
  const began = now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / Math.max(1, now() - began);
  };
}

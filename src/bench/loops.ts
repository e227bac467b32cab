import type { Session } from './session.ts';
import type { Stop } from './scenario.ts';

/** When requests are sent. Rates are requests a second. */
export interface LoopTools {
  session: Session;
  /** Milliseconds of a clock that never jumps. */
  now: () => number;
  /** Aborted: stop sending. */
  signal: AbortSignal;
}

/** A client that got no answer at all does not ask again at once, milliseconds. */
const restMs = 50;

/**
 * Timers of Node.js are right to a millisecond, and late rather than early. At moderate rates the last moment before a
 * request is waited out turn by turn instead, which costs CPU for that time only. Milliseconds.
 */
const watchMs = 1.5;
const watchedGapMs = 5;

/** When measuring began and sending ended. */
export interface Sent {
  began: number;
  ended: number;
}

/**
 * Requests at a constant rate, whether or not earlier ones are answered. A timer that was late sends all that are due,
 * each with the time at which it should have been sent.
 */
export async function openLoop(
  { session, now, signal }: LoopTools,
  { rate, most, warmUpMs, stop }: { rate: number; most: number; warmUpMs: number; stop: Stop },
): Promise<Sent> {
  const start = now();
  const began = start + warmUpMs;
  const gap = 1000 / rate;
  const first = Math.ceil(warmUpMs / gap);
  const last = 'requests' in stop ? first + stop.requests : Number.POSITIVE_INFINITY;
  const until = 'afterMs' in stop ? began + stop.afterMs : Number.POSITIVE_INFINITY;
  let index = 0;
  await new Promise<void>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let turn: NodeJS.Immediate | undefined;
    const tick = (): void => {
      clearTimeout(timer);
      clearImmediate(turn);
      const at = now();
      if (at >= began) session.measure(began, until);
      for (; index < last && !signal.aborted; index += 1) {
        const intended = start + index * gap;
        if (intended > at || intended >= until) break;
        session.begin(intended, index >= first, most);
      }
      if (signal.aborted || index >= last || at >= until) {
        signal.removeEventListener('abort', tick);
        resolve();
        return;
      }
      const rest = Math.min(start + index * gap, until) - now();
      if (gap < watchedGapMs) timer = setTimeout(tick, Math.max(1, rest));
      else if (rest > watchMs + 1) timer = setTimeout(tick, rest - watchMs);
      else turn = setImmediate(tick);
    };
    signal.addEventListener('abort', tick, { once: true });
    tick();
  });
  return { began, ended: Math.min(now(), until) };
}

/** So many clients, each of which sends its next request when its last was answered. */
export async function closedLoop(
  { session, now, signal }: LoopTools,
  options: { connections: number; thinkMs: number; warmUpMs: number; stop: Stop },
): Promise<Sent> {
  const { connections, thinkMs, warmUpMs, stop } = options;
  const began = now() + warmUpMs;
  const until = 'afterMs' in stop ? began + stop.afterMs : Number.POSITIVE_INFINITY;
  const most = 'requests' in stop ? stop.requests : Number.POSITIVE_INFINITY;
  let sent = 0;
  let working = connections;
  await new Promise<void>((resolve) => {
    const quit = (): void => {
      working -= 1;
      if (working === 0 || signal.aborted) resolve();
    };
    signal.addEventListener('abort', () => resolve(), { once: true });
    const next = (): void => {
      const at = now();
      const measured = at >= began;
      if (measured && !session.measuring) session.measure(began, until);
      if (signal.aborted || at >= until || sent >= most) {
        quit();
        return;
      }
      if (measured) sent += 1;
      session.begin(at, measured, connections, (answered) => {
        const pause = answered ? thinkMs : Math.max(thinkMs, restMs);
        if (pause === 0) next();
        else setTimeout(next, pause);
      });
    };
    for (let client = 0; client < connections; client += 1) next();
  });
  return { began, ended: Math.min(now(), until) };
}

import type { Duplex } from 'node:stream';
import { ownAgents } from '../check/own-agents.ts';
import type { Host } from '../host/host.ts';
import type { ProbeSummary } from '../ledger/entry.ts';
import type { Endpoint } from '../observe/endpoint.ts';
import { movedTo } from '../observe/moved-to.ts';
import { summarize, type ProbeSample } from './summary.ts';

/** Time between two requests, and the longest wait for one answer. */
const intervalMs = 50;
const timeoutMs = 10_000;
/** Requests under way at once; a site that hangs must not pile up more. */
const most = 100;

export interface Probe {
  /** Failed requests that were sent at or after `since` (of the probe's clock). */
  failures(since: number): readonly ProbeSample[];
  /** Which share of the requests sent before `until` failed, 0 to 1. */
  failedShare(until: number): number;
  /** The site has answered at least once. */
  readonly serving: boolean;
  /** Stops asking, waits for what is under way, and sums up. */
  stop(): Promise<ProbeSummary>;
}

/**
 * Asks the site again and again while a release is made, each time on a new connection as a new visitor would,
 * at a fixed rate that does not wait for answers: a site that stalls is asked on.
 *
 * Counting starts with the first answer: what did not serve before cannot be interrupted.
 *
 * @param now milliseconds of a clock that never jumps
 * @param onSample takes every request that counts, once it has ended
 */
export function startProbe(
  host: Pick<Host, 'forward' | 'lost'>,
  endpoint: Endpoint,
  path: string,
  now: () => number,
  onSample: (sample: ProbeSample) => void = () => {},
): Probe {
  const samples: ProbeSample[] = [];
  const underWay = new Set<Promise<void>>();
  let serving = false;
  const blind = (): boolean => endpoint.kind === 'tunnel' && host.lost;
  /** Through a lost connection nothing answers: what failed since the last answer says nothing about the site. */
  const counted = (): readonly ProbeSample[] => {
    if (!blind()) return samples;
    const last = Math.max(...samples.filter(({ ok }) => ok).map(({ at }) => at));
    return samples.filter(({ at }) => at <= last);
  };
  const one = async (): Promise<void> => {
    const at = now();
    const error = await ask(host, endpoint, path).then(
      ({ status }) => (status < 400 ? undefined : String(status)),
      (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
    );
    if (error === undefined) serving = true;
    if (!serving || (error !== undefined && blind())) return;
    const sample: ProbeSample = {
      at,
      durationMs: now() - at,
      ok: error === undefined,
      ...(error === undefined ? {} : { error }),
    };
    samples.push(sample);
    onSample(sample);
  };
  const tick = (): void => {
    if (underWay.size >= most) return;
    const request = one().finally(() => underWay.delete(request));
    underWay.add(request);
  };
  tick();
  const timer = setInterval(tick, intervalMs);
  return {
    failures: (since) => counted().filter(({ ok, at }) => !ok && at >= since),
    failedShare: (until) => {
      const before = counted().filter(({ at }) => at < until);
      return before.length === 0 ? 0 : before.filter(({ ok }) => !ok).length / before.length;
    },
    get serving() {
      return serving;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      return summarize(counted(), serving);
    },
  };
}

export interface Answer {
  status: number;
  /** Where the plain port redirects to: `https://shop.example`. */
  movedTo?: string;
}

/**
 * One GET on a connection of its own.
 *
 * @throws Error when there is no whole answer within ten seconds
 */
export async function ask(host: Pick<Host, 'forward'>, endpoint: Endpoint, path: string): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const base = new URL(endpoint.kind === 'url' ? endpoint.url : `http://${endpoint.name ?? 'localhost'}`);
  const secure = endpoint.kind === 'url' && base.protocol === 'https:';
  const encrypted = secure || (endpoint.kind === 'tunnel' && endpoint.tls);
  // Loaded when first needed: a release that changes nothing asks no site, and node:http takes 30 ms to load.
  const { request: send } = secure ? await import('node:https') : await import('node:http');
  const stream = endpoint.kind === 'tunnel' ? await openTunnel(host, endpoint) : undefined;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      stream?.on('error', reject);
      const url = new URL(
        `${base.pathname.replace(/\/$/, '')}${path.startsWith('/') ? path : `/${path}`}`,
        base,
      );
      const request = send(
        url,
        {
          signal,
          headers: {
            // As a visitor names it: node:http would add the port 80 where no agent is given.
            host: base.host,
            'user-agent': ownAgents.probe,
            'cache-control': 'no-cache',
            connection: 'close',
          },
          // A channel of SSH is a stream without a socket's own methods; node:http needs none of them here.
          // It takes `createConnection` only where no agent is given, `false` included.
          ...(stream ? { createConnection: () => stream } : { agent: false }),
        },
        (response) => {
          response.on('error', reject);
          response.on('end', () => {
            if (!response.complete) {
              reject(new Error('cut off'));
              return;
            }
            const origin = encrypted ? undefined : movedTo(response);
            resolve({
              status: response.statusCode ?? 0,
              ...(origin === undefined ? {} : { movedTo: origin }),
            });
          });
          response.resume();
        },
      );
      request.on('error', (error) => reject(signal.aborted ? new Error('no answer within 10 s') : error));
      request.end();
    });
  } finally {
    stream?.destroy();
  }
}

async function openTunnel(
  host: Pick<Host, 'forward'>,
  endpoint: Endpoint & { kind: 'tunnel' },
): Promise<Duplex> {
  const stream = await host.forward(endpoint.address, endpoint.port);
  if (!endpoint.tls) return stream;
  const { connect } = await import('node:tls');
  const { name } = endpoint;
  // The way to the server is SSH's and verified; a certificate is judged by its own check.
  return connect({
    socket: stream,
    rejectUnauthorized: false,
    ...(name === undefined ? {} : { servername: name }),
  });
}

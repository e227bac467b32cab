import { Agent, request as httpRequest, type ClientRequestArgs } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { HttpSample } from '../check/evidence.ts';
import { ownAgents } from '../check/own-agents.ts';
import { OpsError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Endpoint } from './endpoint.ts';
import { movedTo } from './moved-to.ts';

/** Longest wait for one answer, and for all of them, milliseconds. */
const requestTimeoutMs = 10_000;
const budgetMs = 30_000;
/** Least time between two requests, milliseconds: ten a second is what a rate limit lets one client do. */
const intervalMs = 100;

export interface SiteClient {
  /** @throws OpsError `CONNECTION_LOST` when nobody could ask; whatever the site does is a sample */
  get(path: string): Promise<HttpSample>;
  close(): void;
}

/** One keep-alive connection over channels of an SSH connection. */
class TunnelAgent extends Agent {
  readonly #open: () => Promise<Duplex>;

  constructor(open: () => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#open = open;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#open().then(
      (stream) => callback?.(null, stream),
      (error: unknown) => callback?.(toError(error), undefined as never),
    );
    return undefined;
  }
}

/**
 * Asks the site, one request after another on one connection.
 *
 * @param now milliseconds of a clock that never jumps
 */
export function siteClient(
  host: Pick<Host, 'forward'>,
  endpoint: Endpoint,
  now: () => number,
  signal?: AbortSignal,
): SiteClient {
  const base = new URL(endpoint.kind === 'url' ? endpoint.url : `http://${endpoint.name ?? 'localhost'}`);
  const secure = endpoint.kind === 'url' && base.protocol === 'https:';
  const plain = endpoint.kind === 'url' ? !secure : !endpoint.tls;
  const agent =
    endpoint.kind === 'tunnel'
      ? new TunnelAgent(async () => await openTunnel(host, endpoint))
      : new (secure ? TlsAgent : Agent)({ keepAlive: true, maxSockets: 1 });
  return {
    async get(path) {
      const began = now();
      const failed = (error: string): HttpSample => ({
        error,
        firstByteMs: now() - began,
        totalMs: now() - began,
      });
      const timeout = AbortSignal.timeout(requestTimeoutMs);
      try {
        return await new Promise<HttpSample>((resolve, reject) => {
          const request = (secure ? httpsRequest : httpRequest)(
            sitePath(base, path),
            {
              agent,
              signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
              headers: { 'user-agent': ownAgents.check, accept: '*/*' },
            },
            (response) => {
              const firstByteMs = now() - began;
              const cache = response.headers['x-cache-status'];
              const origin = plain ? movedTo(response) : undefined;
              response.on('error', reject);
              response.on('end', () => {
                resolve({
                  status: response.statusCode ?? 0,
                  firstByteMs,
                  totalMs: now() - began,
                  ...(typeof cache === 'string' ? { cache: cache.toUpperCase() } : {}),
                  ...(origin === undefined ? {} : { movedTo: origin }),
                });
              });
              response.resume();
            },
          );
          request.on('error', reject);
          request.end();
        });
      } catch (error) {
        signal?.throwIfAborted();
        // That nobody could ask says nothing about the site.
        if (error instanceof OpsError && error.code === 'CONNECTION_LOST') throw error;
        return failed(
          timeout.aborted ? `no answer within ${requestTimeoutMs / 1000} s` : describe(toError(error)),
        );
      }
    },
    close() {
      agent.destroy();
    },
  };
}

/** The path below the configured URL, which may have a path of its own; never another host. */
function sitePath(base: URL, path: string): URL {
  const url = new URL(base);
  const [pathname = '', query] = path.split(/\?(.*)/s);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/${pathname.replace(/^\/+/, '')}`;
  url.search = query ?? '';
  return url;
}

/** A byte stream to a port of the host, with TLS where the port speaks it. */
export async function openTunnel(
  host: Pick<Host, 'forward'>,
  endpoint: Endpoint & { kind: 'tunnel' },
): Promise<Duplex> {
  const stream = await host.forward(endpoint.address, endpoint.port);
  if (!endpoint.tls) return stream;
  const { name } = endpoint;
  // The way to the server is SSH's and verified; a certificate is judged by its own check.
  return tlsConnect({
    socket: stream,
    rejectUnauthorized: false,
    ...(name === undefined ? {} : { servername: name }),
  });
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** `connection refused` for people, instead of `connect ECONNREFUSED 127.0.0.1:80`. */
function describe(error: Error & { code?: string }): string {
  const known: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset',
    ENOTFOUND: 'the name does not resolve',
    ETIMEDOUT: 'no connection in time',
    EPIPE: 'connection closed',
  };
  return known[error.code ?? ''] ?? error.message;
}

export interface Series {
  warmUp: HttpSample;
  samples: HttpSample[];
}

/**
 * A warm-up request, then `count` measured ones, at most ten a second and for at most 30 seconds.
 *
 * @param sleep waits, milliseconds
 */
export async function series(
  client: Pick<SiteClient, 'get'>,
  path: string,
  count: number,
  now: () => number,
  sleep: (ms: number) => Promise<unknown>,
): Promise<Series> {
  const began = now();
  const warmUp = await client.get(path);
  const samples: HttpSample[] = [];
  for (let index = 0; index < count && now() - began < budgetMs; index += 1) {
    const started = now();
    samples.push(await client.get(path));
    const rest = intervalMs - (now() - started);
    if (rest > 0 && index + 1 < count) await sleep(rest);
  }
  return { warmUp, samples };
}

/** Median time to open a channel to the port: about one round trip of the SSH connection, milliseconds. */
export async function tunnelRoundTrip(
  host: Pick<Host, 'forward'>,
  endpoint: Endpoint & { kind: 'tunnel' },
  now: () => number,
): Promise<number | undefined> {
  const times: number[] = [];
  for (let index = 0; index < 3; index += 1) {
    const began = now();
    try {
      const stream = await host.forward(endpoint.address, endpoint.port);
      times.push(now() - began);
      stream.on('error', () => {
        // It is closed on purpose; nothing was asked.
      });
      stream.destroy();
    } catch {
      return undefined;
    }
  }
  return times.sort((one, other) => one - other)[1];
}

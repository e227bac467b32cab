import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** What the people behind the load met. Durations in milliseconds. */
export interface LoadReport {
  durationMs: number;
  /** Requests that ended while the load ran, answered or not. */
  requests: number;
  gets: number;
  posts: number;
  /** No answer, half an answer, or a status of 400 and above. */
  failed: number;
  /** How many failed for which reason: `502`, `ECONNREFUSED`. */
  reasons: Readonly<Record<string, number>>;
  /**
   * Sent a second time because the kept connection was closed before it was read. Every browser does that (RFC 9110,
   * section 9.2.2), so it is no failure; it is counted all the same.
   */
  resent: number;
  /** Longest time in which no request at all was answered. */
  longestGapMs: number;
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
  /** Ids of the orders that were confirmed. */
  orders: readonly string[];
  /** The ones of them that this client sent twice. */
  resentOrders: ReadonlySet<string>;
  /** When the load began, seconds since 1970. */
  since: number;
}

export interface Load {
  /** Requests that failed up to now. */
  failed(): number;
  /** Lets what is under way finish, and sums up. */
  stop(): Promise<LoadReport>;
}

export interface LoadOptions {
  /** Kept connections; half of them place orders, half browse. */
  connections?: number;
  /** The load ends by itself after this time. */
  limitMs?: number;
}

/** How long the payment of one order after the other takes: at any moment some request is slow. */
const paymentsMs = [200, 200, 500, 200, 1_500] as const;
/** A page that the cache answers, one that needs the app, and one that needs the database. */
const pages = ['/api/products', '/version', '/api/orders/count'] as const;
/** Pause of one visitor between two pages. */
const readMs = 50;
const timeoutMs = 15_000;

/**
 * Sends the sample shop a mix of pages and slow orders, on connections that are kept open as a browser's are.
 * Each connection waits for its answer before it asks again. Loopback only.
 */
export function startLoad(url: string, { connections = 20, limitMs = 300_000 }: LoadOptions = {}): Load {
  if (!url.startsWith('http://127.0.0.1:')) throw new Error(`Load goes to this machine only, not to ${url}.`);
  const began = performance.now();
  const since = Date.now() / 1_000;
  const run = randomBytes(4).toString('hex');
  const stopping = new AbortController();
  const limit = setTimeout(() => {
    stopping.abort();
  }, limitMs);
  const ends: number[] = [];
  const durations: number[] = [];
  const reasons: Record<string, number> = {};
  const orders: string[] = [];
  const resentOrders = new Set<string>();
  const counts = { gets: 0, posts: 0, failed: 0, resent: 0 };

  const one = async (agent: Agent, path: string, order?: Record<string, unknown>): Promise<void> => {
    const started = performance.now();
    let { error, reused } = await send(agent, url + path, order);
    if (error === 'ECONNRESET' && reused) {
      counts.resent += 1;
      if (order !== undefined) resentOrders.add(String(order['id']));
      ({ error, reused } = await send(agent, url + path, order));
    }
    counts[order === undefined ? 'gets' : 'posts'] += 1;
    if (error === undefined) {
      ends.push(performance.now());
      durations.push(performance.now() - started);
      if (order !== undefined) orders.push(String(order['id']));
    } else {
      counts.failed += 1;
      reasons[error] = (reasons[error] ?? 0) + 1;
      // A site that refuses at once must not be asked ten thousand times a second.
      await wait(readMs);
    }
  };
  const visitor = async (index: number): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const buys = index % 2 === 0;
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      if (buys) {
        const delay = paymentsMs[(index / 2 + round) % paymentsMs.length];
        const id = `${run}-${index}-${round}`;
        await one(agent, '/api/orders', { id, product_id: 1, quantity: 1, delay_ms: delay });
      } else {
        await one(agent, pages[round % pages.length] ?? '/');
        await wait(readMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
    agent.destroy();
  };
  const all = Promise.all(Array.from({ length: connections }, async (_, index) => await visitor(index)));
  return {
    failed: () => counts.failed,
    stop: async () => {
      const durationMs = performance.now() - began;
      stopping.abort();
      clearTimeout(limit);
      await all;
      const sorted = durations.toSorted((a, b) => a - b);
      const share = (part: number): number =>
        Math.round(sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0);
      return {
        durationMs: Math.round(durationMs),
        requests: counts.gets + counts.posts,
        ...counts,
        reasons,
        longestGapMs: Math.round(longestGap([began, ...ends.toSorted((a, b) => a - b)])),
        p50Ms: share(0.5),
        p95Ms: share(0.95),
        maxMs: share(1),
        orders,
        resentOrders,
        since,
      };
    },
  };
}

function longestGap(times: readonly number[]): number {
  return times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)), 0);
}

interface Sent {
  /** Undefined: answered, whole, with success. */
  error?: string;
  /** It went out on a connection that had been used before. */
  reused: boolean;
}

async function send(agent: Agent, url: string, body?: Record<string, unknown>): Promise<Sent> {
  return await new Promise((resolve) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers });
    const end = (error?: string): void => {
      resolve({ reused: sent.reusedSocket, ...(error === undefined ? {} : { error }) });
    };
    sent.setTimeout(timeoutMs, () => sent.destroy(Object.assign(new Error(), { code: 'no answer' })));
    sent.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    sent.on('response', (response) => {
      const { statusCode = 0 } = response;
      response.on('error', () => end('cut off'));
      response.on('end', () => end(statusCode < 400 ? undefined : String(statusCode)));
      response.resume();
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export interface OrderAudit {
  /** Orders that were confirmed to this client. */
  confirmed: number;
  /** Confirmed, but not in the shop's books. */
  lost: number;
  /** Handled more than once by the shop, although this client sent them once. */
  doubled: number;
}

/** Compares what the shop confirmed with what is in its books. */
export async function auditOrders(url: string, report: LoadReport): Promise<OrderAudit> {
  const response = await fetch(`${url}/api/orders/ids?since=${report.since - 1}`);
  if (!response.ok) throw new Error(`The shop does not show its orders: HTTP ${response.status}.`);
  const rows = (await response.json()) as readonly { id: string; attempts: number }[];
  const attempts = new Map(rows.map((row) => [row.id, row.attempts]));
  return {
    confirmed: report.orders.length,
    lost: report.orders.filter((id) => !attempts.has(id)).length,
    doubled: report.orders.filter((id) => (attempts.get(id) ?? 0) > 1 && !report.resentOrders.has(id)).length,
  };
}

import type { Scenario } from '../scenario.ts';

/** 20 people who browse without a pause: lists, single products, now and then an order; three pages of a hundred logged in. */
export const users = 20;

/**
 * The load of the original report: 20 users at once, each asks again when the last answer is there.
 *
 * @param id names this run, so that its orders are not taken for repetitions of another's
 */
export function sampleScenario(url: string, durationMs: number, id: string): Scenario {
  return {
    url,
    requests: [
      { name: 'a list', method: 'GET', path: '/api/products', weight: 60, headers: {} },
      {
        name: 'a product',
        method: 'GET',
        path: '/api/products/{random}',
        weight: 36,
        headers: {},
        random: [1, 200],
      },
      {
        name: 'a list, logged in',
        method: 'GET',
        path: '/api/products',
        weight: 3,
        // Past every cache.
        headers: { cookie: 'session=1' },
      },
      {
        // A few visits of a hundred end with one, and a visit has several pages.
        name: 'an order',
        method: 'POST',
        path: '/api/orders',
        weight: 1,
        headers: { 'content-type': 'application/json' },
        body: `{"id":"bench-${id}-{n}","product_id":{random},"quantity":1,"delay_ms":50}`,
        random: [1, 200],
      },
    ],
    load: { kind: 'closed', connections: users, thinkMs: 0, stop: { afterMs: durationMs } },
    warmUpMs: 3_000,
    timeoutMs: 30_000,
  };
}

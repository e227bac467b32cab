import { Agent, get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface Visitors {
  /** Ends the visits and says how many answers there were. */
  stop(): Promise<{ answered: number; failed: number }>;
}

/**
 * People who browse: each asks for a page, reads for a while, asks again. Loopback only, for 180 seconds at most.
 *
 * @param readMs pause of one visitor between two pages, milliseconds
 */
export function visitors(url: string, count: number, readMs: number): Visitors {
  if (!url.startsWith('http://127.0.0.1:')) throw new Error(`Load goes to this machine only, not to ${url}.`);
  const controller = new AbortController();
  const { signal } = controller;
  const end = setTimeout(() => {
    controller.abort();
  }, 180_000);
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  let answered = 0;
  let failed = 0;
  const page = async (): Promise<void> => {
    const ok = await new Promise<boolean>((resolve) => {
      get(url, { agent, signal }, (response) => {
        response.on('end', () => {
          resolve(response.statusCode === 200);
        });
        response.on('error', () => {
          resolve(false);
        });
        response.resume();
      }).on('error', () => {
        resolve(false);
      });
    });
    if (signal.aborted) return;
    if (ok) answered += 1;
    else failed += 1;
  };
  const visit = async (index: number): Promise<void> => {
    // They did not all come in at the same moment.
    await wait((readMs / count) * index, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted) {
      await page();
      await wait(readMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const all = Promise.all(Array.from({ length: count }, async (_, index) => await visit(index)));
  return {
    stop: async () => {
      controller.abort();
      clearTimeout(end);
      await all;
      agent.destroy();
      return { answered, failed };
    },
  };
}

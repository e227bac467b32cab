import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Counts {
  requests: number;
  connections: number;
  /** Median of the time that it really took for the answers that it delayed, milliseconds. */
  delayMs: number;
}

export interface Site {
  url: string;
  /** What has been asked of it. */
  counts(): Promise<Counts>;
  stop(): Promise<void>;
}

/** Starts the site of bench-site.ts; it ends with this process at the latest. */
export async function startSite(): Promise<Site> {
  const child = fork(fileURLToPath(new URL('bench-site.ts', import.meta.url)), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The site ended with ${code}.`)));
    child.stdout?.once('data', (data: Buffer) => resolve(Number(data.toString())));
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    counts: async () =>
      (await (await fetch(`${url}/counts`, { headers: { connection: 'close' } })).json()) as Counts,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

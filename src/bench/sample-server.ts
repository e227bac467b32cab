import type { Host } from '../host/host.ts';
import { quote } from '../shell/quote.ts';
import type { ServerFigures } from './result.ts';
import { sampleScript, type ContainersByService } from './sample-script.ts';
import { parseSample, type Sample } from './sample-line.ts';
import { machineShare, parseSamples } from './server-figures.ts';

export interface Sampling {
  /** What was sampled before belongs to the warm-up: figures begin now. */
  begin(): void;
  /** How much of the machine's CPU was used between the two newest samples, 0 to 1. */
  cpuShare(): number | undefined;
  /** Ends the remote process. Undefined: too little arrived to say anything (a run of under a second, a lost connection). */
  stop(): Promise<ServerFigures | undefined>;
}

export interface SamplingOptions {
  /** Between two samples, milliseconds. */
  intervalMs?: number;
  signal?: AbortSignal;
}

/** PostgreSQL is asked, and processes are looked at, with every fifth sample: both cost more than reading counters. */
const everyFifth = 5;
/** Longest wait for the script to look around, and for its last lines. */
const readyMs = 15_000;
const lastMs = 4_000;

/**
 * Samples a host while a run goes on. One remote shell prints a line whenever it is sent one, and ends with the
 * connection; between two lines it waits, so a network that swallows packets leaves nothing running either. The
 * times in the samples are the host's own: a late line moves no figure.
 *
 * @param containers full ids by service; one that is replaced meanwhile counts until it goes
 */
export async function startSampling(
  host: Host,
  containers: ContainersByService,
  { intervalMs = 1_000, signal }: SamplingOptions = {},
): Promise<Sampling> {
  const lines: string[] = [];
  const newest: Sample[] = [];
  const heard = new EventTarget();
  const open = { samples: 0, databases: 0, ended: false };
  const remote = await host.start(`exec sh -c ${quote(sampleScript(containers))}`, {
    onLine: ({ stream, text }) => {
      if (stream !== 'stdout') return;
      lines.push(text);
      const sample = parseSample(text);
      if (sample) {
        open.samples -= 1;
        newest.splice(0, newest.length - 1, ...newest.slice(-1), sample);
      }
      if (text === 'db done') open.databases -= 1;
      heard.dispatchEvent(new Event('line'));
    },
    ...(signal ? { signal } : {}),
  });
  void remote.ended.then(() => {
    open.ended = true;
    return heard.dispatchEvent(new Event('line'));
  });
  const until = async (done: () => boolean, ms: number): Promise<void> => {
    const limit = AbortSignal.timeout(ms);
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (done() || open.ended || limit.aborted) resolve();
      };
      heard.addEventListener('line', look);
      limit.addEventListener('abort', look);
      look();
    });
  };
  const ask = (what: 'sample' | 'all' | 'db'): void => {
    if (open.ended) return;
    open[what === 'db' ? 'databases' : 'samples'] += 1;
    remote.write(`${what}\n`);
  };

  const both = (): void => {
    if (open.databases === 0) ask('db');
    ask('all');
  };

  await until(() => lines.includes('ready'), readyMs);
  let count = 0;
  const timer = setInterval(() => {
    // A host that is slow to answer is not asked twice.
    if (open.samples > 0) return;
    count += 1;
    const fifth = count % everyFifth === 0;
    if (fifth) both();
    else ask('sample');
  }, intervalMs);
  timer.unref();
  both();
  return {
    begin() {
      lines.push('begin');
      both();
    },
    cpuShare() {
      const [before, after] = newest;
      return before && after ? machineShare(before, after) : undefined;
    },
    async stop() {
      clearInterval(timer);
      both();
      await until(() => open.samples <= 0 && open.databases <= 0, lastMs);
      // What was sampled is good, however the remote shell ends.
      await remote.end().catch(() => undefined);
      return parseSamples(lines, host.name);
    },
  };
}

import { runLoad } from '../../bench/run-load.ts';
import { startSampling } from '../../bench/sample-server.ts';
import type { SampleRig } from '../../bench/sample/experiment.ts';
import { sampleScenario } from '../../bench/sample/scenario.ts';
import type { Second } from '../../bench/result.ts';
import { loadConfig } from '../../config/load.ts';
import { UsageError } from '../../errors.ts';
import { sshConnector } from '../../host/connect.ts';
import type { Host } from '../../host/host.ts';
import type { Progress } from '../../plan/progress.ts';
import { variantDirectory } from '../../sandbox/app.ts';
import { readTree } from '../../sandbox/files.ts';
import { runApp } from '../../sandbox/sample-app.ts';
import type { TarEntry } from '../../sandbox/tar.ts';
import { sandboxUp } from '../../sandbox/up.ts';

/** Of the sandbox that the sample app is measured on. */
export const sampleSandbox = 'bench';

export interface SampleRigOptions {
  /** Directory that the sandbox belongs to. */
  root: string;
  runId: string;
  durationMs: number;
  /** Get a Docker engine where there is none. */
  installEngine: boolean;
  version: string;
  clock: () => number;
  random: () => number;
  signal: AbortSignal;
  progress: Progress;
  onSecond?: (second: Second) => void;
}

export interface OpenRig extends SampleRig {
  close(): Promise<void>;
}

/** A sandbox server with the sample app, and what measures it: load from here, figures of the server over SSH. */
export async function openSampleRig(options: SampleRigOptions): Promise<OpenRig> {
  const { root, runId, signal, progress } = options;
  const state = await sandboxUp(
    { root, name: sampleSandbox, variant: 'before', installEngine: options.installEngine, signal },
    progress,
  );
  const [server] = state.hosts;
  if (!server) throw new UsageError('NO_SERVER', `The sandbox ${sampleSandbox} has no server.`);
  const { config } = await loadConfig({ cwd: root, env: {}, flags: { target: sampleSandbox } });
  const [address] = config.target.hosts;
  if (!address) throw new UsageError('NO_SERVER', `The sandbox ${sampleSandbox} has no server.`);
  const host = await sshConnector({ ssh: config.target.ssh, runId, env: {} })(address, signal);
  let runs = 0;
  return {
    files: (variant) => textsOf(readTree(variantDirectory(variant))),
    run: async (files, name) => {
      progress({ type: 'status', host: server.name, text: `Starting ${name}` });
      await runApp(server.container, withTexts(files), name, signal);
    },
    measure: async (name) => {
      progress({ type: 'status', host: server.name, text: `Measuring ${name}` });
      runs += 1;
      const url = `http://127.0.0.1:${server.httpPort}`;
      const scenario = sampleScenario(url, options.durationMs, `${runId}-${runs}`);
      const sampling = await startSampling(host, await containersByService(host), { signal });
      const result = await runLoad(scenario, {
        now: () => performance.now(),
        random: options.random,
        signal,
        at: new Date(options.clock()).toISOString(),
        tool: `ops ${options.version}`,
        onBegin: () => {
          // What was sampled in the warm-up does not count.
          sampling.begin();
        },
        ...(options.onSecond ? { onSecond: options.onSecond } : {}),
      });
      const figures = await sampling.stop();
      signal.throwIfAborted();
      // All runs are asked the same, but for the names of their orders.
      const asked = sampleScenario(url, options.durationMs, runId);
      return { ...result, scenario: asked, ...(figures ? { server: figures } : {}) };
    },
    close: async () => await host.close(),
  };
}

async function containersByService(host: Host): Promise<Record<string, string[]>> {
  const { stdout } = await host.run(
    `docker ps --no-trunc --format '{{.ID}} {{.Label "com.docker.compose.service"}}'`,
  );
  const found: Record<string, string[]> = {};
  for (const line of stdout.trim().split('\n')) {
    const [id, service] = line.split(' ');
    if (id && service) (found[service] ??= []).push(id);
  }
  return found;
}

/** The app's files are text, every one. */
function textsOf(entries: readonly TarEntry[]): Map<string, string> {
  return new Map(
    entries.flatMap(({ path, content }) =>
      content === undefined ? [] : [[path, Buffer.from(content).toString('utf8')]],
    ),
  );
}

function withTexts(files: ReadonlyMap<string, string>): TarEntry[] {
  return [...files].map(([path, text]) => ({ path, content: Buffer.from(text) }));
}

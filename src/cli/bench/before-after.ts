import { cpus, totalmem } from 'node:os';
import { runExperiment, type Experiment } from '../../bench/sample/experiment.ts';
import { experimentPage } from '../../bench/sample/markdown.ts';
import { beforeAfter } from '../../bench/sample/tables.ts';
import type { Report } from '../../report/model.ts';
import { makeReport } from '../../report/join.ts';
import type { Progress } from '../../plan/progress.ts';
import type { Outcome } from '../outcome.ts';
import { experimentReport } from '../reports/before-after.ts';
import type { Style } from '../style.ts';
import { openSampleRig } from './sample-rig.ts';

export interface BeforeAfterOptions {
  /** Directory that the sandbox belongs to. */
  root: string;
  durationMs: number;
  oneAtATime: boolean;
  installEngine: boolean;
  /** The command as it was given, for the page. */
  command: string;
  runId: string;
  version: string;
  clock: () => number;
  random: () => number;
  signal: AbortSignal;
  progress: Progress;
  style: Style;
  /** Markdown with the tables. */
  writePage?: ((text: string) => Promise<void>) | undefined;
  /** HTML, Markdown or JSON with all figures of both runs. */
  writeReport?: ((report: Report) => Promise<void>) | undefined;
}

/** The sample app with its eight causes, measured, and without them. */
export async function measureBeforeAfter(options: BeforeAfterOptions): Promise<Outcome> {
  const rig = await openSampleRig(options);
  let experiment: Experiment;
  try {
    experiment = await runExperiment(rig, { oneAtATime: options.oneAtATime });
  } finally {
    await rig.close();
  }
  const { before, after, effects, noise } = experiment;
  const at = new Date(options.clock()).toISOString();
  await options.writePage?.(
    experimentPage({ experiment, command: options.command, where: where(at, options.version) }),
  );
  await options.writeReport?.(
    makeReport(
      [
        {
          kind: 'bench',
          bench: {
            runs: [
              { label: 'before', result: before },
              { label: 'after', result: after },
            ],
          },
        },
      ],
      { title: 'Before and after', at, version: options.version },
    ),
  );
  const rows = beforeAfter(before, after);
  return {
    reason: rows.every(({ reached }) => reached !== false) ? 'ok' : 'checksFailed',
    data: { rows, noise, effects, before, after },
    text: () => experimentReport(experiment, options.style),
  };
}

/** When and on what it was measured. */
function where(at: string, version: string): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `Measured on ${at.slice(0, 10)} with ops ${version}: server, database and load together on one machine with ${processors.length} CPUs (${(processors[0]?.model ?? 'unknown').trim()}) and ${memory} GB.`;
}

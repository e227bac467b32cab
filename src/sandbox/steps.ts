import { OpsError } from '../errors.ts';
import type { Progress } from '../plan/progress.ts';
import type { StageName } from '../plan/step.ts';

/** What a step may say while it works. */
export interface Saying {
  /** Output of a program: shown under the running step, or when it fails. */
  say: (line: string) => void;
  /** What begins now and takes long: always shown. */
  tell: (text: string) => void;
}

/** A step of a sandbox command; what its work returns is its note. */
export interface Step {
  id: string;
  title: string;
  work: (saying: Saying) => Promise<string | undefined>;
}

/** Runs steps in order, each with its duration shown; stops at the first that throws. */
export async function runSteps(
  host: string,
  stage: StageName,
  steps: readonly Step[],
  progress: Progress,
): Promise<void> {
  const began = performance.now();
  progress({ type: 'stageStarted', host, stage, steps: steps.map(({ id, title }) => ({ id, title })) });
  for (const { id, title, work } of steps) {
    const started = performance.now();
    const event = { host, stage, id };
    let said = 0;
    const say = (line: string): void => {
      said += 1;
      progress({ type: 'stepOutput', ...event, line, stream: 'stderr' });
    };
    progress({ type: 'stepStarted', ...event, title });
    try {
      const note = await work({
        say,
        tell: (text) => progress({ type: 'note', host, level: 'info', text }),
      });
      const durationMs = performance.now() - started;
      progress({ type: 'stepDone', ...event, durationMs, ...(note === undefined ? {} : { note }) });
    } catch (error) {
      const durationMs = performance.now() - started;
      // What a quiet program said last belongs to its failure.
      if (said === 0 && error instanceof OpsError) error.place.output?.forEach(say);
      const message = error instanceof Error ? error.message : String(error);
      progress({ type: 'stepFailed', ...event, durationMs, message });
      progress({ type: 'stageFinished', host, stage, ok: false, durationMs: performance.now() - began });
      throw error;
    }
  }
  progress({ type: 'stageFinished', host, stage, ok: true, durationMs: performance.now() - began });
}

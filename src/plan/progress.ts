import type { StageName } from './step.ts';

/** What the executor reports; views (listr2, plain lines, none) draw it. Durations in milliseconds. */
export type ProgressEvent =
  | { type: 'stageStarted'; host: string; stage: StageName; steps: readonly { id: string; title: string }[] }
  | { type: 'stageFinished'; host: string; stage: StageName; ok: boolean; durationMs: number }
  | { type: 'stepStarted'; host: string; stage: StageName; id: string; title: string }
  | {
      type: 'stepOutput';
      host: string;
      stage: StageName;
      id: string;
      line: string;
      stream: 'stdout' | 'stderr';
    }
  /** `note` is one short remark shown behind the title: `already built`. */
  | { type: 'stepDone'; host: string; stage: StageName; id: string; durationMs: number; note?: string }
  | { type: 'stepFailed'; host: string; stage: StageName; id: string; durationMs: number; message: string }
  | { type: 'note'; host?: string; level: 'info' | 'warn' | 'error'; text: string }
  | { type: 'status'; host?: string; text: string };

/** What it returns is ignored, but for `stepOutput`: a promise holds the step's output back until it settles. */
export type Progress = (event: ProgressEvent) => unknown;

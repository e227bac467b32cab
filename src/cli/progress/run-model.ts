import type { ProgressEvent } from '../../plan/progress.ts';
import type { StageName } from '../../plan/step.ts';
import { sanitizeLine } from '../sanitize.ts';

/** Lines of output that are kept of each step, for its failure. */
const keptLines = 20;

export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped';

export interface StepModel {
  readonly id: string;
  readonly title: string;
  state: StepState;
  durationMs: number;
  note: string | undefined;
  message: string | undefined;
  /** The last lines, oldest first. */
  readonly lines: string[];
}

export interface StageModel {
  readonly host: string;
  readonly stage: StageName;
  readonly steps: StepModel[];
  /** undefined while it runs. */
  ok: boolean | undefined;
  durationMs: number;
}

function step(id: string, title: string): StepModel {
  return {
    id,
    title: sanitizeLine(title),
    state: 'waiting',
    durationMs: 0,
    note: undefined,
    message: undefined,
    lines: [],
  };
}

/** The state of a run as its events tell it: what a display that redraws looks at. All text in it is harmless. */
export class RunModel {
  /** Stages that run now, by host. */
  readonly #stages = new Map<string, StageModel>();

  /** The stage that an event belongs to, if that stage runs. */
  stageOf(event: { host?: string }): StageModel | undefined {
    return event.host === undefined ? [...this.#stages.values()][0] : this.#stages.get(event.host);
  }

  get running(): readonly StageModel[] {
    return [...this.#stages.values()];
  }

  /** Takes an event in; gives back the step that it changed. */
  apply(event: ProgressEvent): StepModel | undefined {
    switch (event.type) {
      case 'stageStarted':
        this.#stages.set(event.host, {
          host: sanitizeLine(event.host),
          stage: event.stage,
          steps: event.steps.map(({ id, title }) => step(id, title)),
          ok: undefined,
          durationMs: 0,
        });
        return undefined;
      case 'stageFinished': {
        const stage = this.#stages.get(event.host);
        if (stage !== undefined) finish(stage, event.ok, event.durationMs);
        this.#stages.delete(event.host);
        return undefined;
      }
      case 'note':
      case 'status':
        return undefined;
      default: {
        const changed = this.#stages.get(event.host)?.steps.find(({ id }) => id === event.id);
        if (changed !== undefined) update(changed, event);
        return changed;
      }
    }
  }
}

function finish(stage: StageModel, ok: boolean, durationMs: number): void {
  stage.ok = ok;
  stage.durationMs = durationMs;
  for (const each of stage.steps) {
    // A step that nobody ended: with success it was not needed, without it was cut off.
    if (each.state === 'running') each.state = ok ? 'done' : 'failed';
    if (each.state === 'waiting') each.state = 'skipped';
  }
}

function update(
  target: StepModel,
  event: Extract<ProgressEvent, { type: 'stepStarted' | 'stepOutput' | 'stepDone' | 'stepFailed' }>,
): void {
  switch (event.type) {
    case 'stepStarted':
      target.state = 'running';
      break;
    case 'stepOutput':
      target.lines.push(sanitizeLine(event.line));
      if (target.lines.length > keptLines) target.lines.shift();
      break;
    case 'stepDone':
      target.state = 'done';
      target.durationMs = event.durationMs;
      target.note = event.note === undefined ? undefined : sanitizeLine(event.note);
      break;
    case 'stepFailed':
      target.state = 'failed';
      target.durationMs = event.durationMs;
      target.message = sanitizeLine(event.message);
      break;
  }
}

import { EOL } from 'node:os';
import { duration } from '../duration.ts';
import type { Style } from '../style.ts';
import type { Display, RunningTask, StageTask } from './listr-adapter.ts';
import type { StageModel, StepModel } from './run-model.ts';
import { stageTitles } from './stage-titles.ts';

/** Stages that can join one list while it is on the screen: many hosts, each with its stages. */
const slots = 500;
/** Last lines shown under a running step. */
const liveLines = 5;
/** How often new output is drawn; a fast build log must not keep the machine busy. */
const redrawMs = 100;

interface Heading {
  title: string;
  task: RunningTask | undefined;
  notes: string[];
}

/** One list of stages on the screen, from the first stage that starts until none runs. */
export class StageList {
  readonly #stream: NodeJS.WriteStream;
  readonly #style: Style;
  /** Slots that wait for a stage, and stages that wait for a slot. */
  readonly #free: ((stage: StageModel | undefined) => void)[] = [];
  readonly #arrived: StageModel[] = [];
  readonly #headings = new Map<StageModel, Heading>();
  readonly #live = new Map<StepModel, { task: RunningTask; shown: string }>();
  #sleepers: (() => void)[] = [];
  #display: Display | undefined;
  #hidden = false;
  #ended = false;

  constructor(stream: NodeJS.WriteStream, style: Style) {
    this.#stream = stream;
    this.#style = style;
  }

  /** Adds a stage that has just started. */
  join(stage: StageModel): void {
    const title = `${this.#style('bold', stageTitles[stage.stage])} ${this.#style('cyan', stage.host)}`;
    this.#headings.set(stage, { title, task: undefined, notes: [] });
    const take = this.#free.shift();
    if (take === undefined) this.#arrived.push(stage);
    else take(stage);
  }

  /** A remark below the heading of a stage. */
  note(stage: StageModel, text: string): void {
    const heading = this.#headings.get(stage);
    if (heading?.task === undefined) heading?.notes.push(text);
    else heading.task.output = text;
  }

  /** Looks at the models again after an event. */
  refresh(): void {
    const sleepers = this.#sleepers;
    this.#sleepers = [];
    for (const wake of sleepers) wake();
  }

  /** Draws until `end`. */
  async run(): Promise<void> {
    const { display } = await import('./listr-adapter.ts');
    this.#display = display(
      this.#stream,
      Array.from({ length: slots }, () => this.#slot()),
    );
    const timer = setInterval(() => {
      this.#showOutput();
    }, redrawMs);
    try {
      await this.#display.run();
    } finally {
      clearInterval(timer);
    }
  }

  /** Every stage of the list has finished: `run` resolves once that is on the screen. */
  end(): void {
    this.#ended = true;
    if (this.#hidden) return;
    for (const take of this.#free.splice(0)) take(undefined);
  }

  /** Gives the terminal away until `show`. */
  hide(): void {
    this.#hidden = true;
    this.#display?.hide();
  }

  show(): void {
    this.#hidden = false;
    this.#display?.show();
    if (this.#ended) this.end();
  }

  /** A place without a title, which draws nothing until a stage takes it. */
  #slot(): StageTask {
    return {
      task: async (_context, task) => {
        const stage = await this.#next();
        return stage === undefined
          ? undefined
          : task.newListr([this.#stageTask(stage)], { concurrent: false, exitOnError: true });
      },
    };
  }

  async #next(): Promise<StageModel | undefined> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined || (this.#ended && !this.#hidden)) return arrived;
    return await new Promise((resolve) => {
      this.#free.push(resolve);
    });
  }

  #stageTask(stage: StageModel): StageTask {
    const heading = this.#headings.get(stage);
    return {
      title: heading?.title ?? stage.host,
      rendererOptions: { outputBar: slots, persistentOutput: true },
      task: (_context, task) => {
        if (heading !== undefined) {
          heading.task = task;
          for (const text of heading.notes.splice(0)) task.output = text;
        }
        const steps = stage.steps.map((step) => this.#stepTask(step));
        return task.newListr([...steps, this.#lastTask(stage, task)], {
          concurrent: false,
          exitOnError: true,
        });
      },
    };
  }

  /** Keeps the heading turning until the stage itself is over. */
  #lastTask(stage: StageModel, heading: RunningTask): StageTask {
    return {
      task: async () => {
        await this.#until(() => stage.ok !== undefined);
        if (stage.durationMs > 0)
          heading.title = `${heading.title} ${this.#style('dim', duration(stage.durationMs))}`;
      },
    };
  }

  #stepTask(step: StepModel): StageTask {
    return {
      title: step.title,
      rendererOptions: { outputBar: 1 },
      task: async (_context, task) => {
        this.#live.set(step, { task, shown: '' });
        await this.#until(() => step.state !== 'waiting' && step.state !== 'running');
        this.#live.delete(step);
        const note = step.note === undefined ? '' : ` ${this.#style('dim', `(${step.note})`)}`;
        const time = step.durationMs > 0 ? ` ${this.#style('dim', duration(step.durationMs))}` : '';
        task.title = `${step.title}${note}${time}`;
        if (step.state === 'skipped') task.skip(`${step.title} ${this.#style('dim', '(not run)')}`);
        if (step.state === 'failed') throw new Error(this.#failure(step));
      },
    };
  }

  #failure(step: StepModel): string {
    const lines = step.lines.map((line) => this.#style('dim', `│ ${line}`));
    return [this.#style('red', step.message ?? 'Cut off.'), ...lines].join(EOL);
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#sleepers.push(resolve));
  }

  #showOutput(): void {
    if (this.#hidden) return;
    const width = Math.max(20, (this.#stream.columns ?? 80) - 12);
    for (const [step, live] of this.#live) {
      const text = step.lines
        .slice(-liveLines)
        .map((line) => this.#style('dim', line.length > width ? `${line.slice(0, width - 1)}…` : line))
        .join(EOL);
      if (text === live.shown) continue;
      live.shown = text;
      live.task.output = text;
    }
  }
}

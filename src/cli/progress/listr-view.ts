import type { Ora } from 'ora';
import type { ProgressEvent } from '../../plan/progress.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { Style } from '../style.ts';
import { RunModel } from './run-model.ts';
import { StageList } from './stage-list.ts';
import type { ProgressView } from './view.ts';

type Note = Extract<ProgressEvent, { type: 'note' }>;

/**
 * For a person at a terminal: stages as headings, steps with spinner, note and duration, the last lines of
 * output under a running step. The executor drives; this only draws what its events say.
 */
class ListrView implements ProgressView {
  readonly #stream: NodeJS.WriteStream;
  readonly #style: Style;
  readonly #model = new RunModel();
  /** What is waited for outside of stages, by host. */
  readonly #statuses = new Map<string, string>();
  #spinner: Ora | undefined;
  #showedFailure = false;
  #list: StageList | undefined;
  /** What writes to the terminal takes its turn: lists, the spinner, notes, questions. */
  #turn: Promise<void> = Promise.resolve();
  #question: Promise<unknown> = Promise.resolve();

  constructor(stream: NodeJS.WriteStream, style: Style) {
    this.#stream = stream;
    this.#style = style;
  }

  readonly progress = (event: ProgressEvent): void => {
    const stage = this.#model.stageOf(event);
    const step = this.#model.apply(event);
    if (event.type === 'stepFailed') this.#showedFailure = true;
    switch (event.type) {
      case 'stageStarted': {
        const started = this.#model.stageOf(event);
        if (started !== undefined) this.#open().join(started);
        break;
      }
      case 'stageFinished':
        this.#list?.refresh();
        if (this.#model.running.length === 0) this.#endList();
        break;
      case 'status':
        this.#status(event.host, sanitizeLine(event.text));
        break;
      case 'note':
        if (this.#list !== undefined && stage !== undefined) this.#list.note(stage, this.#mark(event));
        else this.#next(() => this.#print(this.#mark(event, event.host)));
        break;
      case 'stepOutput':
        break;
      default:
        if (step !== undefined) this.#list?.refresh();
    }
  };

  get showedFailure(): boolean {
    return this.#showedFailure;
  }

  async suspend<T>(work: () => Promise<T>): Promise<T> {
    const asked = this.#question.then(async () => await this.#withTerminal(work));
    this.#question = asked.catch(() => {});
    return await asked;
  }

  async close(): Promise<void> {
    for (const { host, stage } of this.#model.running) {
      this.#model.apply({ type: 'stageFinished', host, stage, ok: false, durationMs: 0 });
    }
    this.#list?.refresh();
    this.#endList();
    this.#statuses.clear();
    this.#next(() => {
      this.#spinner?.stop();
    });
    await this.#turn;
  }

  #next(work: () => void | Promise<void>): void {
    // A display that fails must not take the deploy down with it.
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      this.#stream.write(`The display failed: ${String(error)}\n`);
    });
  }

  #open(): StageList {
    if (this.#list !== undefined) return this.#list;
    const list = new StageList(this.#stream, this.#style);
    this.#list = list;
    this.#statuses.clear();
    this.#next(async () => {
      this.#spinner?.stop();
      await list.run();
    });
    return list;
  }

  #endList(): void {
    this.#list?.end();
    this.#list = undefined;
  }

  #status(host: string | undefined, text: string): void {
    const stage = this.#model.stageOf(host === undefined ? {} : { host });
    const running = stage?.steps.find(({ state }) => state === 'running');
    if (running !== undefined) {
      running.lines.push(text);
      return;
    }
    this.#statuses.set(host ?? '', text);
    this.#next(async () => await this.#spin());
  }

  async #spin(): Promise<void> {
    if (this.#statuses.size === 0) return;
    if (this.#spinner === undefined) {
      const { default: ora } = await import('ora');
      this.#spinner = ora({ stream: this.#stream, discardStdin: false });
    }
    this.#spinner.text = [...this.#statuses.values()].join(this.#style('dim', ' · '));
    if (!this.#spinner.isSpinning) this.#spinner.start();
  }

  #print(text: string): void {
    const spinning = this.#spinner?.isSpinning === true;
    this.#spinner?.stop();
    this.#stream.write(`${text}\n`);
    if (spinning) this.#spinner?.start();
  }

  #mark({ level, text }: Note, host?: string): string {
    const where = host === undefined ? '' : `${this.#style('cyan', sanitizeLine(host))} `;
    const marks = { info: ['blue', 'ℹ'], warn: ['yellow', '⚠'], error: ['red', '✖'] } as const;
    const [colour, mark] = marks[level];
    return `${this.#style(colour, mark)} ${where}${sanitizeLine(text)}`;
  }

  async #withTerminal<T>(work: () => Promise<T>): Promise<T> {
    const list = this.#list;
    if (list !== undefined) {
      list.hide();
      try {
        return await work();
      } finally {
        list.show();
      }
    }
    // What waits for its turn may be what asks, so the question does not wait for the turn to come.
    await this.#turn;
    this.#spinner?.stop();
    try {
      return await work();
    } finally {
      this.#next(async () => await this.#spin());
    }
  }
}

export function listrView(stream: NodeJS.WriteStream, style: Style): ProgressView {
  return new ListrView(stream, style);
}

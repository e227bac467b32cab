import { randomBytes } from 'node:crypto';
import type { Interfaces } from '@oclif/core';
import { Command } from '@oclif/core/command';
import { exitCodes } from '../exit-codes.ts';
import { confirm, type Asking } from './confirm.ts';
import { explain } from './failure.ts';
import { errorData } from './failure-text.ts';
import { globalFlags } from './flags.ts';
import type { Outcome } from './outcome.ts';
import { openView } from './progress/open-view.ts';
import type { ProgressView } from './progress/view.ts';
import { reportFailure } from './report-failure.ts';
import { sanitizeReport } from './sanitize.ts';
import { catchSignals, type Interrupts } from './signals.ts';
import { ignoreClosedPipe, OutputClosed, write } from './streams.ts';
import { styleFor, type Style } from './style.ts';

type Flags<T extends typeof Command> = Interfaces.InferredFlags<T['baseFlags'] & T['flags']>;
type Args<T extends typeof Command> = Interfaces.InferredArgs<T['args']>;

/**
 * What every command shares: global flags, the `--json` contract, Ctrl+C, errors and exit codes.
 * A command implements `execute`: read `this.flags`, call one use case, return an `Outcome`.
 */
export abstract class BaseCommand<T extends typeof Command> extends Command {
  static override baseFlags = globalFlags;

  protected flags!: Flags<T>;
  protected args!: Args<T>;
  /** Everything that is no flag, in order, also what follows `--`; for commands that are not `strict`. */
  protected words!: readonly string[];
  /** Progress on stderr: `this.view.progress(event)`. */
  protected view!: ProgressView;

  protected readonly env: Readonly<Record<string, string | undefined>> = process.env;
  protected readonly cwd: string = process.cwd();
  /** Names this run on hosts: in temporary files and locks. */
  protected readonly runId: string = randomBytes(6).toString('hex');
  /** Milliseconds since 1970. */
  protected readonly clock = (): number => Date.now();
  /** A number from 0 up to, not including, 1. */
  protected readonly random = (): number => Math.random();
  /** Paints text for stdout, for reports. */
  protected readonly style: Style = styleFor({ isTTY: process.stdout.isTTY, env: process.env });

  readonly #interrupts: Interrupts = catchSignals({
    say: (text) => {
      // A list that is being redrawn would swallow what is written beside it.
      if (this.view === undefined) process.stderr.write(`${text}\n`);
      else this.view.progress({ type: 'note', level: 'warn', text });
    },
    exit: (code) => process.exit(code),
    on: (name, listener) => process.on(name, listener),
    off: (name, listener) => process.off(name, listener),
  });

  /** Does the work. What it throws becomes one readable block and an exit code. */
  protected abstract execute(): Promise<Outcome>;

  override async init(): Promise<void> {
    process.stdout.on('error', this.#onOutputError);
    process.stderr.on('error', ignoreClosedPipe);
    await super.init();
    const { ctor } = this;
    const { args, argv, flags } = await this.parse({
      args: withoutStdin(ctor.args),
      flags: ctor.flags,
      ...(ctor.baseFlags === undefined ? {} : { baseFlags: ctor.baseFlags }),
      strict: ctor.strict,
    });
    this.flags = flags as Flags<T>;
    this.args = args as Args<T>;
    this.words = argv as string[];
    const { verbose } = flags as { verbose?: boolean };
    this.view = await openView({ json: this.json, env: this.env, verbose: verbose === true });
  }

  override async run(): Promise<void> {
    const outcome = await this.execute();
    await this.view.close();
    const reason = outcome.reason ?? 'ok';
    const exitCode = exitCodes[reason].code;
    process.exitCode = exitCode;
    if (this.json) {
      const head = { version: 1, command: this.commandName, ok: reason === 'ok', reason, exitCode };
      const [error] = outcome.errors ?? [];
      const failed = error === undefined ? {} : { error: errorData(error) };
      await write(process.stdout, `${JSON.stringify({ ...head, ...outcome.data, ...failed }, null, 2)}\n`);
      return;
    }
    if (outcome.text !== undefined) {
      await write(process.stdout, `${sanitizeReport(outcome.text()).trimEnd()}\n`);
    }
    if (outcome.errors !== undefined && outcome.errors.length > 0) {
      await reportFailure(
        { reason, exitCode, errors: outcome.errors },
        { json: false, command: this.commandName, version: this.config.version },
      );
    }
  }

  override async catch(thrown: unknown): Promise<void> {
    if (this.view !== undefined) await this.view.close();
    if (this.signal.reason instanceof OutputClosed) return;
    const flagNames = Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags });
    await reportFailure(explain(thrown, this.commandName, flagNames), {
      json: this.json,
      command: this.commandName,
      version: this.config.version,
      showedOutput: this.view?.showedFailure ?? false,
    });
  }

  override async finally(): Promise<void> {
    this.#interrupts.dispose();
    process.stdout.off('error', this.#onOutputError);
    process.stderr.off('error', ignoreClosedPipe);
  }

  /** Aborted by the first Ctrl+C, SIGTERM or SIGHUP, or when the reader of stdout went away. */
  protected get signal(): AbortSignal {
    return this.#interrupts.signal;
  }

  /** `sandbox up` for the class in `src/commands/sandbox/up.ts`. */
  protected get commandName(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }

  /** `--json` was given; read from the words themselves, so that wrong flags are answered in JSON too. */
  protected get json(): boolean {
    const end = this.argv.indexOf('--');
    return (end === -1 ? this.argv : this.argv.slice(0, end)).includes('--json');
  }

  /** For `confirm` and `askSecret`. */
  protected get asking(): Asking {
    return {
      interactive: process.stdin.isTTY && process.stderr.isTTY && !this.json,
      signal: this.signal,
      suspend: async (work) => await this.view.suspend(work),
    };
  }

  /** True when `--yes` was given or the answer is yes. Without a terminal it throws a `UsageError` that demands `--yes`. */
  protected async confirmed(question: string): Promise<boolean> {
    const { yes } = this.flags as { yes?: boolean };
    return yes === true || (await confirm(this.asking, question));
  }

  readonly #onOutputError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') this.#interrupts.abort(new OutputClosed());
  };
}

/** oclif would fill a missing argument from standard input (`echo x | ops logs`); ours come from the command line only. */
function withoutStdin(args: Interfaces.ArgInput): Interfaces.ArgInput {
  return Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, { ...arg, ignoreStdin: true }]));
}

import { InterruptedError, OpsError, RemoteCommandError } from '../errors.ts';
import type { CommandResult, Host, OutputLine } from '../host/host.ts';
import type { Progress } from './progress.ts';
import type { ClientStep, Plan, ReachStep, ScriptStep, Step } from './step.ts';

/** What client steps do; the text becomes the note behind the step's title. */
export type ClientActions = Readonly<
  Partial<Record<ClientStep['action'], () => Promise<string | undefined>>>
>;

export interface ExecuteOptions {
  host: Host;
  actions?: ClientActions;
  progress: Progress;
  /** Milliseconds of a clock that never jumps. */
  clock: () => number;
  signal?: AbortSignal | undefined;
  /** Runs a hook on the operator's machine; plans without hooks need none. */
  runHook?: (
    command: string,
    env: Readonly<Record<string, string>>,
    options: { timeoutMs: number; onLine: (line: OutputLine) => void; signal?: AbortSignal | undefined },
  ) => Promise<CommandResult>;
  /** Asks an address as the host sees it; rejects until it answers as the step wants. */
  reach: (
    host: Host,
    address: string,
    port: number,
    step: Pick<ReachStep, 'path' | 'refuses'>,
  ) => Promise<void>;
  sleep: (milliseconds: number) => Promise<void>;
}

/** Standard output of each step, by step id. */
export type StepOutputs = ReadonlyMap<string, string>;

/**
 * Runs the steps of a plan in order and reports each; stops at the first that fails.
 *
 * What a failure means (put back, leave alone) is decided by the caller from fresh facts, never from memory of
 * what was done: the same code then serves a client that died.
 *
 * @throws OpsError with host and step in its place; `InterruptedError` when the signal aborts
 */
export async function execute(plan: Plan, options: ExecuteOptions): Promise<StepOutputs> {
  const { host, stage } = plan;
  const { progress, clock, signal } = options;
  const outputs = new Map<string, string>();
  if (plan.steps.length === 0) return outputs;
  const began = clock();
  progress({ type: 'stageStarted', host, stage, steps: plan.steps.map(({ id, title }) => ({ id, title })) });
  for (const step of plan.steps) {
    const started = clock();
    progress({ type: 'stepStarted', host, stage, id: step.id, title: step.title });
    try {
      if (signal?.aborted) throw new InterruptedError();
      const onLine = ({ stream, text }: OutputLine): unknown =>
        progress({ type: 'stepOutput', host, stage, id: step.id, line: text, stream });
      const { output, note } = await runStep(step, options, onLine);
      outputs.set(step.id, output);
      const durationMs = clock() - started;
      progress({
        type: 'stepDone',
        host,
        stage,
        id: step.id,
        durationMs,
        ...(note === undefined ? {} : { note }),
      });
    } catch (error) {
      const durationMs = clock() - started;
      const message = error instanceof Error ? error.message : String(error);
      progress({ type: 'stepFailed', host, stage, id: step.id, durationMs, message });
      progress({ type: 'stageFinished', host, stage, ok: false, durationMs: clock() - began });
      throw placed(error, host, step);
    }
  }
  progress({ type: 'stageFinished', host, stage, ok: true, durationMs: clock() - began });
  return outputs;
}

interface StepResult {
  output: string;
  note?: string | undefined;
}

async function runStep(
  step: Step,
  options: ExecuteOptions,
  onLine: (line: OutputLine) => unknown,
): Promise<StepResult> {
  const { host, signal } = options;
  if (step.kind === 'client') {
    const action = options.actions?.[step.action];
    if (!action) throw new Error(`The plan has a step "${step.action}" that nobody can do here.`);
    return { output: '', note: await action() };
  }
  const limits = { timeoutMs: step.timeoutMs, ...(signal ? { signal } : {}) };
  switch (step.kind) {
    case 'script': {
      const result = await host.script(step.script, { ...limits, onLine });
      if (result.code !== 0) throw failed(step, result);
      return { output: result.stdout, note: noteOf(step, result.stdout) };
    }
    case 'hook': {
      if (!options.runHook) throw new Error('The plan has a hook, and nobody runs hooks here.');
      const result = await options.runHook(step.command, step.env, { ...limits, onLine });
      if (signal?.aborted) throw new InterruptedError();
      if (result.code !== 0) throw failed(step, result);
      return { output: result.stdout };
    }
    case 'reach':
      return { output: await reachAll(step, options) };
  }
}

function noteOf({ notePrefix }: ScriptStep, output: string): string | undefined {
  const notes =
    notePrefix === undefined ? [] : output.split('\n').filter((line) => line.startsWith(notePrefix));
  return notes.length === 0 ? undefined : notes.join(', ');
}

/** Polls every address until it answers; ones that an earlier round has reached are not asked again. */
async function reachAll(step: ReachStep, options: ExecuteOptions): Promise<string> {
  const { host, clock, signal } = options;
  const end = clock() + step.timeoutMs;
  const result = await host.script(step.addresses, {
    timeoutMs: step.timeoutMs,
    ...(signal ? { signal } : {}),
  });
  if (result.code !== 0) throw failed(step, result);
  const waiting = new Set(result.stdout.split('\n').filter((line) => /^\S+ \d+$/.test(line)));
  if (waiting.size === 0)
    throw new RemoteCommandError('NOT_HEALTHY', 'None of the new containers runs with an address to ask.');
  let last = '';
  while (waiting.size > 0) {
    for (const line of waiting) {
      const [address = '', port = ''] = line.split(' ');
      try {
        await options.reach(host, address, Number(port), step);
        waiting.delete(line);
      } catch (error) {
        // Through a lost connection nothing answers any more: that says nothing about the containers.
        if (error instanceof OpsError && error.code === 'CONNECTION_LOST') throw error;
        last = error instanceof Error ? error.message : String(error);
      }
      if (signal?.aborted) throw new InterruptedError();
    }
    if (waiting.size > 0 && clock() > end) {
      throw new RemoteCommandError(
        'NOT_HEALTHY',
        `${[...waiting].map((line) => line.replace(' ', ':')).join(', ')} did not answer within ${step.timeoutMs / 1000} s: ${last}`,
      );
    }
    if (waiting.size > 0) await options.sleep(250);
  }
  return result.stdout;
}

function failed(step: Step, result: CommandResult): RemoteCommandError {
  const output = `${result.stdout.trimEnd()}\n${result.stderr.trimEnd()}`
    .split('\n')
    .filter((line) => line !== '');
  const how =
    result.code === null
      ? `was ended by signal ${result.signal ?? '?'}`
      : `failed with exit code ${result.code}`;
  // A script says last what went wrong; all the rest is how it came to it.
  const why = result.stderr.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return new RemoteCommandError('STEP_FAILED', `"${step.title}" ${how}${why === '' ? '.' : `: ${why}`}`, {
    place: {
      step: step.title,
      output: output.slice(-20),
      ...(step.kind === 'hook' ? { command: step.command } : {}),
    },
  });
}

/** The same error, which now says on which host and in which step. */
function placed(error: unknown, host: string, step: Step): unknown {
  if (!(error instanceof OpsError)) return error;
  return new OpsError(error.reason, error.code, error.message, {
    next: error.next,
    place: { ...error.place, host, step: step.title },
    cause: error,
  });
}

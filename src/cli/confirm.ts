import { InterruptedError, UsageError } from '../errors.ts';
import { sanitize } from './sanitize.ts';

/** What asking depends on. */
export interface Asking {
  /** Both ends are a terminal, and `--json` was not given. */
  interactive: boolean;
  signal: AbortSignal;
  /** Gives the terminal to the question. */
  suspend: <T>(work: () => Promise<T>) => Promise<T>;
}

async function ask<T>(
  asking: Asking,
  work: (context: { output: NodeJS.WriteStream; signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  try {
    return await asking.suspend(async () => await work({ output: process.stderr, signal: asking.signal }));
  } catch (error) {
    if (error instanceof Error && /^(ExitPrompt|AbortPrompt|Abort)Error$/.test(error.name)) {
      throw new InterruptedError('Interrupted at the question; nothing was changed.', { cause: error });
    }
    throw error;
  }
}

/**
 * Asks a yes/no question; `no` is the default. Without a terminal it throws a `UsageError` that names
 * what answers the question there (`--yes`).
 */
export async function confirm(asking: Asking, question: string, flag = '--yes'): Promise<boolean> {
  if (!asking.interactive) {
    throw new UsageError(
      'NEEDS_YES',
      `This needs a yes, and there is no terminal to ask on: ${sanitize(question)}`,
      {
        next: [`Add ${flag} if you mean it.`],
      },
    );
  }
  return await ask(asking, async (context) => {
    const { default: inquirer } = await import('inquirer');
    const { answer } = await inquirer.createPromptModule(context)<{ answer: boolean }>([
      { type: 'confirm', name: 'answer', message: sanitize(question), default: false },
    ]);
    return answer;
  });
}

/** Asks for a secret without showing it; undefined where there is no terminal. */
export async function askSecret(asking: Asking, question: string): Promise<string | undefined> {
  if (!asking.interactive) return undefined;
  return await ask(asking, async (context) => {
    const { default: inquirer } = await import('inquirer');
    const { answer } = await inquirer.createPromptModule(context)<{ answer: string }>([
      { type: 'password', name: 'answer', message: sanitize(question), mask: false },
    ]);
    return answer;
  });
}

import type { ShellCommand } from './shell.ts';

/** A command, and the function whose body it is in. */
export interface OwnedCommand extends ShellCommand {
  within?: string;
}

/**
 * The commands that run: a function's only where it is called, under the conditions of its callers. A program whose name
 * is not known may be any of the functions.
 */
export function calledCommands(commands: readonly OwnedCommand[]): ShellCommand[] {
  const bodies = Map.groupBy(commands, ({ within }) => within);
  /** Of each function that is called, whether only under a condition. */
  const called = new Map<string | undefined, boolean>([[undefined, false]]);
  const pending: (string | undefined)[] = [undefined];
  const call = (name: string, maybe: boolean): void => {
    const known = called.get(name);
    if (!bodies.has(name) || known === false || (known === true && maybe)) return;
    called.set(name, maybe);
    pending.push(name);
  };
  let anything = false;
  for (let index = 0; index < pending.length; index += 1) {
    const caller = pending[index];
    const outer = called.get(caller) ?? false;
    for (const { words, conditional } of bodies.get(caller) ?? []) {
      const [program] = words;
      if (!program) continue;
      if (program.resolved) call(program.text, outer || conditional);
      else if (!anything) {
        anything = true;
        for (const name of bodies.keys()) if (name !== undefined) call(name, true);
      }
    }
  }
  return commands.flatMap(({ words, conditional, within }): ShellCommand[] => {
    const outer = called.get(within);
    return outer === undefined ? [] : [{ words, conditional: conditional || outer }];
  });
}

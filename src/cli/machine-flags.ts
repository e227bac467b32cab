import { string } from '@oclif/core/flags';
import { UsageError } from '../errors.ts';
import { parseBytes, parseCpus } from '../readers/compose/units.ts';
import type { Machine } from '../stack/stack.ts';

/** The machine that the stack is for, where no server is asked. */
export const machineFlags = {
  memory: string({ summary: 'Memory of the server: 4G, 512M.', helpValue: 'SIZE', dependsOn: ['cpus'] }),
  cpus: string({ summary: 'CPUs of the server.', helpValue: 'NUMBER', dependsOn: ['memory'] }),
};

/**
 * @returns undefined when neither was given
 * @throws UsageError for what is no size or no number
 */
export function givenMachine(flags: {
  memory?: string | undefined;
  cpus?: string | undefined;
}): Machine | undefined {
  if (flags.memory === undefined || flags.cpus === undefined) return undefined;
  const memoryBytes = parseBytes(flags.memory);
  const cpus = parseCpus(flags.cpus);
  if (memoryBytes === undefined || memoryBytes <= 0) throw wrong('memory', flags.memory, '4G or 512M');
  if (cpus === undefined || cpus <= 0) throw wrong('cpus', flags.cpus, '2 or 1.5');
  return { cpus, memoryBytes, source: 'given' };
}

function wrong(flag: string, value: string, example: string): UsageError {
  return new UsageError('WRONG_FLAG', `--${flag} is ${JSON.stringify(value)}, which is none.`, {
    next: [`Write it as ${example}.`],
  });
}

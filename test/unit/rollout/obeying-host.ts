import type { CommandResult, Host } from '../../../src/host/host.ts';

export const ended: CommandResult = {
  code: 0,
  signal: null,
  stdout: '',
  stderr: '',
  truncated: false,
  durationMs: 1,
};

/** A host that gives its lock to whoever asks, and keeps it; scripts end as `script` says. */
export function obeyingHost(script: (text: string) => CommandResult): Partial<Host> {
  return {
    script: async (text) => await Promise.resolve(script(text)),
    start: async (_, { onLine } = {}) => {
      onLine?.({ stream: 'stdout', text: 'acquired' });
      return await Promise.resolve({
        write: () => {},
        end: async () => await Promise.resolve(ended),
        ended: new Promise<CommandResult>(() => {}),
      });
    },
  };
}

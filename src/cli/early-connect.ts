import type { HostConfig } from '../config/config.ts';
import type { Host } from '../host/host.ts';
import type { Context } from './context.ts';

/**
 * Begins to connect to all hosts of the target at once, so that the way to them and the loading of the rest of the
 * program take the same time. Whoever connects to a host first gets that connection.
 *
 * @returns the context to go on with, and what closes connections that nobody asked for
 */
export function connectEarly(context: Context): { context: Context; abandon: () => Promise<void> } {
  const begun = new Map<HostConfig, Promise<Host>>();
  for (const host of context.config.target.hosts) {
    const connection = context.connect(host, context.signal);
    // It is told to who asks for the host.
    connection.catch(() => {});
    begun.set(host, connection);
  }
  return {
    context: {
      ...context,
      connect: async (address, signal) => {
        const connection = begun.get(address);
        begun.delete(address);
        return await (connection ?? context.connect(address, signal));
      },
    },
    abandon: async () => {
      await Promise.all(
        [...begun.values()].map(async (connection) => {
          const host = await connection.catch(() => undefined);
          await host?.close();
        }),
      );
    },
  };
}

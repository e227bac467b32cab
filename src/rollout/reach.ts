import { OpsError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { ReachStep } from '../plan/step.ts';
import { ask } from '../probe/probe.ts';

/**
 * Asks a container at an address as the host sees it, through the connection.
 *
 * @throws Error with what it answered, or that nothing did; OpsError `CONNECTION_LOST` when nobody could ask
 */
export async function reach(
  host: Pick<Host, 'forward' | 'lost'>,
  address: string,
  port: number,
  { path, refuses }: Pick<ReachStep, 'path' | 'refuses'>,
): Promise<void> {
  if (path === undefined) {
    (await host.forward(address, port)).destroy();
    return;
  }
  const { status } = await ask(host, { kind: 'tunnel', address, port, tls: false }, path).catch(
    (error: unknown) => {
      const lost = error instanceof OpsError && error.code === 'CONNECTION_LOST';
      if (refuses !== 'server-error' || lost) throw error;
      return { status: 0 };
    },
  );
  if (status >= (refuses === 'server-error' ? 500 : 400)) throw new Error(`HTTP ${status}`);
}

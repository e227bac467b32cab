import type { HostConfig } from '../config/config.ts';
import { OpsError, UsageError } from '../errors.ts';
import { mostSevere, type ExitReason } from '../exit-codes.ts';
import type { Connect, Host } from '../host/host.ts';

/** What came of one host: a value, or why there is none. A bug is thrown, never kept. */
export type PerHost<Value> =
  /** `roundTrips`: sequential requests over SSH that it took. */
  { host: string; value: Value; roundTrips: number } | { host: string; error: OpsError };

export type OnFailure = (host: string, error: OpsError) => void;

/** Hosts of a target that stay connected between rounds; one that was lost is connected again at the next round. */
export interface HostPool {
  /**
   * Works on all hosts at once; one host's failure does not stop the others. In the order of the configuration.
   *
   * @param onFailure takes each failure as it occurs, while the others still work
   */
  each<Value>(work: (host: Host) => Promise<Value>, onFailure?: OnFailure): Promise<PerHost<Value>[]>;
  close(): Promise<void>;
}

export function hostPool(
  hosts: readonly HostConfig[],
  connect: Connect<HostConfig>,
  signal?: AbortSignal,
): HostPool {
  const open = new Map<string, Host>();
  const closeOne = async (name: string): Promise<void> => {
    const host = open.get(name);
    open.delete(name);
    await host?.close();
  };
  return {
    async each(work, onFailure) {
      return await Promise.all(
        hosts.map(async (config) => {
          try {
            const host = open.get(config.name) ?? (await connect(config, signal));
            open.set(config.name, host);
            const before = host.roundTrips;
            const value = await work(host);
            return { host: config.name, value, roundTrips: host.roundTrips - before };
          } catch (error) {
            signal?.throwIfAborted();
            if (!(error instanceof OpsError)) throw error;
            onFailure?.(config.name, error);
            if (error.reason === 'connection') await closeOne(config.name);
            return { host: config.name, error };
          }
        }),
      );
    },
    async close() {
      await Promise.allSettled([...open.keys()].map(closeOne));
    },
  };
}

/** Opens the hosts of a target, works on all of them at once, and closes them again. */
export async function onEachHost<Value>(
  hosts: readonly HostConfig[],
  connect: Connect<HostConfig>,
  signal: AbortSignal,
  work: (host: Host) => Promise<Value>,
  onFailure?: OnFailure,
): Promise<PerHost<Value>[]> {
  const pool = hostPool(hosts, connect, signal);
  try {
    return await pool.each(work, onFailure);
  } finally {
    await pool.close();
  }
}

/**
 * Throws the failures when there is nothing else to show; they then have their place and next steps.
 *
 * @throws AggregateError of OpsErrors
 */
export function requireSome(results: readonly PerHost<unknown>[]): void {
  const errors = failures(results);
  if (errors.length > 0 && errors.length === results.length) throw new AggregateError(errors);
}

/** The failures of a round; a command that shows the other hosts still ends with their exit code. */
export function failures(results: readonly PerHost<unknown>[]): OpsError[] {
  return results.flatMap((result) => ('error' in result ? [result.error] : []));
}

/** How a round ended: the failure that a caller must know of first, or `ok`. */
export function roundReason(results: readonly PerHost<unknown>[]): ExitReason {
  return mostSevere(failures(results).map(({ reason }) => reason)) ?? 'ok';
}

/**
 * The host of a target by its name; without one, the first.
 *
 * @throws UsageError `UNKNOWN_HOST`
 */
export function hostNamed(hosts: readonly HostConfig[], name: string | undefined): HostConfig {
  const found = name === undefined ? hosts[0] : hosts.find((host) => host.name === name);
  if (found) return found;
  throw new UsageError('UNKNOWN_HOST', `The target has no host ${name ?? ''}.`, {
    next: [`It has: ${hosts.map((host) => host.name).join(', ')}.`],
  });
}

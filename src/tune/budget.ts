import type { TuneInput, TuneService } from './plan.ts';
import { gib, mib, readable, roundDown, roundUp } from './units.ts';

/** Containers get whole steps of this size. */
export const memoryStep = 16 * mib;

/** A PostgreSQL with a smaller container has no room for twenty connections beside shared_buffers. */
export const leastDatabaseBytes = 192 * mib;

/** Of what apps and databases share: the apps' part, while they want more workers than fit. */
const appShare = 0.6;

/** Taken for a service that nothing is known of; it gets no limit. */
const assumedOtherBytes = 128 * mib;
const poolerBytes = 64 * mib;

/** Memory kept for the kernel, Docker, SSH and the building of images: shares of the machine's memory, from below. */
const reserveShares = [
  { upTo: 4 * gib, share: 0.25 },
  { upTo: 8 * gib, share: 0.2 },
  { upTo: 16 * gib, share: 0.1 },
  { upTo: 128 * gib, share: 0.06 },
  { upTo: Infinity, share: 0.02 },
] as const;

/**
 * What Google's Kubernetes Engine keeps for the system of a node with that memory: 255 MiB below 1 GiB, else 25 % of
 * the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % up to 128, 2 % of the rest.
 */
export function systemReserve(memoryBytes: number): number {
  if (memoryBytes < gib) return 255 * mib;
  let reserve = 0;
  let from = 0;
  for (const { upTo, share } of reserveShares) {
    reserve += Math.max(0, Math.min(memoryBytes, upTo) - from) * share;
    from = upTo;
  }
  return Math.ceil(reserve);
}

/** Containers of a service at the worst moment: while a deploy rolls it, the old and the new ones. */
export function containersAtOnce({ replicas, rolled }: TuneService): number {
  return replicas * (rolled ? 2 : 1);
}

/** `2 × 768 MB`, or the size alone. */
export function times(containers: number, bytes: number): string {
  return containers === 1 ? readable(bytes) : `${containers} × ${readable(bytes)}`;
}

export interface FixedShare {
  service: TuneService;
  /** Of one container. */
  bytes: number;
  /** Undefined: too little is known to limit it. */
  limitFormula?: string;
}

/** Memory of services that are neither apps nor databases nor proxies. */
export function fixedShare(service: TuneService): FixedShare {
  const { memoryLimitBytes, usedBytes } = service;
  if (memoryLimitBytes !== undefined)
    return { service, bytes: memoryLimitBytes, limitFormula: 'the limit that is set' };
  if (usedBytes !== undefined) {
    const bytes = roundUp(Math.max(64 * mib, usedBytes * 1.5), memoryStep);
    return { service, bytes, limitFormula: `1.5 × ${readable(usedBytes)} in use, at least 64 MB` };
  }
  return service.role === 'pgbouncer'
    ? { service, bytes: poolerBytes, limitFormula: 'one process without threads, some kB a connection' }
    : { service, bytes: assumedOtherBytes };
}

/**
 * What apps and databases get of the memory that is left for both. The apps' part is a fixed share while they want more
 * than that, so that more memory never means less for either.
 *
 * @param leastApps what the apps need to run at all, and what the databases need
 */
export function splitMemory(
  left: number,
  leastApps: number,
  leastDatabases: number,
): { apps: number; databases: number } {
  if (leastDatabases === 0) return { apps: left, databases: 0 };
  if (leastApps === 0) return { apps: 0, databases: left };
  const apps = Math.max(leastApps, Math.min(left - leastDatabases, left * appShare));
  return { apps, databases: left - apps };
}

/** Memory of one database's container when several share `bytes`. */
export function databaseShare(bytes: number, containers: number): number {
  return roundDown(bytes / containers, memoryStep);
}

/** Memory that the machine has for containers. */
export function usableMemory({ machine }: TuneInput): number {
  return machine.memoryBytes - systemReserve(machine.memoryBytes);
}

import { findAppServer } from '../../check/app-server.ts';
import type { Service } from '../../stack/stack.ts';
import type { EvidenceLine } from '../finding.ts';

/** The worker processes of the first running container; undefined: offline, or no server that is known runs in it. */
export function liveWorkers({ live }: Service): { count: number; evidence: EvidenceLine } | undefined {
  const container = live?.containers.find(({ running }) => running);
  if (!container || !live?.processes) return undefined;
  const server = findAppServer({ processes: live.processes, env: {} });
  if (!server || server.workers === 0) return undefined;
  return {
    count: server.workers,
    evidence: {
      source: `docker top ${container.name}`,
      text: `${server.name}: ${server.workers} worker ${server.workers === 1 ? 'process' : 'processes'}`,
    },
  };
}

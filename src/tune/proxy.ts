import { memoryStep } from './budget.ts';
import { cpuLimit } from './cpus.ts';
import type { TuneInput, TunedSetting, TuneService } from './plan.ts';
import { sources } from './sources.ts';
import { composeSize, cpuText, gib, kib, mib, readable, roundDown } from './units.ts';

/** The program, its configuration and zones for limits and cache keys. */
const baseBytes = 64 * mib;
/** Of one proxied request: proxy_buffers 8 × 8k and proxy_buffer_size 8k. */
const requestBytes = 72 * kib;
const leastConnections = 512;

export interface ProxySize {
  service: TuneService;
  processes: number;
  /** worker_connections: of one process. */
  connections: number;
  /** What is set aside for one container, and its limit, which is that in whole steps. */
  shareBytes: number;
  memoryBytes: number;
}

/** Of one process with all its connections in use; a proxied request takes two: the client's and the app's. */
function buffers(connections: number): number {
  return (connections / 2) * requestBytes;
}

/** Memory that is set aside for one container of an nginx: 1/32 of the machine's, from 96 to 512 MB. */
function proxyShare({ memoryBytes }: TuneInput['machine']): number {
  return Math.min(512 * mib, Math.max(96 * mib, memoryBytes / 32));
}

/** Workers and connections of an nginx, such that its memory suffices when all of them are used. */
export function proxySize(service: TuneService, machine: TuneInput['machine']): ProxySize {
  const shareBytes = service.memoryLimitBytes ?? proxyShare(machine);
  const memoryBytes = service.memoryLimitBytes ?? roundDown(shareBytes, memoryStep);
  const limit = cpuLimit(service, machine) ?? machine.cpus;
  const room = Math.max(0, memoryBytes - baseBytes);
  const processes = Math.max(1, Math.min(Math.ceil(limit), Math.floor(room / buffers(1024))));
  const most = 1024 * Math.min(4, Math.max(1, Math.floor(machine.memoryBytes / (4 * gib))));
  const connections =
    [4096, 3072, 2048, 1024].find((count) => count <= most && processes * buffers(count) <= room) ??
    leastConnections;
  return { service, processes, connections, shareBytes, memoryBytes };
}

export function proxySettings(size: ProxySize, machine: TuneInput['machine']): readonly TunedSetting[] {
  const { service, processes, connections, memoryBytes } = size;
  const limit = cpuLimit(service, machine) ?? machine.cpus;
  const common = { service: service.name };
  const whole = Number.isInteger(limit)
    ? `${limit} ${limit === 1 ? 'CPU' : 'CPUs'}`
    : `⌈${cpuText(limit)} CPUs⌉`;
  return [
    {
      ...common,
      name: 'worker_processes',
      value: String(processes),
      amount: processes,
      formula:
        processes < Math.ceil(limit)
          ? `${whole}, cut to what its memory has room for`
          : `${whole} of the container; \`auto\` counts those of the machine`,
      source: sources.nginxProcesses,
      requires: 'reload',
    },
    {
      ...common,
      name: 'worker_connections',
      value: String(connections),
      amount: connections,
      formula: `1024 for each 4 GB of memory, from ${leastConnections} to 4096, as far as their buffers fit; two of them a request, so ${(processes * connections) / 2} requests at once`,
      source: sources.nginxConnections,
      requires: 'reload',
    },
    {
      ...common,
      name: 'memory',
      value: composeSize(memoryBytes),
      amount: memoryBytes,
      formula:
        service.memoryLimitBytes === undefined
          ? `1/32 of ${readable(machine.memoryBytes)}, from 96 to 512 MB; ${readable(baseBytes)} + ${processes} × ${connections} / 2 × ${readable(requestBytes)} of buffers fit`
          : 'the limit that is set',
      source: sources.nginxBuffers,
      requires: 'recreate',
    },
  ];
}

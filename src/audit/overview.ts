import type { Machine, Role, Service, Stack } from '../stack/stack.ts';

/** The figures of a stack that open a report. */
export interface StackOverview {
  services: readonly ServiceOverview[];
  /** Undefined: not known. */
  machine?: Machine;
  /** The first is the one that was named, or found. */
  composeFiles: readonly string[];
  /** Text files that were there to be read. */
  files: number;
}

export interface ServiceOverview {
  name: string;
  role: Role;
  replicas: number;
  /** `gunicorn`, of apps and workers. */
  server?: string;
  /** Server processes of one container, where the project says a number. */
  workers?: number;
  /** `17`, `1.27.3`: of PostgreSQL and nginx. */
  version?: string;
  memoryLimitBytes?: number;
  cpuLimit?: number;
}

export function overviewOf(stack: Stack): StackOverview {
  return {
    services: stack.services.map(serviceOverview),
    ...(stack.machine ? { machine: stack.machine } : {}),
    composeFiles: stack.compose.paths,
    files: stack.files.paths.length,
  };
}

function serviceOverview(service: Service): ServiceOverview {
  const { name, role, replicas, app, limits, postgres, nginxVersion } = service;
  const workers = app?.workers.value;
  const version = nginxVersion ?? postgres?.majorVersion?.toString();
  return {
    name,
    role,
    replicas,
    ...(app ? { server: app.kind } : {}),
    ...(workers?.kind === 'count' ? { workers: workers.count } : {}),
    ...(version === undefined ? {} : { version }),
    ...(limits.memoryBytes ? { memoryLimitBytes: limits.memoryBytes.value } : {}),
    ...(limits.cpus ? { cpuLimit: limits.cpus.value } : {}),
  };
}

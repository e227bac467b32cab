import type { TunedSetting } from '../plan.ts';

/** What a person does to set a value by hand. Markdown. */
export function manualStep({ service, name, value }: TunedSetting): string {
  switch (name) {
    case 'workers':
      return `Start \`${service}\` with ${value} ${value === '1' ? 'worker' : 'workers'}.`;
    case 'pool_size':
    case 'max_overflow':
      return `Give the engine of \`${service}\` \`${name}=${value}\`.`;
    case 'memory':
    case 'cpus':
      return `Set \`deploy.resources.limits.${name}\` of \`${service}\` to \`${value}\`.`;
    case 'shm_size':
      return `Set \`shm_size: ${value}\` for \`${service}\`.`;
    case 'worker_processes':
      return `Set \`worker_processes ${value};\` at the top of the nginx.conf of \`${service}\`.`;
    case 'worker_connections':
      return `Set \`worker_connections ${value};\` in \`events\` of the nginx.conf of \`${service}\`.`;
    case 'default_pool_size':
    case 'max_client_conn':
      return `Set \`${name} = ${value}\` in the configuration of \`${service}\`.`;
    default:
      return `Give PostgreSQL of \`${service}\` \`-c ${name}=${value}\`.`;
  }
}

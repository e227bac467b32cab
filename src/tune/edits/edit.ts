import type { Service, Stack } from '../../stack/stack.ts';
import type { TunedSetting } from '../plan.ts';
import { poolEdit, workersEdit } from './app.ts';
import { limitEdit, sharedMemoryEdit } from './container.ts';
import { leave, unchanged, type GroupEdit } from './group.ts';
import { poolerEdit } from './pooler.ts';
import { postgresEdit } from './postgres.ts';
import { nginxEdit } from './proxy.ts';

/** Settings of one service that are written together: both numbers of a pool, all settings of PostgreSQL. */
export interface SettingGroup {
  service: string;
  settings: readonly TunedSetting[];
}

const alone = new Set([
  'workers',
  'memory',
  'cpus',
  'shm_size',
  'worker_processes',
  'worker_connections',
  'default_pool_size',
  'max_client_conn',
]);

/** In the order of the plan. */
export function groupsOf(settings: readonly TunedSetting[]): readonly SettingGroup[] {
  const groups = new Map<string, SettingGroup>();
  for (const setting of settings) {
    const { service, name } = setting;
    const key = `${service}\0${alone.has(name) ? name : isPool(name) ? 'pool' : 'postgres'}`;
    const group = groups.get(key);
    groups.set(key, { service, settings: group ? [...group.settings, setting] : [setting] });
  }
  return [...groups.values()];
}

export function isPool(name: string): boolean {
  return name === 'pool_size' || name === 'max_overflow';
}

/** What it takes for a group to have its values in the files of a stack. */
export function editGroup(stack: Stack, { service: name, settings }: SettingGroup): GroupEdit {
  const [setting] = settings;
  if (!setting) return unchanged([]);
  const service: Service | undefined = stack.services.find((one) => one.name === name);
  if (!service) return leave(settings, 'The service is not in the files.');
  switch (setting.name) {
    case 'workers':
      return workersEdit(stack, service, setting);
    case 'pool_size':
    case 'max_overflow':
      return poolEdit(stack, service, settings);
    case 'memory':
    case 'cpus':
      return limitEdit(stack, service, setting);
    case 'shm_size':
      return sharedMemoryEdit(stack, service, setting);
    case 'worker_processes':
    case 'worker_connections':
      return nginxEdit(stack, service, setting);
    case 'default_pool_size':
    case 'max_client_conn':
      return poolerEdit(stack, service, setting);
    default:
      return postgresEdit(stack, service, settings);
  }
}

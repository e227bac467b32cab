import { workerCount } from '../audit/subjects/app.ts';
import { poolTotal } from '../audit/subjects/pools.ts';
import { postgresServices, settingOf } from '../audit/subjects/postgres.ts';
import type { Service, Stack } from '../stack/stack.ts';
import { isPool } from './edits/edit.ts';
import { leave, type LeftSetting } from './edits/group.ts';
import type { TunedSetting } from './plan.ts';

/**
 * Settings that must not be written while others are left, since their sum would be more than there is: workers beyond
 * the memory of their container, pools beyond max_connections, a container smaller than what runs in it.
 *
 * @param stack as it is now
 * @param left what cannot be written
 * @returns all that is left, the given ones first
 */
export function withCoupled(
  stack: Stack,
  settings: readonly TunedSetting[],
  left: readonly LeftSetting[],
): readonly LeftSetting[] {
  const ways = new Map(settings.map((setting) => [setting, wayOf(stack, settings, setting)]));
  const pooled = settings.some(({ name }) => name === clientLimit);
  const all = [...left];
  for (;;) {
    const isLeft = (setting: TunedSetting): boolean => all.some((one) => one.setting === setting);
    const more = settings.flatMap((setting) => {
      if (isLeft(setting)) return [];
      const own: Move = { setting, way: ways.get(setting) ?? 'unknown' };
      const needed = settings.find(
        (other) =>
          isLeft(other) && needs(stack, own, { setting: other, way: ways.get(other) ?? 'unknown' }, pooled),
      );
      return needed
        ? leave([setting], `It goes with ${needed.name} ${needed.value} of ${needed.service}, which is left.`)
            .left
        : [];
    });
    if (more.length === 0) return all;
    all.push(...more);
  }
}

/** Of the planned value, against the present one. */
type Way = 'up' | 'down' | 'same' | 'unknown';

interface Move {
  setting: TunedSetting;
  way: Way;
}

/** Of PgBouncer: the clients that it accepts. */
const clientLimit = 'max_client_conn';
/** What is no setting of PostgreSQL itself. */
const ofContainer = new Set(['memory', 'cpus', 'shm_size']);

/**
 * Whether a setting without the other one would be more than there is.
 *
 * @param pooled the apps' connections end at a PgBouncer
 */
function needs(stack: Stack, { setting, way }: Move, other: Move, pooled: boolean): boolean {
  const { name } = setting;
  const own = setting.service === other.setting.service;
  const grows = way === 'up' || way === 'unknown';
  const shrinks = way === 'down' || way === 'unknown';
  const noRoom = other.way === 'up' || other.way === 'unknown';
  const stillUsed = other.way === 'down' || other.way === 'unknown';
  const isClient = (one: string): boolean => one === 'workers' || isPool(one);
  if (isClient(name) && other.setting.name === (pooled ? clientLimit : 'max_connections'))
    return grows && noRoom;
  if (name === 'default_pool_size') return other.setting.name === 'max_connections' && grows && noRoom;
  if (name === 'workers') return own && other.setting.name === 'memory' && grows && noRoom;
  if (name === 'memory')
    return own && shrinks && stillUsed && ['workers', 'shared_buffers'].includes(other.setting.name);
  if (name === 'max_connections' && shrinks && stillUsed)
    if (pooled ? other.setting.name === 'default_pool_size' : isClient(other.setting.name)) return true;
  // PostgreSQL's settings are for the memory of its container.
  return own && other.setting.name === 'memory' && noRoom && isPostgres(stack, setting);
}

function isPostgres(stack: Stack, { service, name }: TunedSetting): boolean {
  return !ofContainer.has(name) && postgresServices(stack).some((one) => one.name === service);
}

function wayOf(stack: Stack, settings: readonly TunedSetting[], setting: TunedSetting): Way {
  const service = stack.services.find(({ name }) => name === setting.service);
  const current = service && presentAmount(stack, service, setting.name);
  const planned = isPool(setting.name)
    ? settings
        .filter((one) => one.service === setting.service && isPool(one.name))
        .reduce((sum, { amount = 0 }) => sum + amount, 0)
    : setting.amount;
  if (current === undefined || planned === undefined) return 'unknown';
  return planned > current ? 'up' : planned < current ? 'down' : 'same';
}

/** In the unit of the setting's amount; of a pool both parts together; no limit is infinitely much. */
function presentAmount(stack: Stack, service: Service, name: string): number | undefined {
  switch (name) {
    case 'workers':
      return service.app && workerCount(service.app.workers.value, stack.machine?.cpus);
    case 'pool_size':
    case 'max_overflow': {
      const pools = service.pools.filter(({ none }) => !none);
      const known = pools.length > 0 && pools.every(({ open, unlimited }) => !open && !unlimited);
      return known ? pools.reduce((sum, pool) => sum + poolTotal(pool), 0) : undefined;
    }
    case 'memory': {
      const { memoryBytes } = service.limits;
      const isSet = memoryKeys.some((path) => service.compose.get(...path) !== undefined);
      return memoryBytes?.value ?? (isSet ? undefined : Infinity);
    }
    case 'max_connections':
    case 'shared_buffers': {
      const server = postgresServices(stack).find((one) => one.name === service.name);
      const setting = server && settingOf(server, name);
      return setting?.bytes ?? (/^\d+$/.test(setting?.value ?? '') ? Number(setting?.value) : undefined);
    }
    default:
      return undefined;
  }
}

const memoryKeys = [['deploy', 'resources', 'limits', 'memory'], ['mem_limit']] as const;

import { withoutReload, workersEdits } from '../../audit/subjects/app-edit.ts';
import { environmentEdits } from '../../audit/subjects/environment-edit.ts';
import { poolFix, poolTotal } from '../../audit/subjects/pools.ts';
import { processState } from '../../audit/subjects/process-state.ts';
import type { Pool, Service, Stack } from '../../stack/stack.ts';
import type { TunedSetting } from '../plan.ts';
import { edited, leave, unchanged, type GroupEdit } from './group.ts';

/** The number of processes, where the command, the configuration file or the environment has it. */
export function workersEdit(stack: Stack, service: Service, setting: TunedSetting): GroupEdit {
  const { app } = service;
  const count = setting.amount ?? 1;
  if (!app) return leave([setting], 'What starts it was not found in the files.');
  const { value, source } = app.workers;
  if (value.kind === 'count' && value.count === count && app.kind !== 'development')
    return unchanged([setting]);
  if (app.kind === 'development')
    return leave([setting], 'It starts a server for development, which has no such setting.');
  const state = value.kind === 'count' && value.count === 1 ? processState(service) : [];
  if (state.length > 0)
    return leave(
      [setting],
      `One process keeps for all what several would not share: ${state.map(({ text }) => text).join('; ')}.`,
    );
  // Images that count CPUs by themselves listen to this variable.
  const edits =
    source.by === 'base-image'
      ? environmentEdits(stack, service, 'WEB_CONCURRENCY', setting.value)
      : workersEdits(stack.files, app, count, withoutReload(app));
  return edited([setting], edits, 'Where it is set is no place for a number that can be edited.');
}

/** `pool_size` and `max_overflow` together; pools of other libraries have one number for both. */
export function poolEdit(stack: Stack, service: Service, settings: readonly TunedSetting[]): GroupEdit {
  const pools = service.pools.filter(({ none }) => !none);
  const [pool, second] = pools;
  if (!pool) return leave(settings, 'No pool was found in its code.');
  if (second)
    return leave(
      settings,
      `It has ${pools.length} pools: the connections of a process have to be divided among them.`,
    );
  if (has(pool, settings)) return unchanged(settings);
  const fix = poolFix(stack, service, pool, { feasible: true, settings, notes: [] });
  return edited(settings, fix.edits, 'The size is not written where the pool is opened.');
}

function has(pool: Pool, settings: readonly TunedSetting[]): boolean {
  const [size = 0, overflow = 0] = ['pool_size', 'max_overflow'].map(
    (name) => settings.find((setting) => setting.name === name)?.amount,
  );
  if (pool.unlimited || pool.open) return false;
  return pool.library === 'sqlalchemy' || pool.library === 'flask-sqlalchemy'
    ? pool.size.value === size && pool.overflow.value === overflow
    : poolTotal(pool) === size + overflow;
}

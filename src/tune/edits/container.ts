import { setIn } from '../../readers/compose/splice.ts';
import { parseBytes } from '../../readers/compose/units.ts';
import { limitValues, type Resource } from '../../audit/subjects/limits.ts';
import { sharedMemorySize } from '../../audit/subjects/postgres.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import type { TunedSetting } from '../plan.ts';
import { edited, fromVariable, leave, unchanged, variableOf, type GroupEdit } from './group.ts';

const paths = {
  memory: [['deploy', 'resources', 'limits', 'memory'], ['mem_limit']],
  cpus: [['deploy', 'resources', 'limits', 'cpus'], ['cpus']],
} as const;

const noPlace = 'There is no place in the Compose file where it can be written safely.';

/** A limit of a container, in the syntax of Compose that the service uses. */
export function limitEdit(stack: Stack, service: Service, setting: TunedSetting): GroupEdit {
  const resource: Resource = setting.name === 'memory' ? 'memory' : 'cpus';
  const { compose, limits } = service;
  const current = resource === 'memory' ? limits.memoryBytes?.value : limits.cpus?.value;
  if (current === setting.amount) return unchanged([setting]);
  const variable = paths[resource]
    .map((path) => variableOf(stack.files, compose.get(...path)?.at))
    .find((name) => name !== undefined);
  if (variable !== undefined) return leave([setting], fromVariable(variable));
  const conflict = conflictOf(service, resource, setting.amount ?? 0);
  if (conflict !== undefined) return leave([setting], conflict);
  const values = limitValues(service, { [resource]: setting.value });
  return edited([setting], setIn(stack.files, compose, [], values), noPlace);
}

/** What Docker refuses beside the limit. */
function conflictOf({ compose }: Service, resource: Resource, amount: number): string | undefined {
  if (resource === 'cpus')
    return compose.get('cpu_quota') === undefined
      ? undefined
      : '`cpu_quota` is set, which Docker refuses beside a number of CPUs.';
  const swap = compose.get('memswap_limit');
  const bounds = [
    compose.get('mem_reservation'),
    compose.get('deploy', 'resources', 'reservations', 'memory'),
  ];
  const bytes = (node: typeof swap): number =>
    node?.kind === 'scalar' ? (parseBytes(node.value) ?? Infinity) : Infinity;
  if (bounds.some((node) => node !== undefined && bytes(node) > amount))
    return 'More than that is reserved for it.';
  return swap !== undefined && bytes(swap) >= 0 && bytes(swap) < amount
    ? '`memswap_limit`, which is memory and swap together, is less than that.'
    : undefined;
}

/** The size of /dev/shm. More than planned does no harm: it is taken only when used. */
export function sharedMemoryEdit(stack: Stack, service: Service, setting: TunedSetting): GroupEdit {
  const current = sharedMemorySize(service);
  const variable = variableOf(stack.files, service.compose.get('shm_size')?.at);
  if (variable !== undefined && (current === undefined || current.bytes < (setting.amount ?? 0)))
    return leave([setting], fromVariable(variable));
  if (current === undefined || current.bytes >= (setting.amount ?? 0)) return unchanged([setting]);
  return edited([setting], setIn(stack.files, service.compose, [], { shm_size: setting.value }), noPlace);
}

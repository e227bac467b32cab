import type { Located } from '../../source/span.ts';
import type { Limits } from '../../stack/stack.ts';
import type { ComposeServiceModel } from './project.ts';
import { parseBytes, parseCpus } from './units.ts';

/** Resource limits of a service: `deploy.resources.limits`, else `mem_limit`, `cpus` and `pids_limit`. 0 is no limit. */
export function limitsOf(service: ComposeServiceModel): Limits {
  const read = (
    parse: (value: string | number | boolean | null) => number | undefined,
    ...paths: readonly string[][]
  ): Located<number> | undefined => {
    for (const path of paths) {
      const node = service.get(...path);
      const value = node?.kind === 'scalar' ? parse(node.value) : undefined;
      if (node && value !== undefined && value > 0) return { value, at: node.at };
    }
    return undefined;
  };
  const memoryBytes = read(parseBytes, ['deploy', 'resources', 'limits', 'memory'], ['mem_limit']);
  const cpus = read(parseCpus, ['deploy', 'resources', 'limits', 'cpus'], ['cpus']) ?? quota(service);
  const pids = read(parseCpus, ['deploy', 'resources', 'limits', 'pids'], ['pids_limit']);
  return {
    ...(memoryBytes ? { memoryBytes } : {}),
    ...(cpus ? { cpus } : {}),
    ...(pids ? { pids } : {}),
  };
}

/** `cpu_quota` of `cpu_period` microseconds, 100,000 unless set. */
function quota(service: ComposeServiceModel): Located<number> | undefined {
  const node = service.get('cpu_quota');
  const period = service.get('cpu_period');
  const value = node?.kind === 'scalar' ? parseCpus(node.value) : undefined;
  const of = period?.kind === 'scalar' ? parseCpus(period.value) : 100_000;
  return node && value && of ? { value: value / of, at: node.at } : undefined;
}

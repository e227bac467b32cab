import type { Stack } from '../../stack/stack.ts';
import { roundDown } from '../../tune/units.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { sizeText } from '../subjects/compose.ts';
import {
  confidenceOf,
  evidenceOf,
  isDefault,
  memoryLimit,
  postgresServices,
  settingOf,
  type PostgresService,
} from '../subjects/postgres.ts';
import { postgresFix } from '../subjects/postgres-fix.ts';

export const postgresCacheSizeBeyondMemory = rule({
  id: 'postgres-cache-size-beyond-memory',
  category: 'database',
  severity: 'low',
  title: {
    fail: 'PostgreSQL counts on more cache than there is memory',
    pass: 'PostgreSQL counts on a cache that it can have',
  },
  why: "`effective_cache_size` tells the planner how much of the data it may expect in memory; nothing is allocated. Beyond the memory of the container, whose limit also bounds its page cache, index scans look cheaper than they are. The default of 4 GB is too much for a small server. Three quarters of the container's memory are usual.",
  example: {
    language: 'yaml',
    bad: 'services:\n  db:\n    image: postgres:17\n    command: postgres -c shared_buffers=256MB -c effective_cache_size=6GB\n    mem_limit: 1g',
    good: 'services:\n  db:\n    image: postgres:17\n    command: postgres -c shared_buffers=256MB -c effective_cache_size=768MB\n    mem_limit: 1g',
  },
  references: [
    'https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-EFFECTIVE-CACHE-SIZE',
    'https://github.com/le0pard/pgtune',
  ],
  evaluate: (stack) =>
    postgresServices(stack).flatMap((service) => {
      const limit = memoryLimit(service);
      const memory = limit ?? stack.machine?.memoryBytes;
      return memory === undefined ? [] : judge(stack, service, memory, limit === undefined);
    }),
});

function judge(
  stack: Stack,
  service: PostgresService,
  memory: number,
  ofMachine: boolean,
): readonly Verdict[] {
  const base = { subject: service.name, confidence: confidenceOf(service), at: service.compose.nameAt };
  const cache = settingOf(service, 'effective_cache_size');
  const buffers = settingOf(service, 'shared_buffers');
  const owner = `the ${ofMachine ? 'machine' : 'container'}'s ${sizeText(memory)}`;
  if (!cache || !buffers)
    return [{ ...base, status: 'unknown', message: 'effective_cache_size is set where it cannot be read.' }];
  if (cache.bytes === undefined || cache.bytes <= memory)
    return [
      { ...base, status: 'pass', message: `effective_cache_size of ${cache.value} is within ${owner}.` },
    ];
  // Where nothing at all was set, that is the finding.
  if (isDefault(service, cache) && isDefault(service, buffers)) return [];
  const wanted = `${roundDown(memory * 0.75, 1024 ** 2) / 1024 ** 2}MB`;
  return [
    {
      ...base,
      at: cache.at ?? base.at,
      status: 'fail',
      message: `effective_cache_size is ${cache.value}${cache.from === 'default' ? ', the default' : ''}, more than ${owner}: the planner counts on a cache that cannot be.`,
      current: cache.value,
      expected: wanted,
      evidence: [evidenceOf(cache)],
      fix: postgresFix(stack, service, [{ name: 'effective_cache_size', value: wanted }], {
        title: 'Set effective_cache_size to three quarters of the memory',
      }),
    },
  ];
}

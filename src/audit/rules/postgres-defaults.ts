import type { Stack } from '../../stack/stack.ts';
import { planned } from '../../tune/plan.ts';
import type { EvidenceLine, Verdict } from '../finding.ts';
import { rule, type RuleContext } from '../rule.ts';
import {
  confidenceOf,
  evidenceOf,
  isDefault,
  memoryLimit,
  postgresServices,
  settingOf,
  type PostgresService,
  type ServerSetting,
} from '../subjects/postgres.ts';
import { plannedChanges, postgresFix } from '../subjects/postgres-fix.ts';
import { sizeText } from '../subjects/compose.ts';

/** Whoever tunes a server sets at least one of these two. */
const telling = ['shared_buffers', 'effective_cache_size'] as const;
const shown = [...telling, 'work_mem', 'maintenance_work_mem', 'max_wal_size', 'random_page_cost'] as const;

/** The defaults are right for a container of this size: 128 MB are a quarter of it. */
const tiny = 512 * 1024 ** 2;
const large = 1024 ** 3;

export const postgresDefaults = rule({
  id: 'postgres-defaults',
  category: 'database',
  severity: 'medium',
  cause: 6,
  title: {
    fail: 'PostgreSQL runs with its default settings',
    pass: 'PostgreSQL is set up for its memory',
  },
  why: "PostgreSQL's defaults start anywhere, also on a machine with little memory: 128 MB of `shared_buffers`, costs meant for spinning disks (`random_page_cost` 4), checkpoints after 1 GB of changes. What a container has beyond that stays unused, and the planner avoids indexes that would be fast on an SSD. What matters are the values, not where they stand: `initdb` writes some of the defaults into postgresql.conf.\n\nThe numbers are those of pgtune for the memory of the container, not of the machine. A missing index costs more than any setting gives: look at the slowest statements first (`pg_stat_statements`).",
  example: {
    language: 'yaml',
    bad: 'services:\n  db:\n    image: postgres:17',
    good: 'services:\n  db:\n    image: postgres:17\n    command:\n      - postgres\n      - -c\n      - shared_buffers=256MB\n      - -c\n      - effective_cache_size=768MB\n      - -c\n      - random_page_cost=1.1',
  },
  references: [
    'https://www.postgresql.org/docs/current/runtime-config-resource.html',
    'https://www.postgresql.org/docs/current/runtime-config-query.html',
    'https://github.com/le0pard/pgtune',
  ],
  evaluate: (stack, context) => postgresServices(stack).map((service) => judge(stack, service, context)),
});

function judge(stack: Stack, service: PostgresService, context: RuleContext): Verdict {
  const subject = service.name;
  const confidence = confidenceOf(service);
  const [buffers, cache] = telling.map((name) => settingOf(service, name));
  if (!buffers || !cache)
    return {
      status: 'unknown',
      subject,
      confidence,
      message:
        'The settings of PostgreSQL are in a place that cannot be read: a script, an image or a file that is not here.',
      at: service.compose.nameAt,
    };
  const limit = memoryLimit(service);
  const base = { subject, confidence, at: place(service, buffers) };
  if (!isDefault(service, buffers))
    return {
      ...base,
      status: 'pass',
      message: `shared_buffers is ${buffers.value}${limit === undefined ? '' : ` of ${sizeText(limit)}`}.`,
    };
  if (limit !== undefined && limit <= tiny)
    return {
      ...base,
      status: 'pass',
      message: `The default of ${buffers.value} for shared_buffers suits a container of ${sizeText(limit)}.`,
    };
  const untouched = isDefault(service, cache);
  // Somebody has chosen these values; that they left this one is worth a word only where it is far too small.
  if (!untouched && (limit === undefined || limit < large))
    return { ...base, status: 'pass', message: `effective_cache_size is ${cache.value}.` };
  return failure(stack, service, context, { base, buffers, limit, untouched });
}

interface Seen {
  base: Pick<Verdict, 'subject' | 'confidence' | 'at'>;
  buffers: ServerSetting;
  limit: number | undefined;
  untouched: boolean;
}

function failure(
  stack: Stack,
  service: PostgresService,
  context: RuleContext,
  { base, buffers, limit, untouched }: Seen,
): Verdict {
  const plan = context.plan();
  const wanted = planned(plan, service.name, 'shared_buffers');
  const memory = planned(plan, service.name, 'memory');
  const all = shown.flatMap((name) => settingOf(service, name) ?? []);
  const defaults = all.filter((setting) => isDefault(service, setting));
  const room = limit ?? memory?.amount;
  // Without a machine the plan is for an assumed one: its figures are no facts of this stack.
  const known = limit !== undefined || stack.machine !== undefined;
  const instead =
    !known || wanted === undefined || room === undefined
      ? ''
      : ` Of the ${sizeText(room)} that ${limit === undefined ? 'this stack can give it' : 'its container has'}, ${wanted.value} would fit.`;
  const changes = plannedChanges(service, plan);
  const shm = planned(plan, service.name, 'shm_size')?.value;
  return {
    ...base,
    status: 'fail',
    ...(untouched ? {} : { severity: 'low' as const }),
    message: untouched
      ? `PostgreSQL runs with its defaults: ${defaults.map(({ name, value }) => `${name} ${value}`).join(', ')}.${instead}${seenLoad(service)}`
      : `shared_buffers is still the default of ${buffers.value}.${instead}`,
    current: all.map(({ name, value }) => `${name}=${value}`).join(' '),
    expected: changes.map(({ name, value }) => `${name}=${value}`).join(' '),
    evidence: [...defaults.map(evidenceOf), ...loadEvidence(service)],
    fix:
      changes.length === 0
        ? {
            title: 'Set PostgreSQL up for its memory',
            edits: [],
            manual: plan.feasible
              ? 'Compute the settings for the memory that PostgreSQL has with `ops tune`.'
              : `No set of sizes fits this stack: ${plan.reason}`,
            requires: 'restart',
          }
        : postgresFix(stack, service, changes, {
            title: 'Set PostgreSQL up for its memory',
            ...(shm === undefined ? {} : { sharedMemory: shm }),
          }),
  };
}

function place({ compose }: PostgresService, buffers: ServerSetting): NonNullable<Verdict['at']> {
  return buffers.at ?? compose.command?.at ?? compose.nameAt;
}

/** Whether memory is what it lacks, as the server counts it. */
function seenLoad({ live }: PostgresService): string {
  const { cacheHitRatio, tempFiles } = live?.postgres ?? {};
  if (cacheHitRatio !== undefined && cacheHitRatio < 0.95)
    return ` Only ${Math.floor(cacheHitRatio * 100)} % of the blocks read were found in shared_buffers.`;
  return tempFiles !== undefined && tempFiles > 100
    ? ` ${tempFiles} sorts and joins went to disk for lack of work_mem.`
    : '';
}

function loadEvidence({ live }: PostgresService): EvidenceLine[] {
  const { cacheHitRatio, tempFiles } = live?.postgres ?? {};
  return [
    ...(cacheHitRatio === undefined
      ? []
      : [
          {
            source: 'pg_stat_database',
            text: `${Math.floor(cacheHitRatio * 1000) / 10} % of blocks found in shared_buffers`,
          },
        ]),
    ...(tempFiles === undefined
      ? []
      : [{ source: 'pg_stat_database', text: `${tempFiles} temporary files` }]),
  ];
}

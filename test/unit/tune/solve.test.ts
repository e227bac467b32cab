import { array, assert, boolean, constantFrom, double, integer, option, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containersAtOnce, systemReserve } from '../../../src/tune/budget.ts';
import { planned, type Plan, type TuneInput, type TuneService } from '../../../src/tune/plan.ts';
import { solve } from '../../../src/tune/solve.ts';
import { gib, mib } from '../../../src/tune/units.ts';

const database: TuneService = { name: 'db', role: 'postgres', replicas: 1, rolled: false, majorVersion: 17 };
const backend: TuneService = {
  name: 'backend',
  role: 'app',
  replicas: 1,
  rolled: true,
  model: 'async',
  pooled: true,
};
const proxy: TuneService = { name: 'nginx', role: 'proxy', replicas: 1, rolled: false };
const shop = [database, backend, proxy];

function input(memoryGb: number, cpus: number, changes: Partial<TuneInput> = {}): TuneInput {
  return {
    machine: { cpus, memoryBytes: memoryGb * gib, disk: 'ssd' },
    services: shop,
    formula: 'pgtune',
    workload: 'web',
    ...changes,
  };
}

function values(plan: Plan, service: string): Record<string, string> {
  if (!plan.feasible) throw new Error(plan.reason);
  return Object.fromEntries(
    plan.settings.filter((one) => one.service === service).map(({ name, value }) => [name, value]),
  );
}

function refusal(plan: Plan): { reason: string; next: readonly string[] } {
  if (plan.feasible) throw new Error('The plan is feasible.');
  return plan;
}

function amount(plan: Plan, service: string, name: string): number {
  const setting = planned(plan, service, name);
  if (setting?.amount === undefined) throw new Error(`No ${name} for ${service}.`);
  return setting.amount;
}

describe('a shop on 2 CPUs and 4 GB', () => {
  const plan = solve(input(4, 2));

  it('gets four workers with pools that fit max_connections twice', () => {
    expect(values(plan, 'backend')).toEqual({
      workers: '4',
      memory: '752M',
      pool_size: '7',
      max_overflow: '3',
      cpus: '1.5',
    });
    expect(planned(plan, 'backend', 'workers')?.formula).toBe('min(2 × 2 CPUs, 12) = 4');
    expect(planned(plan, 'db', 'max_connections')?.formula).toBe(
      '2 × 4 × 10 (backend) + 2 migration + 5 admin + 3 reserved = 90',
    );
  });

  it('gives PostgreSQL what the others leave, and shared_buffers a quarter of that', () => {
    expect(values(plan, 'db')).toMatchObject({
      memory: '1440M',
      max_connections: '90',
      shared_buffers: '360MB',
      effective_cache_size: '1080MB',
      maintenance_work_mem: '90MB',
      max_wal_size: '2GB',
      min_wal_size: '512MB',
      random_page_cost: '1.1',
      max_parallel_workers_per_gather: '0',
      shm_size: '128m',
    });
  });

  it('leaves out what is the default of the version anyway', () => {
    expect(values(plan, 'db')).not.toHaveProperty('checkpoint_completion_target');
    expect(values(plan, 'db')).not.toHaveProperty('default_statistics_target');
  });

  it('sizes the proxy by its own CPUs', () => {
    expect(values(plan, 'nginx')).toEqual({
      worker_processes: '1',
      worker_connections: '1024',
      memory: '128M',
      cpus: '1',
    });
  });

  it('says what it assumes', () => {
    expect(plan).toMatchObject({
      notes: [
        expect.stringContaining('The system keeps 1 GB of 4 GB'),
        expect.stringContaining('side by side'),
        expect.stringContaining('not measured'),
        expect.stringContaining('free disk space is not known'),
      ],
    });
  });
});

describe('workers', () => {
  it.each([
    { model: 'sync' as const, cpus: 2, workers: '5', pool: '2' },
    { model: 'threads' as const, cpus: 1, workers: '3', pool: '7' },
    { model: 'async' as const, cpus: 1.5, workers: '4', pool: '7' },
    { model: 'sync' as const, cpus: 16, workers: '12', pool: '2' },
  ])('$model on $cpus CPUs: $workers', ({ model, cpus, workers, pool }) => {
    const services = [{ ...backend, model }, database];
    const plan = solve(input(16, cpus, { services }));
    expect(values(plan, 'backend')['workers']).toBe(workers);
    expect(Number(values(plan, 'backend')['pool_size'])).toBeLessThanOrEqual(Number(pool));
  });

  it('are shared among replicas', () => {
    const plan = solve(input(8, 2, { services: [{ ...backend, replicas: 2 }] }));
    expect(values(plan, 'backend')['workers']).toBe('2');
    expect(planned(plan, 'backend', 'workers')?.formula).toBe('⌈min(2 × 2 CPUs, 12) / 2 containers⌉ = 2');
  });

  it('are as many as memory has room for, by what was measured', () => {
    const services = [{ ...backend, workerBytes: 400 * mib }, database];
    const plan = solve(input(4, 2, { services }));
    expect(values(plan, 'backend')).toMatchObject({ workers: '1', memory: '512M' });
    expect(planned(plan, 'backend', 'workers')?.formula).toContain('1, because 2 would take 2 × 1,008 MB');
  });

  it('fit a limit that is kept', () => {
    const services = [{ ...backend, memoryLimitBytes: 400 * mib, cpuLimit: 1.5 }, database];
    expect(values(solve(input(4, 8, { services })), 'backend')).toMatchObject({
      workers: '2',
      memory: '400M',
      cpus: '1.5',
    });
  });

  it('of a program that has no such setting are not proposed', () => {
    const plan = solve(input(4, 2, { services: [{ ...backend, pooled: false, fixedWorkers: 1 }, database] }));
    expect(plan).toMatchObject({
      notes: expect.arrayContaining([
        expect.stringContaining('more containers (`deploy.replicas`)'),
      ]) as unknown,
    });
    expect(values(plan, 'backend')).toEqual({ memory: '384M', cpus: '1.5' });
  });

  it('are fewer when connections are few', () => {
    const plan = solve(input(4, 2, { maxConnections: 30 }));
    expect(values(plan, 'backend')).toMatchObject({ workers: '3', pool_size: '2', max_overflow: '1' });
    expect(values(plan, 'db')['max_connections']).toBe('30');
  });
});

describe('PostgreSQL', () => {
  it('keeps the write-ahead log to a tenth of the free disk', () => {
    const machine = { cpus: 2, memoryBytes: 4 * gib, disk: 'ssd' as const, diskFreeBytes: 5 * gib };
    expect(values(solve(input(4, 2, { machine })), 'db')).toMatchObject({
      max_wal_size: '512MB',
      min_wal_size: '128MB',
    });
  });

  it('has the older work_mem on request', () => {
    const services = [{ ...database, memoryLimitBytes: gib }];
    const plan = solve(input(4, 2, { services, maxConnections: 100, formula: 'classic' }));
    expect(values(plan, 'db')['work_mem']).toBe('2621kB');
  });

  it('never gets io_uring', () => {
    const plan = solve(input(64, 32, { services: [{ ...database, majorVersion: 18 }] }));
    expect(JSON.stringify(plan)).not.toContain('io_uring');
  });

  it('has pools of its own behind PgBouncer', () => {
    const pooler: TuneService = { name: 'pgbouncer', role: 'pgbouncer', replicas: 1, rolled: false };
    const plan = solve(input(4, 2, { services: [...shop, pooler] }));
    expect(values(plan, 'pgbouncer')).toMatchObject({ default_pool_size: '10', max_client_conn: '90' });
    expect(values(plan, 'db')['max_connections']).toBe('20');
    expect(values(plan, 'backend')).toMatchObject({ pool_size: '7', max_overflow: '3' });
  });

  it('elsewhere leaves pools alone unless max_connections is given', () => {
    const services = [backend, proxy];
    expect(values(solve(input(4, 2, { services })), 'backend')).not.toHaveProperty('pool_size');
    expect(values(solve(input(4, 2, { services, maxConnections: 50 })), 'backend')).toMatchObject({
      pool_size: '4',
      max_overflow: '1',
    });
  });
});

describe('what cannot be', () => {
  it('256 MB for nginx, an app and PostgreSQL', () => {
    const { reason, next } = refusal(solve(input(0.25, 1)));
    expect(reason).toContain('need at least 927 MB');
    expect(reason).toContain('2 × 192 MB for backend');
    expect(reason).toContain('the machine has 256 MB');
    expect(next[0]).toBe('Take a machine with 1 GB of memory.');
  });

  it('more services than memory', () => {
    const services = Array.from({ length: 30 }, (_, index) => ({ ...backend, name: `app${index}` }));
    expect(refusal(solve(input(8, 4, { services }))).next[0]).toBe('Take a machine with 16 GB of memory.');
  });

  it('limits that are set and do not fit', () => {
    const services = [{ ...database, memoryLimitBytes: 8 * gib }, backend];
    const { reason, next } = refusal(solve(input(4, 2, { services })));
    expect(reason).toContain('8 GB for db');
    expect(next).toContain('Lower the memory limits that are set: db 8 GB.');
  });

  it('more connections than memory', () => {
    const { reason, next } = refusal(solve(input(4, 2, { maxConnections: 300 })));
    expect(reason).toContain('max_connections 300 does not fit');
    expect(next[0]).toMatch(/^Allow at most 1\d\d connections\.$/);
  });

  it('fewer connections than processes', () => {
    const { reason } = refusal(solve(input(4, 2, { maxConnections: 11 })));
    expect(reason).toContain('2 processes need 12 connections');
  });

  it.each([
    { machine: { cpus: 0, memoryBytes: gib, disk: 'ssd' as const } },
    { machine: { cpus: Number.NaN, memoryBytes: gib, disk: 'ssd' as const } },
    { machine: { cpus: 1, memoryBytes: -1, disk: 'ssd' as const } },
    { maxConnections: 0 },
    { maxConnections: 1.5 },
    { services: [] },
  ])('%j', (changes) => {
    expect(refusal(solve(input(4, 2, changes))).reason).not.toBe('');
  });
});

const serviceOf = (name: string, role: TuneService['role']) =>
  record(
    {
      name: constantFrom(name),
      role: constantFrom(role),
      replicas: integer({ min: 0, max: 4 }),
      rolled: boolean(),
      model: constantFrom('async' as const, 'threads' as const, 'sync' as const),
      pooled: boolean(),
      workerBytes: integer({ min: 20, max: 900 }).map((size) => size * mib),
      usedBytes: integer({ min: 5, max: 900 }).map((size) => size * mib),
      fixedWorkers: integer({ min: 1, max: 4 }),
      memoryLimitBytes: integer({ min: 64, max: 4096 }).map((size) => size * mib),
      cpuLimit: double({ min: 0.1, max: 8, noNaN: true }),
      majorVersion: integer({ min: 10, max: 18 }),
    },
    { requiredKeys: ['name', 'role', 'replicas', 'rolled'] },
  );

const inputs = record(
  {
    machine: record(
      {
        cpus: double({ min: 0.25, max: 64, noNaN: true }),
        memoryBytes: integer({ min: 128, max: 128 * 1024 }).map((size) => size * mib),
        disk: constantFrom('ssd' as const, 'nvme' as const, 'hdd' as const, 'san' as const),
        diskFreeBytes: integer({ min: 0, max: 500 }).map((size) => size * gib),
      },
      { requiredKeys: ['cpus', 'memoryBytes', 'disk'] },
    ),
    services: array(
      constantFrom(
        'app' as const,
        'proxy' as const,
        'postgres' as const,
        'pgbouncer' as const,
        'cache' as const,
        'worker' as const,
        'other' as const,
      ),
      { minLength: 1, maxLength: 6 },
    ).chain((roles) =>
      roles.reduce(
        (built, role, index) =>
          built.chain((list) => serviceOf(`s${index}`, role).map((service) => [...list, service])),
        constantFrom<TuneService[]>([]),
      ),
    ),
    formula: constantFrom('pgtune' as const, 'classic' as const),
    workload: constantFrom(
      'web' as const,
      'oltp' as const,
      'dw' as const,
      'desktop' as const,
      'mixed' as const,
    ),
    maxConnections: integer({ min: 1, max: 800 }),
  },
  { requiredKeys: ['machine', 'services', 'formula', 'workload'] },
);

describe('every feasible plan', () => {
  it('fits the memory of the machine, also while containers run side by side', () => {
    each((given, plan) => {
      const total = given.services.reduce(
        (sum, service) =>
          sum + containersAtOnce(service) * (planned(plan, service.name, 'memory')?.amount ?? 0),
        0,
      );
      expect(total).toBeLessThanOrEqual(given.machine.memoryBytes - systemReserve(given.machine.memoryBytes));
    });
  });

  it('fits its connections', () => {
    each((given, plan) => {
      const databases = given.services.filter(({ role, replicas }) => role === 'postgres' && replicas > 0);
      const pooler = given.services.some(({ role, replicas }) => role === 'pgbouncer' && replicas > 0);
      const demand = given.services
        .filter(({ role, pooled }) => (role === 'app' || role === 'worker') && pooled === true)
        .reduce((sum, service) => {
          const workers = service.fixedWorkers ?? planned(plan, service.name, 'workers')?.amount ?? 0;
          const size = planned(plan, service.name, 'pool_size')?.amount ?? 0;
          const overflow = planned(plan, service.name, 'max_overflow')?.amount ?? 0;
          return sum + containersAtOnce(service) * workers * (size + overflow);
        }, 10);
      const limits = databases.map(({ name }) => amount(plan, name, 'max_connections'));
      expect(pooler || limits.every((limit) => demand <= limit)).toBe(true);
    });
  });

  it('has values above 0, sources and formulas, and each setting once', () => {
    each((_given, { settings }) => {
      const bad = settings.filter(
        ({ name, value, amount: size = 1, formula, source }) =>
          (size <= 0 && !['max_overflow', 'max_parallel_workers_per_gather'].includes(name)) ||
          size < 0 ||
          value === '' ||
          formula === '' ||
          source === '' ||
          /NaN|Infinity|undefined/.test(`${value}${formula}`),
      );
      expect(bad).toEqual([]);
      const names = settings.map(({ service, name }) => `${service} ${name}`);
      expect(new Set(names).size).toBe(names.length);
    });
  });

  it('gives PostgreSQL no more than its container has', () => {
    each((given, plan) => {
      for (const { name } of given.services.filter(
        ({ role, replicas }) => role === 'postgres' && replicas > 0,
      )) {
        const limit = amount(plan, name, 'memory');
        const peak =
          amount(plan, name, 'shared_buffers') +
          3 * Math.min(amount(plan, name, 'maintenance_work_mem'), 2 * gib) +
          amount(plan, name, 'max_connections') * 5 * mib;
        expect(peak).toBeLessThanOrEqual(limit);
        expect(amount(plan, name, 'effective_cache_size')).toBeLessThanOrEqual(limit);
        expect(amount(plan, name, 'min_wal_size')).toBeLessThanOrEqual(walOf(plan, name));
      }
    });
  });

  it('is the same each time', () => {
    each((given, plan) => expect(solve(given)).toEqual(plan));
  });

  it('has as many workers and as much for the database with more memory', () => {
    assert(
      property(
        integer({ min: 512, max: 64 * 1024 }),
        integer({ min: 1, max: 4096 }),
        double({ min: 0.5, max: 32, noNaN: true }),
        option(integer({ min: 40, max: 500 }), { nil: undefined }),
        (megabytes, more, cpus, worker) => {
          const services = [
            database,
            proxy,
            { ...backend, ...(worker === undefined ? {} : { workerBytes: worker * mib }) },
          ];
          const small = solve(input(megabytes / 1024, cpus, { services }));
          const large = solve(input((megabytes + more) / 1024, cpus, { services }));
          for (const [service, name] of [
            ['backend', 'workers'],
            ['db', 'memory'],
            ['db', 'shared_buffers'],
            ['nginx', 'worker_processes'],
          ] as const)
            expect(large.feasible ? amount(large, service, name) : 0).toBeGreaterThanOrEqual(
              small.feasible ? amount(small, service, name) : 0,
            );
        },
      ),
      { seed: 3, numRuns: 400 },
    );
  });

  it('has as many workers with more CPUs', () => {
    assert(
      property(
        integer({ min: 1024, max: 64 * 1024 }),
        double({ min: 0.5, max: 16, noNaN: true }),
        double({ min: 0, max: 16, noNaN: true }),
        (megabytes, cpus, more) => {
          const few = solve(input(megabytes / 1024, cpus));
          const many = solve(input(megabytes / 1024, cpus + more));
          expect(amount(many, 'backend', 'workers')).toBeGreaterThanOrEqual(
            amount(few, 'backend', 'workers'),
          );
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });
});

function walOf(plan: Plan, service: string): number {
  return planned(plan, service, 'max_wal_size')?.amount ?? gib;
}

function each(check: (given: TuneInput, plan: Extract<Plan, { feasible: true }>) => void): void {
  let feasible = 0;
  assert(
    property(inputs, (given) => {
      const plan = solve(given);
      if (!plan.feasible) return plan.next.length > 0;
      feasible += 1;
      check(given, plan);
      return true;
    }),
    { seed: 3, numRuns: 300 },
  );
  expect(feasible).toBeGreaterThan(60);
}

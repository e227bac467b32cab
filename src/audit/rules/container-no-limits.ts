import { isUnresolved, composeFix, isOneOff, sizeText } from '../subjects/compose.ts';
import type { Role, Service, Stack } from '../../stack/stack.ts';
import { planned, type Plan } from '../../tune/plan.ts';
import type { EvidenceLine, Fix, Severity, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { workerCount } from '../subjects/app.ts';
import { limitValues, type Resource } from '../subjects/limits.ts';

const names = { memory: 'memory limit', cpus: 'CPU limit' } as const;
/** What grows with the load, or with the data. */
const heavy: ReadonlySet<Role> = new Set(['app', 'worker', 'postgres', 'database', 'cache', 'queue']);
const paths = {
  memory: [['deploy', 'resources', 'limits', 'memory'], ['mem_limit']],
  cpus: [['deploy', 'resources', 'limits', 'cpus'], ['cpus'], ['cpu_quota']],
} as const;

export const containerNoLimits = rule({
  id: 'container-no-limits',
  category: 'resources',
  severity: 'medium',
  cause: 5,
  title: {
    fail: 'A container may take all memory and CPUs of the host',
    pass: 'The container has a memory and a CPU limit',
  },
  why: 'Without limits one container can take all that the host has: a leak in the app lets the kernel kill PostgreSQL, a busy import starves the proxy. A limit turns that into the restart of one container, and it is the number from which workers, pools and the memory of PostgreSQL follow. `deploy.resources.limits` works without Swarm; `mem_limit` and `cpus` mean the same.',
  example: {
    language: 'yaml',
    bad: 'services:\n  backend:\n    image: shop',
    good: "services:\n  backend:\n    image: shop\n    deploy:\n      resources:\n        limits:\n          cpus: '1.5'\n          memory: 1G",
  },
  references: [
    'https://docs.docker.com/reference/compose-file/deploy/#resources',
    'https://docs.docker.com/engine/containers/resource_constraints/',
  ],
  evaluate: (stack, context) => stack.services.map((service) => judge(stack, service, () => context.plan())),
});

function judge(stack: Stack, service: Service, plan: () => Plan): Verdict {
  const missing = (['memory', 'cpus'] as const).filter((resource) => !isLimited(service, resource));
  const { memoryBytes, cpus } = service.limits;
  const common = { subject: service.name, at: service.compose.nameAt } as const;
  if (missing.length === 0)
    return {
      ...common,
      status: 'pass',
      confidence: memoryBytes && cpus ? 'static' : 'live',
      at: memoryBytes?.at ?? service.compose.nameAt,
      message:
        memoryBytes && cpus
          ? `${service.name} may use ${sizeText(memoryBytes.value)} of memory and ${cpus.value} CPUs.`
          : `The running containers of ${service.name} have a memory and a CPU limit.`,
    };
  const unseen = missing.filter((resource) => paths[resource].some((path) => isUnresolved(service, ...path)));
  if (unseen.length > 0)
    return {
      ...common,
      status: 'unknown',
      confidence: 'static',
      message: `The ${unseen.map((resource) => names[resource]).join(' and the ')} of ${service.name} comes from a variable without a value.`,
    };
  return {
    ...common,
    status: 'fail',
    severity: severityOf(stack, service, missing),
    confidence: service.live ? 'live' : 'static',
    message: messageOf(stack, service, missing),
    current: missing.map((resource) => `no ${names[resource]}`).join(', '),
    expected: 'a memory and a CPU limit',
    evidence: evidenceOf(service),
    fix: fixOf(stack, service, missing, plan()),
  };
}

function isLimited({ limits, live }: Service, resource: Resource): boolean {
  if (resource === 'memory' ? limits.memoryBytes : limits.cpus) return true;
  const running = live?.containers.filter((container) => container.running) ?? [];
  return (
    running.length > 0 &&
    running.every(({ memoryLimitBytes, cpuLimit }) =>
      resource === 'memory' ? memoryLimitBytes > 0 : cpuLimit > 0,
    )
  );
}

/** A CPU can be shared out late; memory that is gone is gone. */
function severityOf(stack: Stack, service: Service, missing: readonly Resource[]): Severity {
  if (isOneOff(stack, service)) return 'info';
  return missing.includes('memory') && heavy.has(service.role) ? 'medium' : 'low';
}

function messageOf({ machine }: Stack, service: Service, missing: readonly Resource[]): string {
  const what = {
    memory: machine ? `all ${sizeText(machine.memoryBytes)} of memory` : 'all memory',
    cpus: machine ? `all ${machine.cpus} CPUs` : 'all CPUs',
  };
  const copies = service.replicas > 1 ? `Each of the ${service.replicas} containers of ` : '';
  return `${copies}${service.name} may take ${missing.map((resource) => what[resource]).join(' and ')} of the host: no ${missing.map((resource) => names[resource]).join(' and no ')} is set.`;
}

function evidenceOf({ live }: Service): readonly EvidenceLine[] {
  return (live?.containers ?? []).slice(0, 3).map(({ name, memoryLimitBytes, cpuLimit, memoryBytes }) => ({
    source: `docker inspect ${name}`,
    text: [
      `memory limit ${memoryLimitBytes > 0 ? sizeText(memoryLimitBytes) : 'none'}`,
      `CPU limit ${cpuLimit > 0 ? cpuLimit : 'none'}`,
      ...(memoryBytes === undefined ? [] : [`${sizeText(memoryBytes)} in use`]),
    ].join(', '),
  }));
}

function fixOf(stack: Stack, service: Service, missing: readonly Resource[], plan: Plan): Fix {
  const title = `Limit ${service.name}`;
  const foreign = isForeign(service) || (!service.live && outgrows(service, plan));
  const values = missing.flatMap((resource) => {
    if (foreign) return [];
    const value = planned(plan, service.name, resource)?.value;
    return value === undefined ? [] : [[resource, value] as const];
  });
  if (values.length < missing.length)
    return {
      title,
      edits: [],
      manual: `${plan.feasible || foreign ? '' : `${plan.reason} `}Set \`deploy.resources.limits.memory\` and \`.cpus\` of \`${service.name}\` to what it uses at its busiest, and a third more.`,
      requires: 'recreate',
    };
  const shown = values.map(([resource, value]) => `${resource} ${value}`).join(', ');
  return composeFix(stack, service, limitValues(service, Object.fromEntries(values)), {
    title: `${title} to ${shown}`,
    manual: `Set \`deploy.resources.limits\` of \`${service.name}\`: ${shown}.`,
    risk: `${service.name} is killed and restarted when it needs more memory than that.`,
  });
}

/**
 * What a ready-made image needs, or a server that is not known, is not to be seen in the project; with too little it is
 * killed over and over.
 */
function isForeign({ role, app, compose, live }: Service): boolean {
  return (role === 'app' || role === 'worker') && !(compose.build && app) && !live;
}

/** More processes are started than the plan has memory for, or nobody knows how many: no other fix changes that. */
function outgrows({ name, app }: Service, plan: Plan): boolean {
  const staff = planned(plan, name, 'workers')?.amount;
  if (!app || staff === undefined) return false;
  const count = workerCount(app.workers.value, undefined);
  return count === undefined || count > staff;
}

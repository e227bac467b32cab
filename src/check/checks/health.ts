import { hasDoneItsWork } from '../../deploy/changes.ts';
import type { ProxyFact } from '../../facts/proxy.ts';
import { check } from '../check.ts';
import type { HealthEvidence } from '../evidence.ts';

/** Where it could not be looked at, it says of no service that it is a server. */
const noProxy: ProxyFact = { state: 'none' };

export const health = check({
  id: 'health',
  title: 'Health',
  describe:
    "Every service of the Compose files has its containers running, or is a job that has ended well (no restart policy, health check or published port, and nginx does not send to it), Docker's own health checks say `healthy`, and `health.path` answers with 2xx or 3xx. Unknown where all that it gets is a redirect to https, for what serves there was not asked; fails otherwise; warns while a health check is still starting. Where the site cannot be asked, what does not run fails all the same, and only a stack with nothing else wrong is unknown.",
  direction: 'atMost',
  defaults: {},
  needs: ['compose', 'containers'],
  // A stack that does not run publishes no port to ask: that must not hide that it does not run.
  wants: ['health', 'proxy'],
  evaluate({ compose, containers, health, proxy = noProxy }, _thresholds, unread = {}) {
    const expected = 'running, healthy, HTTP 2xx or 3xx';
    if (compose.state === 'invalid')
      return {
        status: 'unknown',
        expected,
        message: 'Compose refuses the files, so the services are not known.',
      };
    const problems: string[] = [];
    let starting = 0;
    for (const service of Object.values(compose.services)) {
      const { name, replicas } = service;
      const own = containers.filter((container) => container.service === name);
      const serving = own.filter(({ state }) => state === 'running');
      const done = own.length > 0 && own.every((one) => hasDoneItsWork(service, one, proxy));
      if (serving.length < replicas && !done)
        problems.push(`${name}: ${serving.length} of ${replicas} containers run`);
      for (const container of own) {
        if (container.state === 'running' && container.health === 'unhealthy')
          problems.push(`${container.name}: unhealthy`);
        if (container.state === 'running' && container.health === 'starting') starting += 1;
      }
    }
    const unasked = unread.health ?? 'Could not look: the site was not asked.';
    if (health && !hasAnswered(health)) problems.push(`${health.path}: ${answerText(health)}`);
    if (problems.length > 0)
      return {
        status: 'fail',
        expected,
        message: `${problems.join('; ')}.`,
        detail: health ? problems : [...problems, unasked],
      };
    const movedTo = health?.sample.movedTo;
    if (health && movedTo !== undefined)
      return {
        status: 'unknown',
        expected,
        message: `${health.path} redirects to ${movedTo}, which was not asked: set \`url\` (OPS_URL) to the address of the site.`,
      };
    if (starting > 0)
      return { status: 'warn', expected, message: `${starting} containers are still starting.` };
    if (!health) return { status: 'unknown', expected, message: unasked };
    const checked = containers.filter(({ health }) => health === 'healthy').length;
    return {
      status: 'pass',
      expected,
      message: `${health.path} answers ${answerText(health)}; ${checked} container${checked === 1 ? '' : 's'} with a health check healthy.`,
    };
  },
});

function hasAnswered({ sample: { status } }: HealthEvidence): boolean {
  return status !== undefined && status >= 200 && status < 400;
}

function answerText({ sample: { status, error } }: HealthEvidence): string {
  return status === undefined ? (error ?? 'no answer') : `HTTP ${status}`;
}

import { check } from '../check.ts';

export const health = check({
  id: 'health',
  title: 'Health',
  describe:
    "Every service of the Compose files has its containers running, Docker's own health checks say `healthy`, and `health.path` answers with 2xx or 3xx. Unknown where all that it gets is a redirect to https, for what serves there was not asked; fails otherwise; warns while a health check is still starting.",
  direction: 'atMost',
  defaults: {},
  needs: ['compose', 'containers', 'health'],
  evaluate({ compose, containers, health }) {
    const expected = 'running, healthy, HTTP 2xx or 3xx';
    if (compose.state === 'invalid')
      return {
        status: 'unknown',
        expected,
        message: 'Compose refuses the files, so the services are not known.',
      };
    const problems: string[] = [];
    let starting = 0;
    for (const { name, replicas, restart } of Object.values(compose.services)) {
      const own = containers.filter(({ service }) => service === name);
      const serving = own.filter(({ state }) => state === 'running');
      // A one-time service (migrations, volumes' owners) ends by itself; Docker would start any other again.
      const done =
        restart === undefined &&
        own.length > 0 &&
        own.every(({ state, exitCode }) => state === 'exited' && exitCode === 0);
      if (serving.length < replicas && !done)
        problems.push(`${name}: ${serving.length} of ${replicas} containers run`);
      for (const container of own) {
        if (container.state === 'running' && container.health === 'unhealthy')
          problems.push(`${container.name}: unhealthy`);
        if (container.state === 'running' && container.health === 'starting') starting += 1;
      }
    }
    const { status, movedTo } = health.sample;
    const answered = status !== undefined && status >= 200 && status < 400;
    if (!answered)
      problems.push(
        `${health.path}: ${status === undefined ? (health.sample.error ?? 'no answer') : `HTTP ${status}`}`,
      );
    if (problems.length > 0)
      return { status: 'fail', expected, message: `${problems.join('; ')}.`, detail: problems };
    if (movedTo !== undefined)
      return {
        status: 'unknown',
        expected,
        message: `${health.path} redirects to ${movedTo}, which was not asked: set \`url\` (OPS_URL) to the address of the site.`,
      };
    if (starting > 0)
      return { status: 'warn', expected, message: `${starting} containers are still starting.` };
    const checked = containers.filter(({ health }) => health === 'healthy').length;
    return {
      status: 'pass',
      expected,
      message: `${health.path} answers HTTP ${status}; ${checked} container${checked === 1 ? '' : 's'} with a health check healthy.`,
    };
  },
});

import { findAppServer, type AppServer } from '../app-server.ts';
import { check } from '../check.ts';
import { expectation, judge, worst } from '../threshold.ts';

export const workers = check({
  id: 'workers',
  title: 'App workers',
  describe:
    'Counts the processes of gunicorn (or uvicorn, `fastapi run`, hypercorn, granian, uwsgi) in every running container of the app: one master and as many workers as `checks.workers` says, or as the server was told on its command line, by `GUNICORN_CMD_ARGS`, `gunicorn.conf.py` or `WEB_CONCURRENCY`. Fails when a worker is missing, and when fewer workers than the threshold serve in all containers of a service together: a single worker answers one request after the other. On a host with one core a single worker only warns.',
  unit: 'workers',
  direction: 'atLeast',
  defaults: { fail: 2 },
  needs: ['containers', 'processes', 'system'],
  evaluate({ containers, processes, system, settings }, thresholds) {
    const running = containers.filter((container) => container.state === 'running');
    const found = running.flatMap((container) => {
      const server = findAppServer(processes[container.id] ?? { env: {} });
      return server ? [{ container, server }] : [];
    });
    const expected = expectation({ direction: 'atLeast', unit: 'workers' }, thresholds);
    if (found.length === 0) {
      const unseen = running.filter((container) => !processes[container.id]?.processes);
      if (settings.workers !== undefined)
        return {
          status: unseen.length > 0 ? 'unknown' : 'fail',
          expected: describeExpected(settings.workers),
          message:
            unseen.length > 0
              ? `The processes of ${unseen.map(({ name }) => name).join(', ')} cannot be listed.`
              : 'No gunicorn or uvicorn runs in any container.',
        };
      return unseen.length > 0
        ? { status: 'unknown', expected, message: 'The processes of the containers cannot be listed.' }
        : { status: 'notApplicable', expected, message: 'No gunicorn or uvicorn runs in this stack.' };
    }
    const services = [...new Set(found.map(({ container }) => container.service))];
    const judged = services.map((service) => {
      const servers = found.filter(({ container }) => container.service === service);
      const total = servers.reduce((sum, { server }) => sum + server.workers, 0);
      const missing = servers.filter(({ server }) => server.workers < wanted(server, settings.workers));
      const enough = judge(total, 'atLeast', thresholds);
      const few = enough !== 'pass' && total === 1 && system.cpus === 1 ? 'warn' : enough;
      return { service, servers, total, missing, status: missing.length > 0 ? ('fail' as const) : few };
    });
    const status = worst(...judged.map((one) => one.status));
    const reported = judged.find((one) => one.status === status) ?? judged[0];
    const first = reported?.missing[0] ?? reported?.servers[0];
    if (!reported || !first) return { status: 'unknown', expected, message: 'Nothing was counted.' };
    const target = wanted(first.server, settings.workers);
    return {
      status,
      value: reported.total,
      expected: target > 1 ? describeExpected(target) : expected,
      message:
        reported.missing.length > 0
          ? `${first.container.name}: ${counted(first.server)}, ${source(first.server, settings.workers)}.`
          : status === 'pass'
            ? `${reported.service}: ${reported.servers.length > 1 ? `${reported.servers.length} containers, each ` : ''}${counted(first.server)}.`
            : `${reported.service}: ${counted(first.server)}: a single worker answers one request after the other.`,
      detail: found.map(({ container, server }) => `${container.name}: ${counted(server)}`),
    };
  },
});

function wanted(server: AppServer, configured: number | undefined): number {
  return configured ?? server.declared?.workers ?? server.workers;
}

function describeExpected(count: number): string {
  return `1 master + ${count} workers`;
}

function counted({ name, masters, workers }: AppServer): string {
  if (masters === 0) return `1 ${name} process`;
  return `${masters + workers} ${name} processes (1 master + ${workers} worker${workers === 1 ? '' : 's'})`;
}

function source(server: AppServer, configured: number | undefined): string {
  return configured === undefined
    ? `but ${server.declared?.source ?? 'its configuration'} says ${server.declared?.workers ?? 0} workers`
    : `but checks.workers says ${configured} workers`;
}

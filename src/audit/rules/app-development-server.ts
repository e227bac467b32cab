import type { AppServer } from '../../readers/commands/app-server.ts';
import { findFlag } from '../../readers/commands/flags.ts';
import { changeFlags } from '../../readers/commands/splice.ts';
import { mappedSpan } from '../../source/mapped.ts';
import type { Files } from '../../source/files.ts';
import type { Stack } from '../../stack/stack.ts';
import type { Plan } from '../../tune/plan.ts';
import type { Fix, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { appsOf, commandRequires, plannedNumber, serverName, type App } from '../subjects/app.ts';

export const appDevelopmentServer = rule({
  id: 'app-development-server',
  category: 'app',
  severity: 'high',
  title: {
    fail: 'A development server serves production',
    pass: 'The server is made for production',
  },
  why: '`flask run`, `app.run()`, `manage.py runserver` and `fastapi dev` are for one developer: one process, no limits or timeouts, auto-reload and a debugger. Flask and Django both say not to use theirs in production. Start the same app with gunicorn or uvicorn, or with `fastapi run`.',
  example: {
    language: 'dockerfile',
    bad: 'CMD ["flask", "run", "--host", "0.0.0.0"]',
    good: 'CMD ["gunicorn", "app:app", "--bind", "0.0.0.0:5000", "--workers", "4"]',
  },
  references: [
    'https://flask.palletsprojects.com/en/stable/deploying/',
    'https://docs.djangoproject.com/en/stable/ref/django-admin/#runserver',
    'https://fastapi.tiangolo.com/fastapi-cli/',
  ],
  evaluate: (stack, context) => appsOf(stack).flatMap((app) => judge(stack, app, () => context.plan()) ?? []),
});

/** Calls that start a server which says of itself that it is not for production. */
const developmentCalls = new Set(['flask.Flask.run', 'bottle.run', 'wsgiref.simple_server.make_server']);

function judge(stack: Stack, app: App, plan: () => Plan): Verdict | undefined {
  const { service, server } = app;
  if (server.kind === 'node' || server.kind === 'php-fpm' || server.kind === 'celery') return undefined;
  const at = server.call?.at ?? server.at;
  const common = { subject: service.name, confidence: 'static', at } as const;
  const name = serverName(server);
  // Which server a file starts whose code is not understood is anybody's guess.
  if (server.kind === 'python' && !server.call) return undefined;
  const development =
    server.kind === 'development' || (server.call !== undefined && developmentCalls.has(server.call.name));
  if (!development) return { ...common, status: 'pass', message: `${service.name} is served by ${name}.` };
  if (server.workers.value.kind === 'unknown')
    return {
      ...common,
      status: 'unknown',
      message: `A script of ${service.name} may start ${name}, a development server: ${server.workers.value.why}.`,
    };
  return {
    ...common,
    status: 'fail',
    message: `${service.name} is served by ${server.call ? `the development server of ${name}` : `\`${name}\``}: one process, made for one developer.`,
    current: server.words.join(' '),
    expected: 'a production server',
    evidence: [
      { at: server.at, text: server.words.join(' ') },
      ...(server.call ? [{ at: server.call.at, text: `${server.call.name}()` }] : []),
    ],
    fix: fixOf(stack, app, plannedNumber(plan(), service.name, 'workers')),
  };
}

function fixOf({ files }: Stack, { service, server }: App, workers: number | undefined): Fix {
  const count = workers ?? 2;
  const common = {
    requires: commandRequires(server),
    risk: 'The production server has no auto-reload, and does not serve static files for Django.',
  } as const;
  if (server.words[0] === 'fastapi') {
    const dev = server.places[1]?.source && mappedSpan(server.places[1].source);
    const more = changeFlags(server, files, [{ names: ['--workers'], value: count }]);
    return {
      ...common,
      title: `Start the app with \`fastapi run\` and ${count} workers`,
      ...(dev && more.length > 0
        ? { edits: [{ ...dev, text: 'run' }, ...more] }
        : { edits: [], manual: `Start \`${service.name}\` with \`fastapi run --workers ${count}\`.` }),
    };
  }
  return {
    ...common,
    title: `Serve ${service.name} with gunicorn`,
    edits: [],
    manual: `Add \`gunicorn\` to the requirements of \`${service.name}\`, and start it with \`gunicorn ${applicationOf(files, { service, server })} --bind 0.0.0.0:${portOf(server)} --workers ${count}\`.`,
  };
}

/** `shop.wsgi`, `app:app`: what gunicorn is to be given, as far as the project tells. */
function applicationOf(files: Files, { service, server }: App): string {
  if (server.words.includes('runserver')) {
    const context = service.compose.build?.context ?? '';
    const inside = context === '' ? '' : `${context}/`;
    const wsgi = files.paths.find((path) => path.startsWith(inside) && path.endsWith('/wsgi.py'));
    return wsgi === undefined
      ? 'PROJECT.wsgi'
      : wsgi.slice(inside.length, -'.py'.length).replaceAll('/', '.');
  }
  if (server.call) {
    const variable = /^[A-Za-z_]\w*/.exec(
      files.read(server.call.at.path)?.slice(server.call.at.start) ?? '',
    )?.[0];
    return `${server.call.at.path.replace(/^.*\//, '').replace(/\.py$/, '')}:${variable ?? 'app'}`;
  }
  const given =
    findFlag(server.places, ['--app', '-A'], true)?.value ??
    service.compose.environment.get('FLASK_APP')?.value ??
    'app';
  const [module = 'app', variable = 'app'] = given.replace(/\.py$/, '').split(':');
  return `${module}:${variable}`;
}

/** The port that it listens on now. */
function portOf(server: AppServer): string {
  const flag = findFlag(server.places, ['--port', '-p'], true)?.value;
  const address = server.words.find(
    (word) => /^(?:[\d.]+:)?\d{2,5}$/.test(word) && server.words.includes('runserver'),
  );
  const keyword = server.call?.keywords.get('port');
  if (keyword?.kind === 'number') return String(keyword.value);
  return flag ?? address?.replace(/^.*:/, '') ?? (server.words.includes('runserver') ? '8000' : '5000');
}

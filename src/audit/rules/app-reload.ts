import { changeFlags } from '../../readers/commands/splice.ts';
import type { Stack } from '../../stack/stack.ts';
import type { Fix, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { appsOf, commandRequires, serverName, type App } from '../subjects/app.ts';

export const appReload = rule({
  id: 'app-reload',
  category: 'app',
  severity: 'medium',
  title: {
    fail: 'The server watches its source files and restarts itself',
    pass: 'The server does not watch its source files',
  },
  why: 'Auto-reload is for development: a supervisor watches every file, which costs CPU and inotify watches; requests in flight are cut when a file changes; and uvicorn refuses to start workers beside it, so the app stays one process.',
  example: {
    language: 'yaml',
    bad: 'command: uvicorn main:app --host 0.0.0.0 --reload',
    good: 'command: uvicorn main:app --host 0.0.0.0 --workers 4',
  },
  references: [
    'https://www.uvicorn.org/settings/#development',
    'https://docs.gunicorn.org/en/stable/settings.html#reload',
  ],
  evaluate: (stack) => appsOf(stack).flatMap((app) => judge(stack, app) ?? []),
});

/** Servers that can reload; those for development are another rule's. */
const reloading = new Set(['uvicorn', 'gunicorn', 'fastapi', 'hypercorn', 'granian', 'uwsgi', 'python']);

function judge(stack: Stack, app: App): Verdict | undefined {
  const { service, server } = app;
  if (!reloading.has(server.kind)) return undefined;
  if (server.kind === 'python' && !server.call?.name.startsWith('uvicorn.')) return undefined;
  const { reload } = server;
  const common = { subject: service.name, confidence: 'static', at: reload?.source.at ?? server.at } as const;
  const name = serverName(server);
  if (reload?.value !== true)
    return server.unknown.length > 0
      ? undefined
      : { ...common, status: 'pass', message: `${name} in ${service.name} does not reload.` };
  if (server.workers.value.kind === 'unknown')
    return {
      ...common,
      status: 'unknown',
      message: `A script of ${service.name} may start ${name} with auto-reload: ${server.workers.value.why}.`,
    };
  return {
    ...common,
    status: 'fail',
    message: `${name} in ${service.name} runs with auto-reload.`,
    current: 'reload on',
    expected: 'reload off',
    evidence: [{ at: reload.source.at ?? server.at, text: server.words.join(' ') }],
    fix: fixOf(stack, app),
  };
}

function fixOf({ files }: Stack, { service, server }: App): Fix {
  const { reload } = server;
  const at = reload?.source.at;
  const written = at && files.read(at.path)?.slice(at.start, at.end);
  const edits =
    reload?.source.by === 'command'
      ? changeFlags(server, files, [{ names: ['--reload'], value: null }])
      : at && written === 'True'
        ? [{ ...at, text: 'False' }]
        : [];
  return {
    title: `Start ${serverName(server)} without auto-reload`,
    edits,
    ...(edits.length > 0
      ? {}
      : {
          manual: `Take \`--reload\` (or \`reload=True\`, \`UVICORN_RELOAD\`) out of what starts \`${service.name}\`.`,
        }),
    requires: commandRequires(server),
    risk: 'Changes of mounted sources need a restart from then on.',
  };
}

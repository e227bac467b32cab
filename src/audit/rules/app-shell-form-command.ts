import type { Stack } from '../../stack/stack.ts';
import type { Fix, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { commandRequires, serverName, type App } from '../subjects/app.ts';

export const appShellFormCommand = rule({
  id: 'app-shell-form-command',
  category: 'operations',
  severity: 'low',
  title: {
    fail: 'A shell keeps the stop signal from the server',
    pass: 'The server gets the stop signal',
  },
  why: '`docker stop`, and so every deploy, sends SIGTERM to the first process of the container. With the shell form of CMD, or a script without `exec`, that is a shell: it neither passes the signal on nor ends. The server finishes no request in order; after `stop_grace_period` (10 s) everything is killed. `exec` in front of the command lets the server take the place of the shell.',
  example: {
    language: 'dockerfile',
    bad: 'CMD gunicorn app:app --workers 4',
    good: 'CMD exec gunicorn app:app --workers 4',
  },
  references: [
    'https://docs.docker.com/reference/dockerfile/#shell-form-entrypoint-example',
    'https://docs.docker.com/reference/build-checks/json-args-recommended/',
  ],
  evaluate: (stack) =>
    stack.services.flatMap((service) =>
      (service.role === 'app' || service.role === 'worker') && service.app
        ? judge(stack, { service, server: service.app })
        : [],
    ),
});

function judge(stack: Stack, app: App): readonly Verdict[] {
  const { service, server } = app;
  const { behindShell } = server;
  const common = { subject: service.name, confidence: 'static', at: behindShell?.at ?? server.at } as const;
  const name = serverName(server);
  if (!behindShell)
    return [{ ...common, status: 'pass', message: `${name} in ${service.name} gets SIGTERM itself.` }];
  // A script that may start another server instead: what is said of this one may be of no use.
  if (server.unknown.some((why) => why.startsWith('conditions in '))) return [];
  return [
    {
      ...common,
      status: 'fail',
      message: `${name} in ${service.name} runs behind a shell that does not pass SIGTERM on: requests in flight are cut when the container stops, after its whole grace period.`,
      current: 'behind a shell',
      expected: 'exec',
      evidence: [{ at: behindShell.at, text: server.words.join(' ') }],
      fix: fixOf(stack, app, behindShell.at),
    },
  ];
}

function fixOf({ files }: Stack, { server }: App, at: NonNullable<App['server']['behindShell']>['at']): Fix {
  const name = serverName(server);
  const isText = files.read(at.path) !== undefined;
  return {
    title: `Let ${name} take the place of the shell`,
    edits: isText ? [{ path: at.path, start: at.start, end: at.start, text: 'exec ' }] : [],
    ...(isText ? {} : { manual: `Put \`exec\` in front of the command that starts ${name}.` }),
    requires: commandRequires(server),
    risk: 'Commands behind it in the same script no longer run.',
  };
}

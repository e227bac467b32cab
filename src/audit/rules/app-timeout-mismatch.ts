import { effective } from '../../readers/nginx/effective.ts';
import type { ProxiedLocation } from '../../readers/nginx/locations.ts';
import { nginxDuration } from '../../readers/nginx/values.ts';
import { changeFlags } from '../../readers/commands/splice.ts';
import type { Stack } from '../../stack/stack.ts';
import type { Fix, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';
import { numberEdit } from '../subjects/app-edit.ts';
import { appsOf, commandRequires, concurrencyOf, serverName, type App } from '../subjects/app.ts';
import { judgeProxies, seen, serviceBehind } from '../subjects/proxy.ts';

export const appTimeoutMismatch = rule({
  id: 'app-timeout-mismatch',
  category: 'app',
  severity: 'low',
  title: {
    fail: 'Workers go on with requests that the proxy has given up',
    pass: 'The app gives up before the proxy does',
  },
  why: "nginx waits `proxy_read_timeout` (60 s) for an answer and then sends 504. A synchronous worker whose own timeout is longer goes on with the request that nobody waits for any more; clients try again, and a few such requests occupy every worker. Let the app give up first: its timeout a little below the proxy's. For asynchronous workers gunicorn's `--timeout` is a heartbeat and no limit of a request.",
  example: {
    language: 'dockerfile',
    bad: 'CMD ["gunicorn", "app:app", "--workers", "4", "--timeout", "300"]',
    good: 'CMD ["gunicorn", "app:app", "--workers", "4", "--timeout", "55"]',
  },
  references: [
    'https://docs.gunicorn.org/en/stable/settings.html#timeout',
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout',
  ],
  evaluate: (stack) => appsOf(stack).flatMap((app) => judge(stack, app) ?? []),
});

/** Seconds that nginx waits by default; longer ones are another rule's matter. */
const usual = 60;

function judge(stack: Stack, app: App): Verdict | undefined {
  const { service, server } = app;
  const { timeout } = server;
  const { kind } = concurrencyOf(app);
  if ((kind !== 'sync' && kind !== 'threads') || !timeout || timeout.value <= 0) return undefined;
  const proxies = patienceFor(stack, app);
  const [shortest] = proxies.toSorted((one, other) => one.seconds - other.seconds);
  const longest = Math.max(...proxies.map(({ seconds }) => seconds));
  if (!shortest) return undefined;
  const name = serverName(server);
  const common = { subject: service.name, confidence: 'static', at: timeout.source.at ?? server.at } as const;
  // A place with more patience is there for the long requests.
  if (timeout.value <= longest || longest > usual)
    return {
      ...common,
      status: 'pass',
      message: `${name} in ${service.name} gives a request ${timeout.value} s, nginx ${longest} s.`,
    };
  return {
    ...common,
    status: 'fail',
    severity: timeout.value >= 3 * longest ? 'medium' : 'low',
    message: `nginx gives up after ${longest} s, and a worker of ${name} in ${service.name} goes on for up to ${timeout.value} s.`,
    current: `${timeout.value} s`,
    expected: `less than ${longest} s`,
    evidence: [
      { at: timeout.source.at ?? server.at, text: `timeout ${timeout.value}` },
      shortest.directive ? seen(shortest.directive) : seen(shortest.location.pass),
    ],
    fix: fixOf(stack, app, Math.max(1, longest - 5)),
  };
}

interface Patience {
  seconds: number;
  location: ProxiedLocation;
  directive: ReturnType<typeof effective>;
}

/** How long the proxies of the stack wait for an app, at each place that passes to it. */
function patienceFor(stack: Stack, { service }: App): readonly Patience[] {
  const found: Patience[] = [];
  judgeProxies(stack, ({ locations }) => {
    for (const location of locations) {
      if (serviceBehind(stack, location) !== service) continue;
      const directive = effective(location.block, readTimeouts[location.protocol] ?? 'proxy_read_timeout');
      const duration = directive ? nginxDuration(directive.args[0]?.value ?? '') : usual * 1000;
      if (duration !== undefined) found.push({ seconds: duration / 1000, location, directive });
    }
    return undefined;
  });
  return found;
}

const readTimeouts: Readonly<Record<string, string>> = {
  uwsgi: 'uwsgi_read_timeout',
  fastcgi: 'fastcgi_read_timeout',
  grpc: 'grpc_read_timeout',
  scgi: 'scgi_read_timeout',
};

function fixOf({ files }: Stack, { service, server }: App, seconds: number): Fix {
  const source = server.timeout?.source;
  const name = serverName(server);
  const flags = server.kind === 'gunicorn' ? (['--timeout', '-t'] as const) : undefined;
  const edit = source?.by === 'config-file' ? numberEdit(files, source.at, seconds) : undefined;
  const edits = edit
    ? [edit]
    : source?.by === 'command' && flags
      ? changeFlags(server, files, [{ names: flags, value: seconds }])
      : [];
  return {
    title: `Let ${name} give up after ${seconds} s`,
    edits,
    ...(edits.length > 0
      ? {}
      : { manual: `Set the timeout of ${name} in \`${service.name}\` to ${seconds} s.` }),
    requires: commandRequires(server),
    risk: `Requests that take longer than ${seconds} s end with an error of the app; those beyond the proxy's timeout did so already.`,
  };
}

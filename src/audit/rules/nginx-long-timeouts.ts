import { effective, enclosing } from '../../readers/nginx/effective.ts';
import { isBroad, locationName, locationPath, type ProxiedLocation } from '../../readers/nginx/locations.ts';
import type { AppServer } from '../../readers/commands/app-server.ts';
import { printDirective } from '../../readers/nginx/print.ts';
import type { NginxDirective } from '../../readers/nginx/tree.ts';
import { nginxDuration } from '../../readers/nginx/values.ts';
import type { Stack } from '../../stack/stack.ts';
import { rule } from '../rule.ts';
import { streams } from '../subjects/app-code.ts';
import { editable, setArguments } from '../subjects/nginx-edit.ts';
import { judgeProxies, seen, serviceBehind } from '../subjects/proxy.ts';

/**
 * Seconds. nginx's own default of all three is 60: whoever writes less has it better than who writes nothing. A
 * connection within a machine takes milliseconds.
 */
const longest = { connect: 60, send: 60, read: 60 } as const;
const proposed = { connect: 5, send: 60, read: 60 } as const;
type Phase = keyof typeof longest;

interface LongTimeout {
  directive: NginxDirective;
  phase: Phase;
  seconds: number;
  /** The value to write instead. */
  better: number;
  location: ProxiedLocation;
}

export const nginxLongTimeouts = rule({
  id: 'nginx-long-timeouts',
  category: 'proxy',
  severity: 'medium',
  cause: 7,
  title: {
    fail: 'nginx waits too long for the app',
    pass: 'nginx gives up on the app in time',
  },
  why: "While nginx waits, the client waits too and a connection is taken on both sides. When the app hangs, requests pile up until `worker_connections` or file descriptors run out, and the whole site is gone instead of one page. `proxy_read_timeout` and `proxy_send_timeout` count the time between two reads or writes, not the whole answer, so 60 s (the default) is already generous; a connection within a machine takes milliseconds, so 5 s is plenty. Beyond the app's own limit (30 s for gunicorn's sync workers) a longer wait has no effect at all. Websockets, server-sent events, uploads and reports may take longer: give them a location of their own.",
  example: {
    language: 'nginx',
    bad: 'location / {\n  proxy_read_timeout 300s;\n  proxy_pass http://backend;\n}',
    good: 'location / {\n  proxy_read_timeout 60s;\n  proxy_pass http://backend;\n}\nlocation /reports/ {\n  proxy_read_timeout 300s;\n  proxy_pass http://backend;\n}',
  },
  references: [
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout',
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_connect_timeout',
    'https://docs.gunicorn.org/en/stable/settings.html#timeout',
  ],
  evaluate: (stack) =>
    judgeProxies(stack, ({ locations }) => {
      if (locations.length === 0) return undefined;
      // By its place: what several locations include is written once.
      const found = new Map<string, LongTimeout>();
      for (const location of locations)
        for (const timeout of longTimeouts(stack, location)) {
          const { path, start } = timeout.directive.at;
          const known = found.get(`${path}:${start}`);
          if (!known || known.better < timeout.better) found.set(`${path}:${start}`, timeout);
        }
      // Of equals the one that waits for data: that is where requests pile up.
      const all = [...found.values()].toSorted(
        (one, other) =>
          other.seconds - one.seconds || Number(one.phase === 'connect') - Number(other.phase === 'connect'),
      );
      const [worst] = all;
      if (!worst) return { status: 'pass', message: 'No timeout of nginx is longer than it needs to be.' };
      const waits = all.some(({ phase }) => phase !== 'connect');
      const app = serviceBehind(stack, worst.location)?.app;
      const limit = requestLimit(app);
      const unbuffered = effective(worst.location.block, 'proxy_buffering')?.args[0]?.value === 'off';
      const streaming = waits && (unbuffered || streams(stack, worst.location));
      const dead =
        app && limit !== undefined && worst.seconds > limit
          ? ` ${app.kind} itself gives up after ${limit} s.`
          : '';
      const files = all.every(({ directive }) => editable(stack.files, directive.at));
      const edits = files ? all.map(({ directive, better }) => setArguments(directive, `${better}s`)) : [];
      return {
        status: 'fail',
        severity: streaming ? 'info' : waits ? 'medium' : 'low',
        message: streaming
          ? `${describe(all)} for ${locationName(worst.location)}. ${unbuffered ? 'Answers are not buffered there, so the app seems to stream' : 'The app also streams or has websockets'}, which may need it: give those a location of their own.`
          : `${describe(all)} for ${locationName(worst.location)}: when the app hangs, that long every client waits and holds its connections.${dead}`,
        at: worst.directive.at,
        current: all.map(({ directive }) => printDirective(directive)).join(' '),
        expected: all.map(({ directive, better }) => `${directive.name} ${better}s;`).join(' '),
        evidence: all.map(({ directive }) => seen(directive)),
        fix: {
          title: 'Shorten the timeouts',
          edits: streaming ? [] : edits,
          ...((streaming || !files) && {
            manual: `Set ${all.map(({ directive, better }) => `\`${directive.name} ${better}s;\``).join(', ')}, and keep the long values in locations of their own for the paths that need them.`,
          }),
          requires: 'reload',
          risk: 'A request during which the app is silent for longer than that now ends with 504; such paths need a location of their own.',
        },
      };
    }),
});

function longTimeouts(stack: Stack, location: ProxiedLocation): readonly LongTimeout[] {
  const { pass, block, protocol, websocket, stream } = location;
  const prefix = pass.name.slice(0, pass.name.indexOf('_'));
  return (['connect', 'send', 'read'] as const).flatMap((phase): LongTimeout[] => {
    const directive = effective(block, `${prefix}_${phase}_timeout`);
    const milliseconds = nginxDuration(directive?.args.map(({ value }) => value).join(' ') ?? '');
    if (!directive || milliseconds === undefined) return [];
    const seconds = milliseconds / 1000;
    if (seconds <= longest[phase]) return [];
    // Streams of gRPC and websockets are silent for as long as they like; a location of its own is a decision.
    if (phase !== 'connect' && (websocket || stream || protocol === 'grpc' || narrow(directive))) return [];
    const limit = requestLimit(serviceBehind(stack, location)?.app);
    const better =
      phase === 'read' && limit !== undefined && limit > 0
        ? Math.min(limit + 5, proposed.read)
        : proposed[phase];
    return [{ directive, phase, seconds, better, location }];
  });
}

/** It is set in a location that takes a part of the site only. */
function narrow(directive: NginxDirective): boolean {
  const location = enclosing(directive, 'location');
  if (!location) return false;
  const { modifier, path } = locationPath(location);
  return !isBroad(modifier, path);
}

/** Seconds after which a server gives up on a single request. Only gunicorn's sync workers have such a limit: the others count how long a worker is silent. */
function requestLimit(app: AppServer | undefined): number | undefined {
  if (app?.kind !== 'gunicorn' || (app.workerClass?.value ?? 'sync') !== 'sync') return undefined;
  const seconds = app.timeout?.value;
  return seconds === 0 ? undefined : seconds;
}

/** `nginx waits 300 s for data and 75 s for a connection`. */
function describe(all: readonly LongTimeout[]): string {
  const most = (phase: Phase): number | undefined => all.find((timeout) => timeout.phase === phase)?.seconds;
  const wait = Math.max(most('read') ?? 0, most('send') ?? 0);
  const connect = most('connect');
  const parts = [
    ...(wait > 0 ? [`${wait} s for data`] : []),
    ...(connect === undefined ? [] : [`${connect} s for a connection`]),
  ];
  return `nginx waits ${parts.join(' and ')}`;
}

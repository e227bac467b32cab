import { own } from '../../readers/nginx/effective.ts';
import type { ProxiedLocation } from '../../readers/nginx/locations.ts';
import type { AppServer } from '../../readers/commands/app-server.ts';
import { setFlag } from '../../readers/commands/splice.ts';
import type { Service } from '../../stack/stack.ts';
import type { EvidenceLine, Fix } from '../finding.ts';
import { rule } from '../rule.ts';
import { appendTo, editable, setArguments } from '../subjects/nginx-edit.ts';
import { appLocations, judgeProxies, seen, serviceBehind, type Proxy } from '../subjects/proxy.ts';
import {
  appKeepsSeconds,
  keepAliveFlag,
  keptFor,
  neverKeeps,
  reuseOf,
} from '../subjects/upstream-keepalive.ts';

interface Race {
  location: ProxiedLocation;
  service: Service;
  app: AppServer;
  /** Seconds that the app keeps an idle connection, and nginx. */
  appKeeps: number;
  nginxKeeps: number;
}

export const nginxKeepaliveRace = rule({
  id: 'nginx-keepalive-race',
  category: 'proxy',
  severity: 'medium',
  title: {
    fail: 'The app closes idle connections before nginx does',
    pass: 'nginx closes idle connections to the app before the app does',
  },
  why: 'Whoever keeps an idle connection longer may send a request just when the other end closes it. nginx keeps connections to an upstream for 60 s, uvicorn for 5 s, gunicorn for 2 s. nginx tries a failed request again on a new connection, but not a POST or PATCH that it has sent already: those become 502. So the app must keep idle connections longer than nginx: `--timeout-keep-alive 75` (uvicorn), `--keep-alive 75` (gunicorn), or a short `keepalive_timeout` in the upstream block.',
  example: {
    language: 'dockerfile',
    bad: 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]',
    good: 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--timeout-keep-alive", "75"]',
  },
  references: [
    'https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout',
    'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream',
    'https://www.uvicorn.org/settings/#timeouts',
    'https://docs.gunicorn.org/en/stable/settings.html#keepalive',
  ],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      const known = appLocations(proxy).flatMap((location): Race[] => {
        const service = serviceBehind(stack, location);
        const app = service?.app;
        const appKeeps = app?.keepAlive?.value;
        if (
          !service ||
          !app ||
          appKeeps === undefined ||
          neverKeeps(app) ||
          !/^https?$/.test(location.protocol)
        )
          return [];
        const { obstacles } = reuseOf(proxy.config, location, proxy.service.nginxVersion);
        const nginxKeeps = keptFor(location.upstream).seconds;
        return obstacles.length === 0 ? [{ location, service, app, appKeeps, nginxKeeps }] : [];
      });
      if (known.length === 0) return undefined;
      const races = known.filter(({ appKeeps, nginxKeeps }) => appKeeps <= nginxKeeps);
      const [race] = races;
      if (!race) {
        const [first] = known;
        return {
          status: 'pass',
          message: `${first?.service.name ?? 'The app'} keeps idle connections for ${first?.appKeeps} s, nginx for ${first?.nginxKeeps} s.`,
        };
      }
      const { app, appKeeps, nginxKeeps, service } = race;
      const facts = `${app.kind} in ${service.name} closes an idle connection after ${appKeeps} s, nginx keeps it for ${nginxKeeps} s`;
      return {
        status: 'fail',
        message: `${facts}: a POST that meets a connection just being closed fails with 502.`,
        at: app.keepAlive?.source.at ?? app.at,
        current: `${appKeeps} s`,
        expected: `more than ${nginxKeeps} s`,
        evidence: evidenceOf(race),
        fix: fixOf(proxy, race),
      };
    }),
});

function evidenceOf({ app, location }: Race): readonly EvidenceLine[] {
  const { directive } = keptFor(location.upstream);
  return [
    { at: app.keepAlive?.source.at ?? app.at, text: app.words.join(' ') },
    ...(directive ? [seen(directive)] : location.upstream ? [seen(location.upstream)] : []),
  ];
}

/** The app's flag, its configuration file's line, or else nginx's side. */
function fixOf({ stack }: Proxy, { app, appKeeps, location, service }: Race): Fix {
  const { files } = stack;
  const setting = app.keepAlive?.source;
  const rebuild =
    service.compose.build === undefined || app.form.startsWith('compose') ? 'recreate' : 'rebuild';
  const flag = keepAliveFlag(app);
  const common = {
    title: `Let ${app.kind} keep idle connections for ${appKeepsSeconds} s`,
    requires: rebuild,
    risk: `Idle connections of clients that reach the app without nginx are kept for ${appKeepsSeconds} s too.`,
  } as const;
  if (
    setting?.by === 'config-file' &&
    /^\d+$/.test(files.read(setting.at.path)?.slice(setting.at.start, setting.at.end) ?? '')
  )
    return { ...common, edits: [{ ...setting.at, text: String(appKeepsSeconds) }] };
  const edits = flag === undefined ? [] : setFlag(app, files, flag, appKeepsSeconds);
  if (edits.length > 0) return { ...common, edits };
  const { upstream } = location;
  const seconds = Math.max(1, Math.floor(appKeeps) - 1);
  const manual = `Let the app keep idle connections for ${appKeepsSeconds} s${flag === undefined ? '' : ` (\`${flag} ${appKeepsSeconds}\`)`}, or set \`keepalive_timeout ${seconds}s;\` in the upstream block.`;
  const title = `Let nginx close idle connections after ${seconds} s`;
  const risk = 'With few requests a second, connections are used again less often.';
  if (!upstream || !editable(files, upstream.at) || appKeeps <= 1)
    return { title: common.title, edits: [], manual, requires: rebuild };
  const [kept] = own(upstream, 'keepalive_timeout');
  return {
    title,
    edits: [
      kept
        ? setArguments(kept, `${seconds}s`)
        : appendTo(files, upstream, [`keepalive_timeout ${seconds}s;`]),
    ],
    requires: 'reload',
    risk,
  };
}

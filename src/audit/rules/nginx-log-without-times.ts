import { effectiveAll, named } from '../../readers/nginx/effective.ts';
import type { NginxDirective } from '../../readers/nginx/tree.ts';
import type { Fix } from '../finding.ts';
import { rule } from '../rule.ts';
import { editable, insertBefore } from '../subjects/nginx-edit.ts';
import { appLocations, judgeProxies, seen, type Proxy } from '../subjects/proxy.ts';

const times = 'rt=$request_time urt=$upstream_response_time cs=$upstream_cache_status';

export const nginxLogWithoutTimes = rule({
  id: 'nginx-log-without-times',
  category: 'proxy',
  severity: 'low',
  title: {
    fail: 'The access log does not tell how long requests took',
    pass: 'The access log tells how long requests took',
  },
  why: 'Without `$request_time` and `$upstream_response_time` nobody can say afterwards what was slow, whether the app or the network was, and whether a change helped. The built-in format `combined` has neither.',
  example: {
    language: 'nginx',
    bad: 'access_log /var/log/nginx/access.log combined;',
    good: `log_format timed '$remote_addr [$time_local] "$request" $status ${times}';\naccess_log /var/log/nginx/access.log timed;`,
  },
  references: [
    'https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format',
    'https://nginx.org/en/docs/http/ngx_http_upstream_module.html#var_upstream_response_time',
  ],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      const web = appLocations(proxy);
      const [first] = web;
      if (!first) return undefined;
      const logs = [...new Set(web.flatMap(({ block }) => effectiveAll(block, 'access_log')))].filter(
        ({ args }) => args[0]?.value !== 'off',
      );
      const off = web.every(({ block }) =>
        effectiveAll(block, 'access_log').some(({ args }) => args[0]?.value === 'off'),
      );
      if (off)
        return {
          status: 'fail',
          severity: 'info',
          message: 'Requests of the app are not logged, so nobody can say afterwards what was slow.',
          at: (effectiveAll(first.block, 'access_log')[0] ?? first.location).at,
        };
      const untimed = logs.filter((log) => !hasTimes(proxy, log));
      if (logs.length > untimed.length) return { status: 'pass', message: 'The access log has times.' };
      const [log] = untimed;
      const name = log?.args[1]?.value ?? 'combined';
      const format = formatOf(proxy, name);
      return {
        status: 'fail',
        message: `The access log has the format ${name}, without $request_time and $upstream_response_time.`,
        at: (log ?? first.location).at,
        current: name,
        expected: 'a log_format with $request_time and $upstream_response_time',
        evidence: [log, format].flatMap((each) => (each ? [seen(each)] : [])),
        fix: fixOf(proxy, log, format),
      };
    }),
});

function formatOf({ config }: Proxy, name: string): NginxDirective | undefined {
  return named(config.directives, 'log_format').find(({ args }) => args[0]?.value === name);
}

function hasTimes(proxy: Proxy, log: NginxDirective): boolean {
  const format = formatOf(proxy, log.args[1]?.value ?? 'combined');
  return (
    format?.args.some(({ value }) => /\$\{?(?:request_time|upstream_response_time)\b/.test(value)) ?? false
  );
}

function fixOf(
  { stack: { files }, config }: Proxy,
  log: NginxDirective | undefined,
  format: NginxDirective | undefined,
): Fix {
  const title = 'Log how long requests take';
  const risk = 'Programs that read the log must accept more fields at the end of a line.';
  const manual = `Add \`${times}\` to the \`log_format\` that \`access_log\` names.`;
  const last = format?.args.at(-1);
  const json = format?.args.some(
    ({ value }) => value.startsWith('escape=') || value.trimStart().startsWith('{'),
  );
  if (format && last && !json && editable(files, last.at))
    return {
      title,
      edits: [{ path: last.at.path, start: last.at.end, end: last.at.end, text: ` ' ${times}'` }],
      requires: 'reload',
      risk,
    };
  if (
    format ||
    !log ||
    !editable(files, log.at) ||
    named(config.directives, 'log_format').some(({ args }) => args[0]?.value === 'timed')
  )
    return { title, edits: [], manual, requires: 'reload' };
  // `log_format` stands in `http` only.
  const inHttp = log.parent === undefined || log.parent.name === 'http';
  const place = inHttp ? log : log.parent?.name === 'server' ? log.parent : undefined;
  const [path] = log.args;
  const name = log.args[1];
  if (!place || !path) return { title, edits: [], manual, requires: 'reload' };
  return {
    title,
    edits: [
      insertBefore(files, place, [
        `log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '`,
        `\t'"$http_referer" "$http_user_agent" ${times}';`,
        ...(inHttp ? [] : ['']),
      ]),
      name
        ? { ...name.at, text: 'timed' }
        : { path: path.at.path, start: path.at.end, end: path.at.end, text: ' timed' },
    ],
    requires: 'reload',
    risk,
  };
}

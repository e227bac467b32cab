import { named } from '../../readers/nginx/effective.ts';
import type { ComposeScalar } from '../../readers/compose/node.ts';
import type { Span } from '../../source/span.ts';
import type { Service } from '../../stack/stack.ts';
import type { Fix } from '../finding.ts';
import { rule } from '../rule.ts';
import { editable, insertBefore, setArguments } from '../subjects/nginx-edit.ts';
import { judgeProxies, seen, type Proxy } from '../subjects/proxy.ts';

/** https://nginx.org/en/docs/ngx_core_module.html#worker_connections */
const nginxDefault = 512;

export const nginxWorkerConnections = rule({
  id: 'nginx-worker-connections',
  category: 'proxy',
  severity: 'low',
  title: {
    fail: 'nginx may hold more connections than it may open files',
    pass: 'nginx may open as many files as its connections need',
  },
  why: 'A connection is an open file, and a request that is passed on takes two: one to the client and one to the app. When a worker of nginx reaches its limit of open files it refuses connections ("Too many open files") although `worker_connections` would allow them. `worker_rlimit_nofile` should be at least twice `worker_connections`, and `ulimits: nofile` of the container no less.',
  example: {
    language: 'nginx',
    bad: 'worker_rlimit_nofile 1024;\nevents {\n  worker_connections 4096;\n}',
    good: 'worker_rlimit_nofile 8192;\nevents {\n  worker_connections 4096;\n}',
  },
  references: [
    'https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile',
    'https://nginx.org/en/docs/ngx_core_module.html#worker_connections',
    'https://docs.docker.com/reference/compose-file/services/#ulimits',
  ],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      const [directive] = named(proxy.config.directives, 'worker_connections');
      const connections = Number(directive?.args[0]?.value ?? nginxDefault);
      const [rlimit] = named(proxy.config.directives, 'worker_rlimit_nofile');
      const own = rlimit && Number(rlimit.args[0]?.value);
      const { soft, hard, at } = filesOf(proxy.service);
      const files = own ?? soft;
      if (files === undefined || !Number.isFinite(connections) || !Number.isFinite(files)) return undefined;
      const needed = 2 * connections;
      if (files >= needed)
        return {
          status: 'pass',
          message: `A worker may open ${files} files for ${connections} connections.`,
        };
      const tooFew = files < connections;
      return {
        status: 'fail',
        ...(!tooFew && { severity: 'info' as const }),
        message: `worker_connections is ${connections}, but a worker may open ${files} files only${own === undefined ? ' (ulimits nofile of the container)' : ' (worker_rlimit_nofile)'}; passing requests on takes two a connection.`,
        ...placeOf(rlimit?.at ?? at ?? directive?.at),
        current: String(files),
        expected: `at least ${needed}`,
        evidence: [rlimit, directive].flatMap((each) => (each ? [seen(each)] : [])),
        fix: fixOf(proxy, needed, hard),
      };
    }),
});

function placeOf(at: Span | undefined): { at?: Span } {
  return at ? { at } : {};
}

function fixOf({ config, stack: { files } }: Proxy, needed: number, hard: number | undefined): Fix {
  const [rlimit] = named(config.directives, 'worker_rlimit_nofile');
  const [events] = named(config.directives, 'events');
  const target = rlimit ?? events;
  const title = `Let a worker open ${needed} files`;
  if (!target || !editable(files, target.at) || (hard !== undefined && hard < needed))
    return {
      title,
      edits: [],
      manual: `Set \`worker_rlimit_nofile ${needed};\` at the top of nginx.conf, and \`ulimits: nofile: ${needed}\` for the service.`,
      requires: 'recreate',
    };
  return {
    title,
    edits: [
      rlimit
        ? setArguments(rlimit, String(needed))
        : insertBefore(files, target, [`worker_rlimit_nofile ${needed};`, '']),
    ],
    requires: 'restart',
  };
}

/** `ulimits.nofile` of the container, by Compose or as it runs. */
function filesOf({ compose, live }: Service): { soft?: number; hard?: number; at?: Span } {
  const node = compose.get('ulimits', 'nofile');
  const number = (scalar: ComposeScalar): number => Number(scalar.value);
  if (node?.kind === 'scalar') return { soft: number(node), hard: number(node), at: node.at };
  const soft = compose.get('ulimits', 'nofile', 'soft');
  const hard = compose.get('ulimits', 'nofile', 'hard');
  if (soft?.kind === 'scalar')
    return { soft: number(soft), at: soft.at, ...(hard?.kind === 'scalar' && { hard: number(hard) }) };
  const running = live?.containers.find(({ nofile }) => nofile !== undefined)?.nofile;
  return running === undefined ? {} : { soft: running };
}

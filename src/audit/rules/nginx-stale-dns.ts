import type { ProxiedLocation } from '../../readers/nginx/locations.ts';
import { rule } from '../rule.ts';
import { judgeProxies, seen, serviceOf } from '../subjects/proxy.ts';

export const nginxStaleDns = rule({
  id: 'nginx-stale-dns',
  category: 'proxy',
  severity: 'low',
  title: {
    fail: 'nginx keeps the address that a container had when nginx started',
    pass: 'nginx asks for the addresses of containers again',
  },
  why: "nginx resolves host names in `proxy_pass` and `upstream` once, when it starts or reloads. A container that is created anew may get another address, and nginx answers 502 (or reaches another container) until it is reloaded. Either reload nginx after each deploy, as `ops deploy` does, or let it ask Docker's DNS: `resolver 127.0.0.11 valid=10s;` with `zone` and `server NAME resolve;` in the upstream block (open source since 1.27.3), or a variable in `proxy_pass`. An app with several replicas also gets all its addresses only that way.",
  example: {
    language: 'nginx',
    bad: 'upstream backend {\n  server backend:8000;\n}',
    good: 'resolver 127.0.0.11 valid=10s;\nupstream backend {\n  zone backend 64k;\n  server backend:8000 resolve;\n}',
  },
  references: [
    'https://nginx.org/en/docs/http/ngx_http_upstream_module.html#resolve',
    'https://docs.docker.com/engine/network/#dns-services',
  ],
  evaluate: (stack) =>
    judgeProxies(stack, ({ locations }) => {
      const named = locations.flatMap((location) =>
        location.targets.filter(({ host }) => serviceOf(stack, host)).map((target) => ({ location, target })),
      );
      const [first] = named;
      if (!first) return undefined;
      const fixed = named.filter(
        ({ location, target }) =>
          !asksAgain(
            location,
            target.directive.args.map(({ value }) => value),
          ),
      );
      const [worst] = fixed;
      if (!worst) return { status: 'pass', message: 'nginx resolves the names of containers while it runs.' };
      const hosts = [...new Set(fixed.map(({ target }) => target.host))];
      return {
        status: 'fail',
        message: `nginx looks up ${hosts.slice(0, 3).join(', ')} once, at its start: when ${hosts.length > 1 ? 'one of these containers' : 'that container'} is created anew with another address, it answers 502 until it is reloaded.`,
        at: worst.target.directive.at,
        evidence: [seen(worst.target.directive)],
        fix: {
          title: 'Reload nginx after each deploy, or let it ask again',
          edits: [],
          manual:
            '`ops deploy` reloads nginx whenever it moves traffic. With another way to deploy, run `docker compose exec SERVICE nginx -s reload` afterwards, or use `resolver 127.0.0.11 valid=10s;` with `zone` and `server NAME:PORT resolve;` (nginx 1.27.3 or later).',
          requires: 'reload',
        },
      };
    }),
});

function asksAgain({ dynamic, upstream }: ProxiedLocation, words: readonly string[]): boolean {
  return upstream ? words.includes('resolve') : dynamic;
}

import { named, own } from '../../readers/nginx/effective.ts';
import { locationPath } from '../../readers/nginx/locations.ts';
import { rule } from '../rule.ts';
import { servesStatic } from '../subjects/app-code.ts';
import { isAssets } from '../subjects/private-paths.ts';
import { appLocations, judgeProxies, seen, serviceBehind } from '../subjects/proxy.ts';

export const nginxStaticFromApp = rule({
  id: 'nginx-static-from-app',
  category: 'proxy',
  severity: 'low',
  title: {
    fail: 'The app serves static files that nginx could serve',
    pass: 'Static files do not take workers of the app',
  },
  why: "A worker of the app that sends a style sheet answers nobody else meanwhile, and does it many times slower than nginx, which has the kernel send the file. Share the directory with nginx (a volume, or a `COPY --from` of the app's image) and give it a location with `alias` and `expires`, or let nginx cache those answers.",
  example: {
    language: 'nginx',
    bad: 'location / {\n  proxy_pass http://backend;\n}',
    good: 'location /static/ {\n  alias /srv/static/;\n  expires 1h;\n}\nlocation / {\n  proxy_pass http://backend;\n}',
  },
  references: [
    'https://docs.djangoproject.com/en/stable/howto/static-files/deployment/',
    'https://nginx.org/en/docs/http/ngx_http_core_module.html#alias',
  ],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      for (const location of appLocations(proxy)) {
        const service = serviceBehind(stack, location);
        const found = servesStatic(stack, service);
        if (!service || !found || !location.server) continue;
        const served = own(location.server, 'location').some((other) => {
          const { modifier, path } = locationPath(other);
          return isAssets(modifier, path);
        });
        const cached = named(proxy.config.directives, 'proxy_cache').some(
          ({ args }) => args[0]?.value !== 'off',
        );
        if (served || cached)
          return { status: 'pass', message: `nginx serves or keeps the static files of ${service.name}.` };
        const { path, start, end, text } = found;
        return {
          status: 'opportunity',
          // whitenoise is made for it: with it only the worker's time is lost.
          ...(text.includes('whitenoise') && { severity: 'info' as const }),
          message: `${service.name} serves its static files itself, and nginx has no location for them.`,
          at: { path, start, end },
          evidence: [{ at: { path, start, end }, text }, seen(location.pass)],
          fix: {
            title: 'Serve static files by nginx',
            edits: [],
            manual:
              'Share the directory of static files with nginx, and add `location /static/ { alias /srv/static/; expires 1h; }` beside the location that passes requests on.',
            requires: 'recreate',
          },
        };
      }
      return undefined;
    }),
});

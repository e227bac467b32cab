import { effective, enclosing } from '../../readers/nginx/effective.ts';
import { isBroad, locationName, locationPath } from '../../readers/nginx/locations.ts';
import { rule } from '../rule.ts';
import { sources, streams } from '../subjects/app-code.ts';
import { editable, remove } from '../subjects/nginx-edit.ts';
import { appLocations, judgeProxies, seen, serviceBehind } from '../subjects/proxy.ts';

export const nginxBufferingOff = rule({
  id: 'nginx-buffering-off',
  category: 'proxy',
  severity: 'low',
  title: {
    fail: 'Slow clients hold workers of the app, because nginx does not buffer answers',
    pass: 'nginx takes answers from the app at full speed',
  },
  why: 'With `proxy_buffering` (on by default) nginx takes an answer from the app in milliseconds and hands it to a slow phone for as long as that takes. Without it the app stays busy for all that time, which a server with a few workers cannot afford; the cache does not work either. Server-sent events and other streams need it off: in a location of their own, or by the header `X-Accel-Buffering: no` of those answers.',
  example: {
    language: 'nginx',
    bad: 'location / {\n  proxy_buffering off;\n  proxy_pass http://backend;\n}',
    good: 'location / {\n  proxy_pass http://backend;\n}\nlocation /events/ {\n  proxy_buffering off;\n  proxy_pass http://backend;\n}',
  },
  references: ['https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering'],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      const http = appLocations(proxy).filter(({ protocol }) => /^https?$/.test(protocol));
      if (http.length === 0) return undefined;
      const found = http.flatMap((location) => {
        const directive = effective(location.block, 'proxy_buffering');
        if (directive?.args[0]?.value !== 'off' || location.websocket || location.stream) return [];
        const around = enclosing(directive, 'location');
        const { modifier, path } = around ? locationPath(around) : { modifier: '' as const, path: '/' };
        return isBroad(modifier, path) ? [{ location, directive }] : [];
      });
      const [first] = found;
      if (!first)
        return { status: 'pass', message: 'Answers of the app are buffered where they are no streams.' };
      const { location, directive } = first;
      const service = serviceBehind(stack, location);
      const streaming = streams(stack, location);
      const known = sources(stack, service).length > 0;
      const app = service?.app;
      const sync = app?.kind === 'gunicorn' && (app.workerClass?.value ?? 'sync') === 'sync';
      const certain = known && !streaming && editable(stack.files, directive.at);
      return {
        status: 'fail',
        severity: streaming ? 'info' : sync ? 'medium' : 'low',
        message: streaming
          ? `Answers of ${locationName(location)} are not buffered. The app has streams that need that; the rest of it does not.`
          : `Answers of ${locationName(location)} are not buffered: ${sync ? 'a sync worker of gunicorn' : 'the app'} is busy for as long as the slowest client takes.`,
        at: directive.at,
        current: 'proxy_buffering off',
        expected: 'proxy_buffering on, and off only where answers are streams',
        evidence: [seen(directive)],
        fix: {
          title: 'Buffer answers',
          edits: certain ? [remove(stack.files, directive)] : [],
          ...(!certain && {
            manual:
              'Take `proxy_buffering off;` out here, and put it into locations of their own for the paths that stream.',
          }),
          requires: 'reload',
          risk: 'Answers that are written piece by piece arrive in larger pieces; a stream can send X-Accel-Buffering: no.',
        },
      };
    }),
});

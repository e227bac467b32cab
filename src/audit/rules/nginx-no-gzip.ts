import { effective, named } from '../../readers/nginx/effective.ts';
import { rule } from '../rule.ts';
import { sources } from '../subjects/app-code.ts';
import { insertBefore } from '../subjects/nginx-edit.ts';
import { httpPlace } from '../subjects/nginx-places.ts';
import {
  appLocations,
  frontProxy,
  judgeProxies,
  locationNames,
  seen,
  serviceBehind,
} from '../subjects/proxy.ts';

const types =
  'text/plain text/css text/javascript text/xml application/json application/javascript application/xml image/svg+xml';

export const nginxNoGzip = rule({
  id: 'nginx-no-gzip',
  category: 'proxy',
  severity: 'low',
  title: {
    fail: 'Answers go out uncompressed',
    pass: 'Answers are compressed',
  },
  why: 'JSON, HTML, scripts and style sheets shrink to a quarter or less; on a phone that is the difference between one and several seconds. nginx compresses nothing unless `gzip on` says so, and then only `text/html` unless `gzip_types` names more.',
  example: {
    language: 'nginx',
    bad: 'http {\n  # gzip is off by default\n}',
    good: `http {\n  gzip on;\n  gzip_vary on;\n  gzip_proxied any;\n  gzip_types ${types};\n}`,
  },
  references: ['https://nginx.org/en/docs/http/ngx_http_gzip_module.html'],
  evaluate: (stack) =>
    judgeProxies(stack, (proxy) => {
      const web = appLocations(proxy).filter(
        ({ protocol, websocket, path }) => protocol !== 'grpc' && (!websocket || path === '/'),
      );
      const [first] = web;
      if (!first || frontProxy(stack, proxy.service)) return undefined;
      const plain = web.filter(
        ({ block }) =>
          !['gzip', 'brotli', 'zstd'].some((name) => effective(block, name)?.args[0]?.value === 'on'),
      );
      const [worst] = plain;
      const compressing = web.some((location) =>
        sources(stack, serviceBehind(stack, location)).some(({ text }) =>
          /GZipMiddleware|GZipMiddleWare|flask_compress|BrotliMiddleware|CompressMiddleware/.test(text),
        ),
      );
      // Where some answers are compressed, somebody has decided about the others.
      if (!worst || plain.length < web.length || compressing)
        return { status: 'pass', message: 'Answers are compressed.' };
      if (proxy.unseen !== undefined)
        return { status: 'unknown', message: `gzip is not seen, but not all could be read: ${proxy.unseen}` };
      const off = effective(worst.block, 'gzip');
      const place = httpPlace(stack.files, web);
      const present = new Set(
        named(proxy.config.directives, 'gzip_vary', 'gzip_proxied', 'gzip_types', 'gzip_min_length').map(
          ({ name }) => name,
        ),
      );
      const lines = [
        'gzip on;',
        'gzip_vary on;',
        'gzip_proxied any;',
        'gzip_min_length 1024;',
        `gzip_types ${types};`,
      ].filter((line) => !present.has(line.slice(0, line.indexOf(' '))));
      const edits = off || !place ? [] : [insertBefore(stack.files, place, [...lines, ''])];
      return {
        status: 'fail',
        message: off
          ? `gzip is off for ${locationNames(plain)}.`
          : `gzip is not on: answers of ${locationNames(plain)} go out as large as they are.`,
        at: (off ?? worst.location).at,
        current: 'gzip off',
        expected: 'gzip on with gzip_types',
        evidence: [seen(off ?? worst.location)],
        fix: {
          title: 'Compress answers',
          edits,
          ...(edits.length === 0 && {
            manual: `Set \`gzip on;\`, \`gzip_vary on;\`, \`gzip_proxied any;\` and \`gzip_types ${types};\` in \`http\`.`,
          }),
          requires: 'reload',
          risk: 'Compressing costs CPU. Pages that show a secret next to text from the request should not be compressed over TLS (BREACH).',
        },
      };
    }),
});

import { expect, it } from 'vitest';
import { parseNginx } from '../../../../src/readers/nginx/parse.ts';
import { redirectedSite } from '../../../../src/readers/nginx/redirect.ts';

const app = 'location / { proxy_pass http://backend:8000; }';
const tls = `server { listen 443 ssl; server_name shop.example; ${app} }`;
const moved = 'return 301 https://$host$request_uri;';
const challenge = 'location ^~ /.well-known/acme-challenge/ { root /var/www; }';

it.each<[string, string, { name?: string } | undefined]>([
  [
    'a server that redirects to the host it was asked for',
    `server { listen 80; server_name shop.example; ${moved} } ${tls}`,
    { name: 'shop.example' },
  ],
  [
    'one that names the site',
    `server { listen 80 default_server; return 308 https://shop.example$request_uri; } ${tls}`,
    { name: 'shop.example' },
  ],
  [
    'one for any name: the site is the first with TLS',
    `server { listen *:80; listen [::]:80; server_name _; ${moved} } ${tls}`,
    { name: 'shop.example' },
  ],
  [
    'a location for everything but ACME challenges',
    `server { listen 80; ${challenge} location / { ${moved} } } ${tls}`,
    { name: 'shop.example' },
  ],
  ['sites without a name', `server { ${moved} } server { listen 443 ssl default_server; ${app} }`, {}],
  [
    'a site that sends on to its www',
    `server { listen 80; server_name shop.example; ${moved} }
     server { listen 443 ssl; server_name shop.example; return 301 https://www.shop.example$request_uri; }
     server { listen 443 ssl; server_name www.shop.example; ${app} }`,
    { name: 'www.shop.example' },
  ],
  [
    'the default server of the port, not the first',
    `server { listen 80; server_name old.example; return 301 https://old.example/; }
     server { listen 80 default_server; server_name shop.example; ${moved} } ${tls}`,
    { name: 'shop.example' },
  ],
  ['a plain port that answers', `server { listen 80; ${app} } ${tls}`, undefined],
  [
    'a plain port that answers what is asked',
    `server { listen 80; location = /page { return 200 ok; } location / { ${moved} } } ${tls}`,
    undefined,
  ],
  [
    'a plain port that answers something else',
    `server { listen 80; location = /health { return 200 ok; } location / { ${moved} } location /pages { ${app} } } ${tls}`,
    { name: 'shop.example' },
  ],
  [
    'the longest prefix, not the first',
    `server { listen 80; location / { ${moved} } location /pa { ${app} } } ${tls}`,
    undefined,
  ],
  [
    'a regular expression among the places, which may have a say',
    String.raw`server { listen 80; location ~ \.php$ { ${app} } location / { ${moved} } } ${tls}`,
    undefined,
  ],
  [
    'a place that no regular expression is asked for',
    String.raw`server { listen 80; location ~ \.php$ { ${app} } location ^~ / { ${moved} } } ${tls}`,
    { name: 'shop.example' },
  ],
  ['no place for it', `server { listen 80; location /other { ${moved} } } ${tls}`, undefined],
  [
    'a redirect under a condition',
    `server { listen 80; if ($http_x_forwarded_proto = http) { ${moved} } ${app} } ${tls}`,
    undefined,
  ],
  ['a redirect to plain HTTP', `server { listen 80; return 301 http://shop.example/; } ${tls}`, undefined],
  ['an error', `server { listen 80; return 404; } ${tls}`, undefined],
  ['no TLS', `server { listen 80; ${moved} } server { listen 443; ${app} }`, undefined],
  [
    'a regular expression that may have a say',
    String.raw`server { listen 80; ${moved} } server { listen 80; server_name ~^l; ${app} } ${tls}`,
    undefined,
  ],
  [
    'clients that show a certificate',
    `server { listen 80; ${moved} } server { listen 443 ssl; ssl_verify_client on; ${app} }`,
    undefined,
  ],
  [
    'a load balancer that speaks its own protocol',
    `server { listen 80; ${moved} } server { listen 443 ssl proxy_protocol; ${app} }`,
    undefined,
  ],
  [
    'another port',
    `server { listen 8080; ${moved} } server { listen 127.0.0.1:80; ${moved} } ${tls}`,
    undefined,
  ],
  ['what is no server of the web', `server { listen unix:/run/x; ${moved} }`, undefined],
])('%s', (_title, servers, expected) => {
  const { directives } = parseNginx(`http { ${servers} }`, 'nginx.conf');
  expect(redirectedSite(directives, 80, 443, '/page?of=1')).toEqual(expected);
});

it('servers that send people in circles are an answer all the same', () => {
  const circle = (name: string, other: string): string =>
    `server { listen 443 ssl; server_name ${name}; return 301 https://${other}$request_uri; }`;
  const text = `http { server { listen 80; return 301 https://a.example/; } ${circle('a.example', 'b.example')} ${circle('b.example', 'a.example')} }`;
  expect(redirectedSite(parseNginx(text, 'nginx.conf').directives, 80, 443, '/')).toHaveProperty('name');
});

import { describe, expect, it } from 'vitest';
import { nginxNames } from '../../../src/deploy/nginx-names.ts';

const cases: { title: string; config: string; names: string[]; atRunTime?: boolean }[] = [
  { title: 'nothing', config: '', names: [] },
  { title: 'a host', config: 'proxy_pass http://backend;', names: ['backend'] },
  { title: 'a host and port', config: 'proxy_pass http://backend:8000;', names: ['backend'] },
  { title: 'a path', config: 'proxy_pass https://backend:8000/api/;', names: ['backend'] },
  { title: 'quotes', config: `proxy_pass "http://one:80"; proxy_pass 'http://two';`, names: ['one', 'two'] },
  { title: 'a line break', config: 'proxy_pass\n    http://backend;', names: ['backend'] },
  {
    title: 'other protocols',
    config: 'fastcgi_pass php:9000; uwsgi_pass app:3031; scgi_pass s:1; grpc_pass grpc://g:50051;',
    names: ['php', 'app', 's', 'g'],
  },
  {
    title: 'an upstream: its servers, not its own name',
    config:
      'upstream app { least_conn; server backend:8000 max_fails=3; server spare backup; keepalive 16; } server { location / { proxy_pass http://app; } }',
    names: ['backend', 'spare'],
  },
  {
    title: 'an upstream with the name of a service',
    config: 'upstream backend { server backend:8000; } location / { proxy_pass http://backend; }',
    names: ['backend'],
  },
  {
    title: 'an upstream that is written after its use',
    config: 'location / { proxy_pass http://app; } upstream app { server backend:8000; }',
    names: ['backend'],
  },
  {
    title: 'a unix socket',
    config: 'upstream u { server unix:/run/app.sock; } proxy_pass http://unix:/run/a.sock:/;',
    names: [],
  },
  { title: 'a server block', config: 'server { listen 443 ssl; server_name shop.example; }', names: [] },
  {
    title: 'a server block on one line with others',
    config: 'http{server{listen 80;return 204;}server{listen 81;}}',
    names: [],
  },
  {
    title: 'a comment',
    config: '# proxy_pass http://old;\n  #proxy_pass http://older;\nproxy_pass http://new; # http://x',
    names: ['new'],
  },
  { title: 'a # inside a word', config: 'rewrite ^ /a#b; proxy_pass http://backend;', names: ['backend'] },
  {
    title: 'a # inside a string',
    config: `add_header X "a # b"; proxy_pass http://backend;`,
    names: ['backend'],
  },
  {
    title: 'directives inside a string',
    config: `return 200 "proxy_pass http://no; server no:1;";`,
    names: [],
  },
  {
    title: 'a variable and a resolver',
    config: 'resolver 127.0.0.11 valid=10s; set $up "backend:8000"; proxy_pass http://$up;',
    names: ['backend'],
    atRunTime: true,
  },
  {
    title: 'a variable with a scheme',
    config: 'resolver 127.0.0.11; set $up http://backend:8000; proxy_pass $up;',
    names: ['backend'],
    atRunTime: true,
  },
  {
    title: 'a variable in the path: nginx asks the resolver too',
    config: 'resolver 127.0.0.11; proxy_pass http://backend:8000$request_uri;',
    names: ['backend'],
    atRunTime: true,
  },
  {
    title: 'a variable in the path behind an upstream: known at load',
    config: 'resolver 127.0.0.11; upstream app { server backend:8000; } proxy_pass http://app$request_uri;',
    names: ['backend'],
  },
  {
    title: 'a resolver for certificates only',
    config: 'resolver 1.1.1.1; ssl_stapling on; proxy_pass http://backend:8000;',
    names: ['backend'],
  },
  {
    title: 'an upstream server that is resolved again and again',
    config: 'resolver 127.0.0.11; upstream u { zone u 64k; server backend:8000 resolve; }',
    names: ['backend'],
    atRunTime: true,
  },
  {
    title: 'a variable without a resolver: an upstream group',
    config: 'map $host $up { default backend; } proxy_pass http://$up;',
    names: [],
  },
  {
    title: 'a variable that means a group: its servers, not its name',
    config:
      'resolver 127.0.0.11; upstream app { server backend:8000; } set $up app; set $other spare; proxy_pass http://$up;',
    names: ['backend', 'spare'],
    atRunTime: true,
  },
  {
    title: 'what is set beside hosts that are known at load is no host',
    config: 'set $up spare:8000; proxy_pass http://backend;',
    names: ['backend'],
  },
  {
    title: 'directives of other modules that only look alike',
    config: 'proxy_pass_header Server; my_proxy_pass http://other; proxy_pass http://backend;',
    names: ['backend'],
  },
  {
    title: 'a URL in the path',
    config: 'proxy_pass http://backend/http://other/;',
    names: ['backend'],
  },
  {
    title: 'an IPv6 address',
    config: 'proxy_pass http://[::1]:8000; upstream u { server [::1]:80; }',
    names: [],
  },
];

describe('the names that nginx sends to', () => {
  it.each(cases)('$title', ({ config, names, atRunTime = false }) => {
    const found = nginxNames(config);
    expect([...found.names].toSorted()).toEqual(names.toSorted());
    expect(found.resolvesAtRunTime).toBe(atRunTime);
  });
});

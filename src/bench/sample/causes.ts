/** Puts one text in the place of another; it must stand in the file exactly `times` times. */
export interface Replacement {
  path: string;
  from: string;
  to: string;
  /** Default 1. */
  times?: number;
}

/** One of the eight causes of a slow stack, as texts of the sample app. */
export interface Cause {
  number: number;
  /** What was wrong. */
  name: string;
  /** What mends it alone in `before`. */
  fix: readonly Replacement[];
  /** What brings it back alone in `after`. */
  unfix: readonly Replacement[];
}

const dockerfile = 'backend/Dockerfile';
const database = 'backend/database.py';
const nginx = 'nginx/nginx.conf';
const compose = 'docker-compose.prod.yml';

const limits = (cpus: string, memory: string): string =>
  `    deploy:\n      resources:\n        limits:\n          cpus: '${cpus}'\n          memory: ${memory}\n`;

const postgres = `    command:
      - postgres
      - -c
      - max_connections=100
      - -c
      - shared_buffers=128MB
      - -c
      - effective_cache_size=384MB
      - -c
      - work_mem=4MB
      - -c
      - maintenance_work_mem=32MB
      - -c
      - wal_buffers=3932kB
      - -c
      - min_wal_size=256MB
      - -c
      - max_wal_size=1GB
      - -c
      - random_page_cost=1.1
      - -c
      - effective_io_concurrency=200
      - -c
      - jit=off
      # Two CPUs are busy with other people's queries: a parallel one takes twice the CPU time, and no less time.
      - -c
      - max_parallel_workers_per_gather=0
`;

const passed = '      proxy_pass http://backend:8000;\n';

/** In the order of the list; each changes nothing that another one does. */
export const causes: readonly Cause[] = [
  {
    number: 1,
    name: 'a single worker',
    fix: [
      {
        path: dockerfile,
        from: 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]',
        to: 'CMD ["gunicorn", "main:app", "--bind", "0.0.0.0:8000", "--workers", "4", "--worker-class", "uvicorn.workers.UvicornWorker", "--worker-tmp-dir", "/dev/shm", "--keep-alive", "75", "--timeout", "60"]',
      },
    ],
    unfix: [{ path: dockerfile, from: '"--workers", "4"', to: '"--workers", "1"' }],
  },
  {
    number: 2,
    name: 'no cache',
    fix: [
      {
        path: nginx,
        from: '  server {\n    listen 80;\n',
        to: `  proxy_cache_path /var/cache/nginx/api levels=1:2 keys_zone=api_cache:10m max_size=100m inactive=10m use_temp_path=off;

  server {
    listen 80;

    location ~ ^/api/products(/[0-9]+)?$ {
      proxy_pass http://backend:8000;
      proxy_set_header Host $host;
      proxy_cache api_cache;
      proxy_cache_key $scheme$host$uri;
      proxy_cache_valid 200 5m;
      proxy_cache_bypass $http_authorization $cookie_session;
      proxy_no_cache $http_authorization $cookie_session;
      proxy_cache_lock on;
      proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;
      proxy_cache_background_update on;
      add_header X-Cache-Status $upstream_cache_status;
    }
`,
      },
    ],
    unfix: [{ path: nginx, from: '      proxy_cache api_cache;\n', to: '' }],
  },
  {
    number: 3,
    name: 'no rate limit',
    fix: [
      {
        path: nginx,
        from: '  server {\n    listen 80;\n',
        to: '  limit_req_zone $binary_remote_addr zone=api_limit:10m rate=200r/s;\n  limit_req_status 429;\n\n  server {\n    listen 80;\n',
      },
      { path: nginx, from: passed, to: `      limit_req zone=api_limit burst=400 nodelay;\n${passed}` },
    ],
    unfix: [
      { path: nginx, from: '      limit_req zone=api_limit burst=400 nodelay;\n', to: '', times: 2 },
      { path: nginx, from: '      limit_req zone=past_cache_limit burst=100 nodelay;\n', to: '' },
    ],
  },
  {
    number: 4,
    name: 'a pool that nobody sized',
    fix: [
      {
        path: database,
        from: 'pool_pre_ping=True)',
        to: 'pool_pre_ping=True, pool_size=10, max_overflow=20, pool_recycle=3600)',
      },
    ],
    unfix: [
      {
        path: database,
        from: '    pool_size=5,\n    max_overflow=5,\n    pool_timeout=10,\n    pool_recycle=1800,\n',
        to: '',
      },
    ],
  },
  {
    number: 5,
    name: 'no limits',
    fix: [
      {
        path: compose,
        from: '    stop_grace_period: 60s\n',
        to: `    stop_grace_period: 60s\n${limits('1.5', '512M')}`,
      },
      {
        path: compose,
        from: '    stop_grace_period: 35s\n',
        to: `    stop_grace_period: 35s\n${limits('1.5', '1G')}`,
      },
      {
        path: compose,
        from: '    image: ops-sandbox/nginx:1.26\n',
        to: `    image: ops-sandbox/nginx:1.26\n${limits('1.0', '256M')}`,
      },
    ],
    unfix: [
      { path: compose, from: limits('1.5', '512M'), to: '' },
      { path: compose, from: limits('1.5', '1G'), to: '' },
      { path: compose, from: limits('1.0', '256M'), to: '' },
    ],
  },
  {
    number: 6,
    name: 'PostgreSQL defaults',
    fix: [
      {
        path: compose,
        from: '    image: ops-sandbox/postgres:17\n',
        to: `    image: ops-sandbox/postgres:17\n${postgres}    shm_size: 128mb\n`,
      },
    ],
    unfix: [
      { path: compose, from: postgres, to: '' },
      { path: compose, from: '    shm_size: 128mb\n', to: '' },
    ],
  },
  {
    number: 7,
    name: 'long timeouts',
    fix: [
      { path: nginx, from: 'proxy_connect_timeout 75s', to: 'proxy_connect_timeout 5s' },
      { path: nginx, from: 'proxy_send_timeout 300s', to: 'proxy_send_timeout 60s' },
      { path: nginx, from: 'proxy_read_timeout 300s', to: 'proxy_read_timeout 60s' },
    ],
    unfix: [
      { path: nginx, from: 'proxy_connect_timeout 5s', to: 'proxy_connect_timeout 75s' },
      { path: nginx, from: 'proxy_send_timeout 60s', to: 'proxy_send_timeout 300s' },
      { path: nginx, from: 'proxy_read_timeout 60s', to: 'proxy_read_timeout 300s' },
    ],
  },
  {
    number: 8,
    name: 'no upstream keepalive',
    fix: [
      {
        path: nginx,
        from: '  server {\n    listen 80;\n',
        to: '  upstream backend {\n    server backend:8000;\n    keepalive 32;\n    keepalive_timeout 60s;\n  }\n\n  server {\n    listen 80;\n',
      },
      {
        path: nginx,
        from: passed,
        to: '      proxy_pass http://backend;\n      proxy_http_version 1.1;\n      proxy_set_header Connection "";\n',
      },
      { path: dockerfile, from: '"--port", "8000"]', to: '"--port", "8000", "--timeout-keep-alive", "75"]' },
    ],
    unfix: [
      { path: nginx, from: '    keepalive 32;\n    keepalive_timeout 60s;\n', to: '' },
      {
        path: nginx,
        from: '    proxy_http_version 1.1;\n    proxy_set_header Connection "";\n',
        to: '',
      },
    ],
  },
];

/**
 * The files of the app with some texts replaced.
 *
 * @throws RangeError when a text does not stand in its file as often as it should: the app has changed since
 */
export function replaceAll(
  files: ReadonlyMap<string, string>,
  replacements: readonly Replacement[],
): Map<string, string> {
  const result = new Map(files);
  for (const { path, from, to, times = 1 } of replacements) {
    const parts = (result.get(path) ?? '').split(from);
    if (parts.length !== times + 1)
      throw new RangeError(
        `${path} has ${parts.length - 1} of ${times}: ${JSON.stringify(from.slice(0, 60))}`,
      );
    result.set(path, parts.join(to));
  }
  return result;
}

import type { AppServer } from '../readers/commands/app-server.ts';
import type { Role } from './stack.ts';

/** By the last part of an image's name, or the whole of it; the first that matches. */
const images: readonly (readonly [RegExp, Role])[] = [
  [/^(nginx-proxy|jwilder\/nginx-proxy|nginxproxy\/nginx-proxy|swag|nginx-proxy-manager)$/, 'other-proxy'],
  [/^(traefik|caddy|haproxy|envoy|kong|httpd|apache|varnish|cloudflared|tyk-gateway|apisix)$/, 'other-proxy'],
  [/^(nginx|nginx-unprivileged|openresty|angie|tengine|freenginx)$/, 'proxy'],
  [/^(pgbouncer|pgcat|odyssey|pgpool)$/, 'pgbouncer'],
  [
    /^(postgres|postgresql|postgis|pgvector|timescaledb|timescaledb-ha|supabase-postgres|pgvecto-rs)$/,
    'postgres',
  ],
  [
    /^(mysql|mariadb|percona|percona-server|mongo|mongodb|mssql|server-2022|cockroach|clickhouse|clickhouse-server|elasticsearch|opensearch|cassandra|scylla|neo4j|influxdb|couchdb|surrealdb|arangodb|meilisearch|typesense|qdrant|weaviate)$/,
    'database',
  ],
  [/^(redis|redismod|redis-stack|redis-stack-server|valkey|keydb|dragonfly|memcached)$/, 'cache'],
  [/^(rabbitmq|nats|kafka|zookeeper|redpanda|mosquitto|emqx|activemq|pulsar)$/, 'queue'],
];

/** `registry:5000/team/postgres:17-alpine@sha256:…` → `postgres`, and with its owner `team/postgres`. */
function namesOf(image: string): string[] {
  const path = image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  const parts = path.split('/');
  return [parts.slice(-2).join('/'), parts.at(-1) ?? path];
}

/** What an image is for; undefined: its name says nothing. */
export function roleOfImage(image: string): Role | undefined {
  const names = namesOf(image);
  return images.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}

/** Whether an image is nginx's own, whose main file and templates are known; `our/nginx` may have anything in it. */
export function isOfficialNginx(image: string): boolean {
  return /^(?:(?:docker\.io|public\.ecr\.aws\/docker|ghcr\.io)\/)?(?:library\/|nginxinc\/|nginx\/)?nginx(?:-unprivileged)?(?:[:@]|$)/.test(
    image,
  );
}

/** Programs that take jobs from a queue instead of serving requests. */
const workers =
  /^(celery|rq|rqworker|dramatiq|huey_consumer|arq|taskiq|sidekiq|faktory|streaq|procrastinate|bullmq)(\.py)?$/;

/** Commands of Django that take jobs from a queue: Huey, django-q, RQ, Dramatiq, django-background-tasks. */
const managementWorkers =
  /^(?:run_huey|qcluster|rqworker|rqscheduler|rundramatiq|process_tasks|celery|db_worker|procrastinate)$/;

/**
 * What a service is for: by the image that it runs, else the base of the one that is built for it, else by the program
 * that it starts.
 */
export function roleOf(service: {
  image?: string;
  baseImage?: string;
  app?: Pick<AppServer, 'kind' | 'words'>;
  words: readonly string[];
  builds: boolean;
}): Role {
  const { image, baseImage, app, words, builds } = service;
  const named =
    (builds || image === undefined ? undefined : roleOfImage(image)) ??
    (baseImage === undefined ? undefined : roleOfImage(baseImage));
  if (named) return named;
  const programs = [...words, ...(app?.words ?? [])].map((word) => word.replace(/^.*\//, ''));
  if (app?.kind === 'celery' || programs.slice(0, 4).some((name) => workers.test(name))) return 'worker';
  const managed = programs.findIndex((name) => name === 'manage.py' || name === 'django-admin');
  if (managed >= 0 && managementWorkers.test(programs[managed + 1] ?? '')) return 'worker';
  return app || builds ? 'app' : 'other';
}

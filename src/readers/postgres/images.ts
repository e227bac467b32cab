/** `registry:5000/bitnami/postgresql:16.4.0@sha256:…` → `bitnami/postgresql` and `16.4.0`. */
function parts(image: string): { name: string; tag: string } {
  const bare = image.replace(/@.*$/, '');
  const slash = bare.lastIndexOf('/');
  const colon = bare.indexOf(':', slash + 1);
  return colon === -1 ? { name: bare, tag: '' } : { name: bare.slice(0, colon), tag: bare.slice(colon + 1) };
}

/**
 * The major version that an image's tag tells: `17` of `postgres:17.2-alpine`, `timescale/timescaledb:2.17.2-pg16`,
 * `pgvector/pgvector:pg17`, `postgis/postgis:16-3.4`. Undefined: none, such as `latest`.
 */
export function majorVersionOf(imageName: string): number | undefined {
  const { name, tag } = parts(imageName);
  const marked = /(?:^|[^a-z])pg-?v?(\d{1,2})(?!\d)/.exec(tag);
  const leading = /^v?(\d{1,2})(?:[.-]|$|beta|rc)/.exec(tag);
  // The first number of these is the extension's own version.
  const own = /timescaledb|supabase|pgvecto|citus|spilo|paradedb/.test(name) && marked === null;
  const found = marked?.[1] ?? (own && !/^1\d\b/.test(tag) ? undefined : leading?.[1]);
  const version = found === undefined ? undefined : Number(found);
  return version !== undefined && version >= 8 && version <= 30 ? version : undefined;
}

/** Images that write settings of their own when the database is made, so that what is not seen is no default. */
export function tunesItself(imageName: string, environment: ReadonlyMap<string, unknown>): boolean {
  const { name } = parts(imageName);
  if (/timescaledb/.test(name)) return !environment.has('NO_TS_TUNE');
  return /(?:^|\/)(?:supabase\/postgres|immich-app\/postgres|tensorchord\/\S+|spilo-?\d*|kartoza\/postgis|crunchy-postgres|postgresql-ha|postgresql-repmgr)$/.test(
    name,
  );
}

/** Whether an image is known to be built with everything that PostgreSQL's own packages have, such as lz4. */
export function isOfficial(imageName: string): boolean {
  return /^(?:docker\.io\/)?(?:library\/)?(?:postgres|postgis\/postgis|pgvector\/pgvector)$/.test(
    parts(imageName).name,
  );
}

/** Variables of images that set a setting: bitnami's and Red Hat's. */
export const environmentSettings: Readonly<Record<string, string>> = {
  POSTGRESQL_MAX_CONNECTIONS: 'max_connections',
  POSTGRESQL_SHARED_BUFFERS: 'shared_buffers',
  POSTGRESQL_EFFECTIVE_CACHE_SIZE: 'effective_cache_size',
  POSTGRESQL_WORK_MEM: 'work_mem',
  POSTGRESQL_MAINTENANCE_WORK_MEM: 'maintenance_work_mem',
  POSTGRESQL_STATEMENT_TIMEOUT: 'statement_timeout',
};

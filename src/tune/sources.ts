/** What the formulas rest on. */
export const sources = {
  pgtune: 'https://github.com/le0pard/pgtune',
  postgresMemory: 'https://www.postgresql.org/docs/current/runtime-config-resource.html',
  postgresWal: 'https://www.postgresql.org/docs/current/runtime-config-wal.html',
  postgresConnections: 'https://www.postgresql.org/docs/current/runtime-config-connection.html',
  connections: 'https://wiki.postgresql.org/wiki/Number_Of_Database_Connections',
  sharedMemory: 'https://hub.docker.com/_/postgres',
  gunicorn: 'https://docs.gunicorn.org/en/stable/design.html#how-many-workers',
  celery: 'https://docs.celeryq.dev/en/stable/userguide/workers.html#concurrency',
  sqlalchemy: 'https://docs.sqlalchemy.org/en/20/core/pooling.html',
  pgbouncer: 'https://www.pgbouncer.org/config.html',
  nginxProcesses: 'https://nginx.org/en/docs/ngx_core_module.html#worker_processes',
  nginxConnections: 'https://nginx.org/en/docs/ngx_core_module.html#worker_connections',
  nginxBuffers: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffers',
  limits: 'https://docs.docker.com/reference/compose-file/deploy/#resources',
  reserve: 'https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes',
} as const;

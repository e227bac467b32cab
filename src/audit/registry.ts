import { appConnectionPool } from './rules/app-connection-pool.ts';
import { appDebug } from './rules/app-debug.ts';
import { appDevelopmentServer } from './rules/app-development-server.ts';
import { appPoolExceedsDatabase } from './rules/app-pool-exceeds-database.ts';
import { appPoolUnlimited } from './rules/app-pool-unlimited.ts';
import { appReload } from './rules/app-reload.ts';
import { appShellFormCommand } from './rules/app-shell-form-command.ts';
import { appSingleWorker } from './rules/app-single-worker.ts';
import { appTimeoutMismatch } from './rules/app-timeout-mismatch.ts';
import { appWorkersBeyondCpus } from './rules/app-workers-beyond-cpus.ts';
import { nginxBufferingOff } from './rules/nginx-buffering-off.ts';
import { nginxCacheLeak } from './rules/nginx-cache-leak.ts';
import { nginxKeepaliveRace } from './rules/nginx-keepalive-race.ts';
import { nginxLogWithoutTimes } from './rules/nginx-log-without-times.ts';
import { nginxLongTimeouts } from './rules/nginx-long-timeouts.ts';
import { nginxNoCache } from './rules/nginx-no-cache.ts';
import { nginxNoGzip } from './rules/nginx-no-gzip.ts';
import { nginxNoRateLimit } from './rules/nginx-no-rate-limit.ts';
import { nginxNoUpstreamKeepalive } from './rules/nginx-no-upstream-keepalive.ts';
import { nginxRateLimitSharedAddress } from './rules/nginx-rate-limit-shared-address.ts';
import { nginxRateLimitStatus } from './rules/nginx-rate-limit-status.ts';
import { nginxStaleDns } from './rules/nginx-stale-dns.ts';
import { nginxStaticFromApp } from './rules/nginx-static-from-app.ts';
import { nginxWorkerConnections } from './rules/nginx-worker-connections.ts';
import { postgresCacheSizeBeyondMemory } from './rules/postgres-cache-size-beyond-memory.ts';
import { postgresDefaults } from './rules/postgres-defaults.ts';
import { postgresExceedsContainer } from './rules/postgres-exceeds-container.ts';
import { postgresOverridden } from './rules/postgres-overridden.ts';
import { postgresSharedMemory } from './rules/postgres-shared-memory.ts';
import { containerLimitsExceedHost } from './rules/container-limits-exceed-host.ts';
import { containerNoLimits } from './rules/container-no-limits.ts';
import { composeDatabasePublished } from './rules/compose-database-published.ts';
import { composeDependsOnUnhealthy } from './rules/compose-depends-on-unhealthy.ts';
import { composeFileMount } from './rules/compose-file-mount.ts';
import { composeImageLatest } from './rules/compose-image-latest.ts';
import { composeNoHealthcheck } from './rules/compose-no-healthcheck.ts';
import { composeNoLogRotation } from './rules/compose-no-log-rotation.ts';
import { composeNoRestart } from './rules/compose-no-restart.ts';
import { composeSourceMounted } from './rules/compose-source-mounted.ts';
import { composeStopGrace } from './rules/compose-stop-grace.ts';
import { hostNoSwap } from './rules/host-no-swap.ts';
import type { Rule } from './rule.ts';

/** Every rule, in the order of the documentation. A new one: a file in `rules/` and its line here. */
export const rules = [
  appConnectionPool,
  appDebug,
  appDevelopmentServer,
  appPoolExceedsDatabase,
  appPoolUnlimited,
  appReload,
  appShellFormCommand,
  appSingleWorker,
  appTimeoutMismatch,
  appWorkersBeyondCpus,
  nginxBufferingOff,
  nginxCacheLeak,
  nginxKeepaliveRace,
  nginxLogWithoutTimes,
  nginxLongTimeouts,
  nginxNoCache,
  nginxNoGzip,
  nginxNoRateLimit,
  nginxNoUpstreamKeepalive,
  nginxRateLimitSharedAddress,
  nginxRateLimitStatus,
  nginxStaleDns,
  nginxStaticFromApp,
  nginxWorkerConnections,
  postgresCacheSizeBeyondMemory,
  postgresDefaults,
  postgresExceedsContainer,
  postgresOverridden,
  postgresSharedMemory,
  containerLimitsExceedHost,
  containerNoLimits,
  composeDatabasePublished,
  composeDependsOnUnhealthy,
  composeFileMount,
  composeImageLatest,
  composeNoHealthcheck,
  composeNoLogRotation,
  composeNoRestart,
  composeSourceMounted,
  composeStopGrace,
  hostNoSwap,
] as const satisfies readonly Rule[];

export const ruleIds: readonly string[] = rules.map(({ id }) => id);

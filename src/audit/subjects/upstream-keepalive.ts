import { effective, effectiveAll, named, own } from '../../readers/nginx/effective.ts';
import type { ProxiedLocation } from '../../readers/nginx/locations.ts';
import type { NginxConfig, NginxDirective } from '../../readers/nginx/tree.ts';
import { nginxDuration, versionAtLeast } from '../../readers/nginx/values.ts';
import type { AppServer } from '../../readers/commands/app-server.ts';

/** What keeps nginx from using a connection to an app again. */
export type Obstacle =
  /** No `upstream` block is named: nothing is ever kept. */
  | { kind: 'no-upstream'; directive: NginxDirective }
  /** `keepalive` is missing or 0. */
  | { kind: 'not-kept'; directive: NginxDirective }
  /** HTTP/1.0, by a directive or by default. */
  | { kind: 'http-version'; directive?: NginxDirective }
  /** `Connection: close` is sent, by a directive, by default or by an entry of a map. */
  | { kind: 'connection'; directive?: NginxDirective };

export interface Reuse {
  obstacles: readonly Obstacle[];
  /** They are obstacles only to an nginx before 1.29.7, and this one's version is not known. */
  byVersion: boolean;
}

/** https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout */
export const keptSeconds = 60;

/**
 * Whether nginx uses connections of a location again. From 1.29.7 on, an explicit `upstream` keeps 32 connections and
 * HTTP/1.1 without `Connection: close` is the default; before, all three must be set. Without an explicit `upstream`
 * no version keeps any. https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive
 */
export function reuseOf(config: NginxConfig, location: ProxiedLocation, version: string | undefined): Reuse {
  const { upstream, block, pass } = location;
  const modern = versionAtLeast(version, '1.29.7');
  const certain: Obstacle[] = [];
  const byDefault: Obstacle[] = [];
  if (upstream) {
    const [keepalive] = own(upstream, 'keepalive');
    if (keepalive?.args[0]?.value === '0') certain.push({ kind: 'not-kept', directive: keepalive });
    else if (!keepalive) byDefault.push({ kind: 'not-kept', directive: upstream });
  } else certain.push({ kind: 'no-upstream', directive: pass });
  const http = effective(block, 'proxy_http_version');
  if (http?.args[0]?.value === '1.0') certain.push({ kind: 'http-version', directive: http });
  else if (!http) byDefault.push({ kind: 'http-version' });
  const header = effectiveAll(block, 'proxy_set_header').find(
    ({ args }) => args[0]?.value.toLowerCase() === 'connection',
  );
  if (!header) byDefault.push({ kind: 'connection' });
  else {
    const closing = closes(config, header);
    if (closing) certain.push({ kind: 'connection', directive: closing });
  }
  if (modern === true) return { obstacles: certain, byVersion: false };
  return {
    obstacles: [...certain, ...byDefault],
    byVersion: modern === undefined && certain.length === 0 && byDefault.length > 0,
  };
}

/** What makes a `Connection` header say `close` to a plain request: itself, or an entry of the map that it names. */
function closes({ directives }: NginxConfig, header: NginxDirective): NginxDirective | undefined {
  const value = header.args[1]?.value ?? '';
  if (value.toLowerCase() === 'close') return header;
  if (!value.startsWith('$')) return undefined;
  const map = named(directives, 'map').find(({ args }) => args[1]?.value === value);
  // `$http_upgrade` of a plain request is empty.
  if (map?.args[0]?.value !== '$http_upgrade') return undefined;
  const entry =
    map.children?.find(({ name }) => name === '') ?? map.children?.find(({ name }) => name === 'default');
  return entry?.args[0]?.value.toLowerCase() === 'close' ? entry : undefined;
}

/** Seconds after which nginx closes an idle connection of an upstream block. */
export function keptFor(upstream: NginxDirective | undefined): {
  seconds: number;
  directive?: NginxDirective;
} {
  const [directive] = upstream ? own(upstream, 'keepalive_timeout') : [];
  const value = nginxDuration(directive?.args[0]?.value ?? '');
  return { seconds: value === undefined ? keptSeconds : value / 1000, ...(directive && { directive }) };
}

/** The server answers one request a connection whatever it is told (gunicorn's sync workers), or as good as. */
export function neverKeeps(app: AppServer | undefined): boolean {
  return (
    (app?.keepAlive !== undefined && app.keepAlive.value <= 1) ||
    (app?.kind === 'gunicorn' && app.workerClass?.value === 'sync')
  );
}

/** Seconds for the app: more than nginx's 60, so that it is always nginx that closes. */
export const appKeepsSeconds = 75;

/** The flag for an idle connection's life; undefined: the server has none. */
export function keepAliveFlag({ kind }: AppServer): string | undefined {
  if (kind === 'uvicorn') return '--timeout-keep-alive';
  return kind === 'gunicorn' || kind === 'hypercorn' ? '--keep-alive' : undefined;
}

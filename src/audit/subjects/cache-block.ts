import { effectiveAll, named } from '../../readers/nginx/effective.ts';
import type { ProxiedLocation } from '../../readers/nginx/locations.ts';
import type { NginxConfig } from '../../readers/nginx/tree.ts';
import type { Edit } from '../../source/edits.ts';
import type { Files } from '../../source/files.ts';
import { appendTo, editable, insertBefore } from './nginx-edit.ts';
import { httpPlace } from './nginx-places.ts';

/** Cookies that tell who somebody is, by words in their names; of no others is known that they mean nothing. */
const sessionCookies = '~*(?:^|;)[^=;]*(?:sess|sid|auth|token|jwt|login|user|remember)';
const sessionVariable = '$has_session_cookie';

/** What a request must not have to be answered from a cache, or to have its answer kept. */
export const personalVariables = `$http_authorization ${sessionVariable}`;

/** The map behind `personalVariables`, unless the configuration has it. */
export function sessionMap({ directives }: NginxConfig): readonly string[] {
  if (named(directives, 'map').some(({ args }) => args[1]?.value === sessionVariable)) return [];
  return [
    '# Whether a request comes with a cookie that may tell who is asking.',
    `map $http_cookie ${sessionVariable} {`,
    "\tdefault '';",
    `\t'${sessionCookies}' 1;`,
    '}',
    '',
  ];
}

export interface CacheBlock {
  /** Expression of the paths whose answers are kept. */
  pattern: string;
  /** `~` or `~*`. */
  modifier: '~' | '~*';
  comment: string;
  key: string;
  valid: string;
  inactive: string;
}

/** Directives that a location in it inherits as they are; any other may mean something that would be lost. */
const inherited =
  /^(?:proxy_(?!pass$|cache|no_cache|store|redirect_)\w+|add_header|client_\w+|limit_(?:req|conn)\w*|gzip\w*|expires|access_log|error_log|log_not_found|error_page|allow|deny|satisfy|keepalive_\w+|send_timeout|sendfile|tcp_\w+|send_lowat|resolver\w*|default_type|charset|more_set_headers|location|proxy_pass|etag|etag_\w+|open_file_cache\w*|port_in_redirect|absolute_redirect|server_name_in_redirect|root|index|set_real_ip_from|real_ip_\w+)$/;

/** Whether a location can be given one within it that differs in nothing but the cache. */
export function canHold({ protocol, modifier, uri, block, location, path, pass }: ProxiedLocation): boolean {
  return (
    /^https?$/.test(protocol) &&
    (modifier === '' || modifier === '^~') &&
    path.startsWith('/') &&
    uri === '' &&
    !/\$(?:\{?uri|\{?request_uri|\d)/.test(pass.args[0]?.value ?? '') &&
    block === location &&
    (location.children ?? []).every(({ name }) => inherited.test(name))
  );
}

/** The edits that keep some answers of a location: a cache, and a location within the location. */
export function cacheEdits(
  files: Files,
  config: NginxConfig,
  proxied: ProxiedLocation,
  { pattern, modifier, comment, key, valid, inactive }: CacheBlock,
): readonly Edit[] {
  const { location, pass } = proxied;
  const place = httpPlace(files, [proxied]);
  const target = source(files, pass.args[0]?.at);
  if (!place || target === undefined || !editable(files, location.at)) return [];
  const zones = named(config.directives, 'proxy_cache_path').flatMap(({ args }) =>
    args.flatMap(({ value }) => /^keys_zone=([^:]+):/.exec(value)?.[1] ?? []),
  );
  let zone = 'app_cache';
  for (let number = 2; zones.includes(zone); number += 1) zone = `app_cache_${number}`;
  // Headers are inherited only by a location that has none, and this one will have X-Cache-Status.
  const headers = effectiveAll(location, 'add_header').flatMap(({ at }) => source(files, at) ?? []);
  return [
    insertBefore(files, place, [
      `proxy_cache_path /var/cache/nginx/${zone} levels=1:2 keys_zone=${zone}:10m max_size=100m inactive=${inactive} use_temp_path=off;`,
      ...sessionMap(config),
    ]),
    appendTo(files, location, [
      '',
      `# ${comment}`,
      `location ${modifier} ${pattern} {`,
      `\tproxy_cache ${zone};`,
      `\tproxy_cache_key ${key};`,
      `\tproxy_cache_valid 200 ${valid};`,
      '\t# Who may be logged in neither gets a kept answer nor has one kept.',
      `\tproxy_cache_bypass ${personalVariables};`,
      `\tproxy_no_cache ${personalVariables};`,
      '\t# One request fills an entry while the others wait; an old answer is better than an error.',
      '\tproxy_cache_lock on;',
      '\tproxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;',
      '\tproxy_cache_background_update on;',
      ...headers.map((header) => `\t${header}`),
      '\tadd_header X-Cache-Status $upstream_cache_status;',
      `\tproxy_pass ${target};`,
      '}',
    ]),
  ];
}

function source(
  files: Files,
  at: { path: string; start: number; end: number } | undefined,
): string | undefined {
  return at && files.read(at.path)?.slice(at.start, at.end);
}

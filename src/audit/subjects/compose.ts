import { nodeText } from '../../readers/compose/node.ts';
import { setIn } from '../../readers/compose/splice.ts';
import type { YamlValue } from '../../readers/compose/yaml-value.ts';
import type { Role, Service, Stack } from '../../stack/stack.ts';
import type { Fix } from '../finding.ts';

/** Services that the rest of the stack waits for, and that keep data in memory or on disk. */
const stores: ReadonlySet<Role> = new Set(['postgres', 'database', 'cache', 'queue', 'pgbouncer']);

export function isStore({ role }: Service): boolean {
  return stores.has(role);
}

const oneOffName =
  /(?:^|[-_])(?:migrate|migrations?|migrator|init|setup|seed|bootstrap|collectstatic|configurator|createbuckets?|create-?(?:buckets?|topics?|site|db|database)|mc|provision|prestart)(?:$|[-_])/;

/** A service that does one thing and ends: somebody waits for its end, its name says so, or its last command does. */
export function isOneOff(stack: Stack, service: Service): boolean {
  if (oneOffName.test(service.name)) return true;
  const words = [...(service.compose.entrypoint?.value ?? []), ...(service.compose.command?.value ?? [])];
  if (/(?:^|[;&\s])exit 0?\s*;?\s*$/.test(words.at(-1) ?? '')) return true;
  return stack.services.some(
    ({ compose }) => compose.dependsOn.get(service.name)?.condition === 'service_completed_successfully',
  );
}

/** The text of a value; undefined: it is not set. */
export function valueOf(service: Service, ...path: string[]): string | undefined {
  return nodeText(service.compose.get(...path));
}

/** A value that is made of variables which nothing gives a value: nobody can say what it is. */
export function isUnresolved(service: Service, ...path: string[]): boolean {
  const node = service.compose.get(...path);
  return node?.kind === 'scalar' && node.unresolved !== undefined;
}

export type Healthcheck = 'compose' | 'image' | 'live' | 'disabled' | 'none' | 'unknown';

/** Images that are known to come without a HEALTHCHECK of their own. */
const bare: ReadonlySet<Role> = new Set(['postgres', 'pgbouncer', 'cache', 'queue', 'proxy', 'other-proxy']);

/** Where the health check of a service comes from; `unknown`: its image was not seen. */
export function healthcheckOf(service: Service): Healthcheck {
  const test = service.compose.get('healthcheck', 'test');
  const first = test?.kind === 'list' ? test.items[0] : test;
  if (valueOf(service, 'healthcheck', 'disable') === 'true' || nodeText(first) === 'NONE') return 'disabled';
  if (test !== undefined) return 'compose';
  const own = service.image?.healthcheck;
  if (own) return /^NONE\b/i.test(own.text.trim()) ? 'disabled' : 'image';
  const running = service.live?.containers.filter((container) => container.running) ?? [];
  if (running.length > 0) return running.every(({ health }) => health !== 'none') ? 'live' : 'none';
  if (service.compose.build) return service.image ? 'none' : 'unknown';
  return bare.has(service.role) ? 'none' : 'unknown';
}

/** A fix that sets values of a service; where they cannot be written safely a person has to do it. */
export function composeFix(
  stack: Stack,
  service: Service,
  values: Readonly<Record<string, YamlValue>>,
  fix: { title: string; manual: string; risk?: string },
): Fix {
  const { title, manual, risk } = fix;
  const edits = setIn(stack.files, service.compose, [], values);
  return {
    title,
    ...(edits ? { edits } : { edits: [], manual }),
    requires: 'recreate',
    ...(risk ? { risk } : {}),
  };
}

/** `512 MB`, `1.5 GB`, in powers of 1024. */
export function sizeText(bytes: number): string {
  const megabytes = bytes / 1024 ** 2;
  if (megabytes < 1024) return `${Math.round(megabytes)} MB`;
  return `${Math.round((megabytes / 1024) * 10) / 10} GB`;
}

/** `db, cache and app`. */
export function listText(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

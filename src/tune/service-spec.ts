import type { TuneService } from './plan.ts';

const kinds: Readonly<Record<string, Omit<TuneService, 'name' | 'replicas' | 'rolled'>>> = {
  app: { role: 'app', model: 'async', pooled: true },
  async: { role: 'app', model: 'async', pooled: true },
  sync: { role: 'app', model: 'sync', pooled: true },
  threads: { role: 'app', model: 'threads', pooled: true },
  worker: { role: 'worker', pooled: true },
  nginx: { role: 'proxy' },
  proxy: { role: 'proxy' },
  postgres: { role: 'postgres' },
  pgbouncer: { role: 'pgbouncer' },
  redis: { role: 'cache' },
  cache: { role: 'cache' },
  other: { role: 'other' },
};

/** What `serviceOf` understands, for messages. */
export const serviceKinds: readonly string[] = Object.keys(kinds);

/**
 * A service that is described in a word: `app`, `db=postgres`, `db=postgres:17`, `api=sync*2` (two containers). Apps are
 * rolled by deploys. Undefined: it makes no sense.
 */
export function serviceOf(text: string): TuneService | undefined {
  const match = /^([A-Za-z0-9][\w.-]*?)(?:=([a-z]+))?(?::(\d{1,2}))?(?:\*(\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const [, name = '', kind = name, version, count = '1'] = match;
  if (!Object.hasOwn(kinds, kind)) return undefined;
  const known = kinds[kind];
  if (known === undefined || Number(count) < 1) return undefined;
  if (version !== undefined && known.role !== 'postgres') return undefined;
  return {
    name,
    ...known,
    replicas: Number(count),
    rolled: known.role === 'app',
    ...(version === undefined ? {} : { majorVersion: Number(version) }),
  };
}

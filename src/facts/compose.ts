import { z } from 'zod';
import type { Fact } from './fact.ts';
import { plainText as text, readJson } from './json.ts';
import { isServiceName } from './names.ts';

export interface ComposeService {
  name: string;
  /** Compose's hash of this service's configuration; equal to the label of a container that matches it. */
  hash: string;
  /** Image name that a container is created from, `shop-backend` where the file names none. */
  image: string;
  builds: boolean;
  /** The resolved `build` section, for the build key. */
  build?: unknown;
  replicas: number;
  /** Services that must be up before this one, with Compose's condition. */
  dependsOn: Readonly<Record<string, string>>;
  containerName?: string;
  /** Published host ports, as written (`8080`, `8000-8010`, empty: a free one). */
  published: readonly string[];
  networks: readonly string[];
  /** Names besides the service's own that other containers know it by. */
  aliases: readonly string[];
  networkMode?: string;
  healthcheck: boolean;
  /** Milliseconds; undefined: Docker's 10 s. */
  stopGraceMs?: number;
  /** Absolute source paths of bind mounts. */
  binds: readonly { source: string; target: string }[];
  volumes: readonly string[];
  /** Restart policy; undefined: none, a container that has ended stays so. */
  restart?: string;
  /** Ports that the image or file exposes to other containers. */
  expose: readonly number[];
}

export type ComposeFact =
  | { state: 'ok'; project: string; services: Readonly<Record<string, ComposeService>> }
  /** Compose refused the files; `message` is its own text. */
  | { state: 'invalid'; message: string };

const missing = 'no Compose';
/** A docker without the plugin complains of the flags. */
const nameMissing = `[ "$dc" != "docker compose" ] || docker compose version >/dev/null 2>&1 || echo "${missing}" >&2`;

export const compose = {
  id: 'compose',
  script: ({ composeFlags }) =>
    [
      `[ -n "$dc" ] || { echo "${missing}" >&2; exit 1; }`,
      // Both at the same time; the pipe keeps the hashes until the rest is printed.
      `{ $dc ${composeFlags} config --hash '*' 2>/dev/null || echo failed; } | {`,
      `$dc ${composeFlags} config --format json || { ${nameMissing}; exit 1; }`,
      'hashes=$(cat); case $hashes in *failed)',
      `$dc ${composeFlags} config --hash '*' >/dev/null; exit 1 ;; esac`,
      'printf "\\n\\n@hashes\\n%s\\n" "$hashes"',
      '}',
    ].join('\n'),
  parse({ stdout, stderr, code }): ComposeFact {
    const [json = '', hashes = ''] = stdout.split(/\n@hashes(?:\n|$)/);
    const said = stderr.trim();
    if (code !== 0) return { state: 'invalid', message: said.endsWith(`\n${missing}`) ? missing : said };
    const model = readJson(modelSchema, json);
    const byName = new Map(
      hashes
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .map(([name = '', hash = '']) => [name, hash]),
    );
    const services = Object.entries(model.services ?? {}).map(([name, raw]) => [
      name,
      parseService(name, raw, model.name, byName.get(name) ?? ''),
    ]);
    return {
      state: 'ok',
      project: model.name,
      services: Object.fromEntries(services) as Record<string, ComposeService>,
    };
  },
} satisfies Fact<'compose', ComposeFact>;

const number = z.number();

const serviceSchema = z.object({
  image: text.nullish(),
  build: z.unknown().optional(),
  scale: number.nullish(),
  deploy: z.object({ replicas: number.nullish() }).nullish(),
  depends_on: z.record(text, z.object({ condition: text.nullish() })).nullish(),
  container_name: text.nullish(),
  ports: z.array(z.object({ published: z.union([text, number]).nullish(), target: number })).nullish(),
  expose: z.array(z.union([text, number])).nullish(),
  networks: z.record(text, z.object({ aliases: z.array(text).nullish() }).nullable()).nullish(),
  network_mode: text.nullish(),
  healthcheck: z
    .object({ test: z.union([z.array(text), text]).nullish(), disable: z.boolean().nullish() })
    .nullish(),
  restart: text.nullish(),
  stop_grace_period: text.nullish(),
  volumes: z.array(z.object({ type: text, source: text.nullish(), target: text })).nullish(),
});

/** What is read of `docker compose config --format json`. */
const modelSchema = z.object({
  name: text.min(1),
  services: z.record(text.refine(isServiceName), serviceSchema).nullish(),
});

type RawService = z.infer<typeof serviceSchema>;

function parseService(name: string, raw: RawService, project: string, hash: string): ComposeService {
  const grace = raw.stop_grace_period ? durationMs(raw.stop_grace_period) : undefined;
  const test = raw.healthcheck?.test ?? undefined;
  return {
    name,
    hash,
    image: raw.image ?? `${project}-${name}`,
    builds: raw.build !== undefined && raw.build !== null,
    ...(raw.build === undefined ? {} : { build: raw.build }),
    replicas: raw.deploy?.replicas ?? raw.scale ?? 1,
    dependsOn: Object.fromEntries(
      Object.entries(raw.depends_on ?? {}).map(([other, { condition }]) => [
        other,
        condition ?? 'service_started',
      ]),
    ),
    ...(raw.container_name ? { containerName: raw.container_name } : {}),
    published: (raw.ports ?? []).map((port) => String(port.published ?? '')),
    networks: Object.keys(raw.networks ?? {}),
    aliases: [...new Set(Object.values(raw.networks ?? {}).flatMap((network) => network?.aliases ?? []))],
    ...(raw.network_mode ? { networkMode: raw.network_mode } : {}),
    ...(raw.restart && raw.restart !== 'no' ? { restart: raw.restart } : {}),
    healthcheck: test !== undefined && raw.healthcheck?.disable !== true && test[0] !== 'NONE',
    ...(grace === undefined ? {} : { stopGraceMs: grace }),
    binds: (raw.volumes ?? [])
      .filter((volume) => volume.type === 'bind' && volume.source)
      .map((volume) => ({ source: volume.source ?? '', target: volume.target })),
    volumes: (raw.volumes ?? [])
      .filter((volume) => volume.type === 'volume')
      .map((volume) => volume.source ?? ''),
    expose: [
      ...new Set([
        ...(raw.expose ?? []).map((port) => Number.parseInt(String(port), 10)),
        ...(raw.ports ?? []).map((port) => port.target),
      ]),
    ],
  };
}

/** Go's duration notation as Compose prints it: `1m30s`, `500ms`. */
export function durationMs(text: string): number {
  const units: Record<string, number> = {
    h: 3_600_000,
    m: 60_000,
    s: 1000,
    ms: 1,
    us: 0.001,
    µs: 0.001,
    ns: 0.000_001,
  };
  let total = 0;
  for (const [, value, unit] of text.matchAll(/([\d.]+)(h|ms|µs|us|ns|m|s)/g))
    total += Number(value) * (units[unit ?? ''] ?? 0);
  return total;
}

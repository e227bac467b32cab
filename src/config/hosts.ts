import type { HostConfig, Provenance } from './config.ts';
import { localPath, provenanceOf, type Layer } from './layer.ts';
import { ConfigError } from './problem.ts';
import type { SettingPath } from './settings.ts';
import type { WrittenHost } from './value-types.ts';

type Field = Exclude<keyof HostConfig, 'name' | 'address'>;

const fields = ['port', 'user', 'keyFile', 'jump', 'hostKey'] as const satisfies readonly Field[];

/** A value with the rank of its layer: the higher one wins. */
interface Ranked {
  value: unknown;
  rank: number;
  provenance: Provenance;
}

type RankedHost = { [K in keyof HostConfig]?: Ranked };

export interface MergedHosts {
  hosts: HostConfig[];
  provenance: Record<string, Provenance>;
  warnings: string[];
}

/** The hosts of the highest layer that names some, each completed by the settings of `ssh`. */
export function mergeHosts(target: string, layers: readonly Layer[]): MergedHosts {
  const lists = layers.map((layer, rank) => rankedHosts(layer, rank));
  const chosen = lists.findLastIndex((list) => list.length > 0);
  const known = lists.flatMap((list, rank) => (isFile(layers[rank]) && rank < chosen ? list : []));
  const warnings: string[] = [];
  const source = layers[chosen];
  const ranked = (lists[chosen] ?? []).map((host) => {
    const same = known.findLast((other) => isSame(host, other));
    if (same !== undefined) return { ...host, ...unlessHigher(host, same) };
    return host;
  });
  if (source !== undefined && !isFile(source) && source.source !== 'flag' && known.length > 0) {
    const { detail = 'OPS_HOST' } = source.values.get('hosts') ?? {};
    const place = source.source === 'environment' ? 'the environment' : source.source;
    warnings.push(
      `${detail} of ${place} (${ranked.map((host) => String(host.address?.value)).join(', ')}) replaces the hosts that ops.yaml gives to ${target}.`,
    );
  }
  const complete = ranked.map((host) => completed(host, layers));
  return { ...named(complete), warnings };
}

function isFile(layer: Layer | undefined): boolean {
  return layer?.source === 'ops.yaml' || layer?.source === 'sandbox';
}

function rankedHosts(layer: Layer, rank: number): RankedHost[] {
  const given = layer.values.get('hosts');
  if (given === undefined) return [];
  return (given.value as readonly WrittenHost[]).map((host, index) => {
    const provenance = provenanceOf(layer, given, given.items?.[index]);
    const entries = Object.entries(host).map(([field, value]) => [
      field,
      { value: field === 'keyFile' ? localPath(String(value), layer.base) : value, rank, provenance },
    ]);
    return Object.fromEntries(entries) as RankedHost;
  });
}

/** `--host web-1` means the host that ops.yaml calls so, and `--host 203.0.113.5` the one with that address. */
function isSame(host: RankedHost, known: RankedHost): boolean {
  const said = host.address?.value;
  const fits = (value: unknown, other: Ranked | undefined): boolean =>
    other === undefined || value === undefined || value === other.value;
  return (
    (said === known.name?.value || said === known.address?.value) &&
    (known.port === undefined || fits(known.port.value, host.port))
  );
}

function unlessHigher(host: RankedHost, known: RankedHost): RankedHost {
  return { ...known, ...host, ...(known.address === undefined ? {} : { address: known.address }) };
}

/** Fills what a host does not say itself, and what a higher layer says for every host. */
function completed(host: RankedHost, layers: readonly Layer[]): RankedHost {
  const result = { ...host };
  for (const field of fields) {
    for (const [rank, layer] of layers.entries()) {
      const given = layer.values.get(`host.${field}` satisfies SettingPath);
      if (given === undefined || rank <= (result[field]?.rank ?? -1)) continue;
      const value = field === 'keyFile' ? localPath(String(given.value), layer.base) : given.value;
      result[field] = { value, rank, provenance: provenanceOf(layer, given) };
    }
  }
  return result;
}

/** Gives each host a name of its own: the written one, else the address, else address and port. */
function named(ranked: readonly RankedHost[]): Omit<MergedHosts, 'warnings'> {
  const provenance: Record<string, Provenance> = {};
  const addresses = ranked.map((host) => String(host.address?.value));
  const hosts = ranked.map((host, index): HostConfig => {
    const address = addresses[index] ?? '';
    const shared = addresses.indexOf(address) !== addresses.lastIndexOf(address);
    const port = host.port === undefined ? '' : `:${String(host.port.value)}`;
    const name = host.name === undefined ? address + (shared ? port : '') : String(host.name.value);
    const entries = Object.entries(host).map(([field, { value }]) => [field, value]);
    for (const [field, { provenance: source }] of Object.entries(host)) {
      provenance[`hosts.${index}.${field}`] = source;
    }
    provenance[`hosts.${index}.name`] ??= { source: 'default' };
    return { ...(Object.fromEntries(entries) as HostConfig), name, address };
  });
  refuseDoubles(hosts, provenance);
  return { hosts, provenance };
}

function refuseDoubles(hosts: readonly HostConfig[], provenance: Record<string, Provenance>): void {
  for (const [index, { name }] of hosts.entries()) {
    if (hosts.findIndex((host) => host.name === name) === index) continue;
    const { source, detail } = provenance[`hosts.${index}.address`] ?? { source: 'default' };
    throw new ConfigError([
      {
        where: source === '.env' ? source : (detail ?? source),
        text: `${source === '.env' ? (detail ?? 'hosts') : 'hosts'}: ${JSON.stringify(name)} is there twice; give each host a name of its own`,
      },
    ]);
  }
}

import type { Provenance, Target } from './config.ts';
import { mergeHosts } from './hosts.ts';
import { localPath, provenanceOf, type Layer } from './layer.ts';
import { isMap } from './schema.ts';
import { settingList, type Setting, type SettingPath } from './settings.ts';

export interface Merged {
  target: Target;
  provenance: Record<string, Provenance>;
  warnings: string[];
}

/** Lays the layers upon each other, the later one wins; maps are merged key by key, lists are replaced. */
export function mergeLayers(name: string, sources: readonly Layer[]): Merged {
  const layers = withoutOutrankedKey(sources);
  const target: Record<string, unknown> = { name };
  const provenance: Record<string, Provenance> = {};
  for (const setting of settingList) {
    const { path } = setting;
    if (path === 'hosts' || path.startsWith('host.')) continue;
    const [first = '', second] = path.split('.');
    const section = second === undefined ? target : ((target[first] ??= {}) as Record<string, unknown>);
    const found = effective(setting, layers);
    if (found === undefined) continue;
    section[second ?? first] = found.value;
    Object.assign(provenance, found.provenance);
  }
  const { hosts, warnings, provenance: ofHosts } = mergeHosts(name, layers);
  target['hosts'] = hosts;
  return { target: target as unknown as Target, provenance: { ...provenance, ...ofHosts }, warnings };
}

/** A key file and a key text are two ways to say one thing: the text yields to a file that a stronger source names. */
function withoutOutrankedKey(layers: readonly Layer[]): readonly Layer[] {
  const file = layers.findLastIndex(({ values }) => values.has('host.keyFile'));
  return layers.map((layer, rank) => {
    if (rank >= file || !layer.values.has('ssh.key')) return layer;
    return { ...layer, values: new Map([...layer.values].filter(([path]) => path !== 'ssh.key')) };
  });
}

function effective(
  { path, default: preset, type }: Setting<unknown> & { path: SettingPath },
  layers: readonly Layer[],
): { value: unknown; provenance: Record<string, Provenance> } | undefined {
  let value: unknown = preset;
  let provenance: Record<string, Provenance> = preset === undefined ? {} : { [path]: { source: 'default' } };
  for (const layer of layers) {
    const given = layer.values.get(path);
    if (given === undefined) continue;
    const source = provenanceOf(layer, given);
    if (isMap(given.value) && isMap(value)) {
      value = { ...value, ...given.value };
      for (const key of Object.keys(given.value)) provenance[`${path}.${key}`] = source;
    } else {
      value = type.localPath === true ? localPath(String(given.value), layer.base) : given.value;
      provenance = { [path]: source };
    }
  }
  return value === undefined ? undefined : { value, provenance };
}

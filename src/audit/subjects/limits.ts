import type { YamlValue } from '../../readers/compose/yaml-value.ts';
import type { Service } from '../../stack/stack.ts';

export type Resource = 'memory' | 'cpus';

/** The keys beside `deploy` that say the same. */
const short = { memory: 'mem_limit', cpus: 'cpus' } as const;

/**
 * Limits as values of a service, where it has them already, else in the syntax that it uses. Both syntaxes at once must
 * say the same, or Compose refuses the file.
 */
export function limitValues(
  { compose }: Service,
  values: Readonly<Partial<Record<Resource, string>>>,
): Readonly<Record<string, YamlValue>> {
  const usesShort = ['mem_limit', 'cpus', 'mem_reservation'].some((key) => compose.get(key) !== undefined);
  const usesLong = compose.get('deploy', 'resources', 'limits') !== undefined;
  const long: Record<string, string> = {};
  const result: Record<string, YamlValue> = {};
  for (const resource of ['memory', 'cpus'] as const) {
    const value = values[resource];
    if (value === undefined) continue;
    const inShort = compose.get(short[resource]) !== undefined;
    const inLong = compose.get('deploy', 'resources', 'limits', resource) !== undefined;
    if (inShort || (!inLong && usesShort && !usesLong))
      result[short[resource]] = resource === 'cpus' ? Number(value) : value;
    if (inLong || (!inShort && (usesLong || !usesShort))) long[resource] = value;
  }
  return { ...(Object.keys(long).length > 0 ? { deploy: { resources: { limits: long } } } : {}), ...result };
}

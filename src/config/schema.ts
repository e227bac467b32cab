import * as z from 'zod';
import { settingList } from './settings.ts';

const sections: Readonly<Record<string, string>> = {
  ssh: 'How every host is reached; a host of `hosts` may differ.',
  compose: 'What `docker compose` is called with.',
  services: 'Which service is what.',
  health: 'When the app counts as healthy.',
  build: 'How images are built.',
  release: 'A command in the new image before traffic moves.',
  hooks: 'Commands on this machine, with OPS_* variables.',
  deploy: 'How a release takes over.',
  checks: 'What `ops check` expects.',
  bench: 'What `ops bench` asks, and what it expects.',
};

/** What a target name may be; it appears in paths and variables. */
export const targetNamePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** The keys of one target, built from the table of settings. */
function buildTargetShape(): Record<string, z.ZodType> {
  const tops: Record<string, z.ZodType> = {};
  const nested: Record<string, Record<string, z.ZodType>> = {};
  for (const { key, type, description } of settingList) {
    if (key === undefined) continue;
    const schema = type.schema.optional().meta({ description });
    const [first = '', second] = key.split('.');
    if (second === undefined) tops[first] = schema;
    else (nested[first] ??= {})[second] = schema;
  }
  for (const [name, shape] of Object.entries(nested)) {
    const error = `a map with ${Object.keys(shape).join(', ')}`;
    const section = z.strictObject(shape, { error }).meta({ id: name, description: sections[name] ?? '' });
    tops[name] = section.optional();
  }
  return tops;
}

const mapError = { error: 'a map of settings' };
const targetShape = buildTargetShape();

/** One target: what stands below its name in ops.yaml, or in the target file of a sandbox. */
export const targetSchema = z
  .strictObject(targetShape, mapError)
  .meta({ id: 'target', description: 'One environment.' });

const defaultTarget = z.string({ error: 'the name of a target' }).optional().meta({
  description: 'Target that is meant when -t and OPS_TARGET are absent.',
});
const targets = z
  .record(z.string(), targetSchema, { error: 'a map of target names and their settings' })
  .optional()
  .meta({
    description: 'Environments by name; without it the settings at the top are the target `production`.',
    propertyNames: { pattern: targetNamePattern.source },
  });

/** The whole of ops.yaml: `targets`, and beside it settings that hold for each of them. */
export const fileSchema = z.strictObject(
  { default_target: defaultTarget, targets, ...targetShape },
  mapError,
);

/** The JSON Schema of ops.yaml for editors. */
export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(fileSchema, { io: 'input' });
  return {
    $schema,
    title: 'ops.yaml',
    description: 'Configuration of ops: targets, and beside them settings that hold for each of them.',
    ...schema,
  };
}

const optionalMaps = new Set(['targets', ...Object.keys(sections)]);

/** Sections whose keys are all commented out are empty, not wrong. */
export function withoutEmptySections(raw: unknown): unknown {
  if (raw === null || raw === undefined) return {};
  if (!isMap(raw)) return raw;
  const kept = Object.entries(raw).filter(([key, value]) => value !== null || !optionalMaps.has(key));
  const result = Object.fromEntries(kept);
  const targets = result['targets'];
  if (isMap(targets)) {
    result['targets'] = Object.fromEntries(
      Object.entries(targets).map(([name, target]) => [name, withoutEmptySections(target)]),
    );
  }
  return result;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

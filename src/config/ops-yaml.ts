import type * as z from 'zod';
import type { Provenance } from './config.ts';
import { explainIssues } from './issues.ts';
import type { Given, Layer } from './layer.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { fileSchema, isMap, targetNamePattern, targetSchema, withoutEmptySections } from './schema.ts';
import { settingList, type SettingPath } from './settings.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

/** What ops.yaml says: defaults for every target, and each target's own settings. */
export interface OpsYaml {
  defaults: Layer;
  targets: ReadonlyMap<string, Layer>;
  defaultTarget?: { name: string; detail: string };
}

export interface Reading<T> {
  result: T;
  problems: readonly Problem[];
}

/** Reads ops.yaml; `base` is its directory. Without problems the result is complete. */
export function readOpsYaml(text: string, where: string, base: string): Reading<OpsYaml> {
  const { value, yaml, problems } = validate(text, where, fileSchema);
  const targets = isMap(value['targets']) ? value['targets'] : {};
  const layers = Object.entries(targets).map(
    ([name, target]) => [name, layerOf('ops.yaml', base, target, yaml, ['targets', name])] as const,
  );
  const chosen = value['default_target'];
  const raw = isMap(yaml.value) ? yaml.value['targets'] : undefined;
  const names = isMap(raw) ? Object.keys(raw) : [];
  const wrongNames = names
    .filter((name) => !targetNamePattern.test(name))
    .map((name): Problem => ({
      where,
      ...yaml.locate(['targets', name], 'key'),
      text: `expected a target name (letters, digits, _ . -), found ${JSON.stringify(name)}`,
    }));
  return {
    result: {
      defaults: layerOf('ops.yaml', base, value, yaml, []),
      targets: new Map(layers),
      ...(typeof chosen === 'string'
        ? { defaultTarget: { name: chosen, detail: detailOf(yaml, ['default_target']) } }
        : {}),
    },
    problems: [...problems, ...wrongNames, ...wrongDefault(yaml, names)].toSorted(byPlace),
  };
}

/** Reads the target file of a sandbox: the settings of one target, without a name. */
export function readTargetFile(text: string, where: string, base: string): Reading<Layer> {
  const { value, yaml, problems } = validate(text, where, targetSchema);
  return { result: layerOf('sandbox', base, value, yaml, []), problems };
}

function wrongDefault(yaml: YamlFile, names: readonly string[]): Problem[] {
  const name = isMap(yaml.value) ? yaml.value['default_target'] : undefined;
  if (typeof name !== 'string' || names.includes(name)) return [];
  const near = nearest(name, names);
  const hint = near === undefined ? `targets: ${names.join(', ') || 'none'}` : `did you mean "${near}"?`;
  return [
    {
      where: yaml.where,
      ...yaml.locate(['default_target'], 'value'),
      text: `default_target: there is no target ${JSON.stringify(name)}; ${hint}`,
    },
  ];
}

function validate(
  text: string,
  where: string,
  schema: z.ZodType,
): { value: Record<string, unknown>; yaml: YamlFile; problems: readonly Problem[] } {
  const yaml = readYaml(text, where);
  if (yaml.problems.length > 0) return { value: {}, yaml, problems: yaml.problems };
  const input = withoutEmptySections(yaml.value);
  const parsed = schema.safeParse(input);
  if (parsed.success) return { value: parsed.data as Record<string, unknown>, yaml, problems: [] };
  const problems = explainIssues(parsed.error.issues, input).map(({ path, about, text }): Problem => {
    const key = path.filter((part) => typeof part !== 'number').join('.');
    return {
      where,
      ...yaml.locate(path, about),
      text: about === 'key' || key === '' ? text : `${key}: ${text}`,
    };
  });
  return { value: {}, yaml, problems: problems.toSorted(byPlace) };
}

function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function layerOf(
  source: Provenance['source'],
  base: string,
  value: unknown,
  yaml: YamlFile,
  prefix: readonly string[],
): Layer {
  const values = new Map<SettingPath, Given>();
  for (const { path, key } of settingList) {
    if (key === undefined) continue;
    const parts = key.split('.');
    let found: unknown = value;
    for (const part of parts) found = isMap(found) ? found[part] : undefined;
    if (found === undefined) continue;
    const place = [...prefix, ...parts];
    values.set(path, {
      value: found,
      detail: detailOf(yaml, place),
      ...(Array.isArray(found) ? { items: found.map((_, index) => detailOf(yaml, [...place, index])) } : {}),
    });
  }
  return { source, base, values };
}

function detailOf(yaml: YamlFile, path: readonly PropertyKey[]): string {
  return `${yaml.where}:${yaml.locate(path, 'value').line}`;
}

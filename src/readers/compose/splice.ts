import { isMap, type Pair } from 'yaml';
import { applyEdits, type Edit } from '../../source/edits.ts';
import type { Files } from '../../source/files.ts';
import type { ComposeEntry } from './node.ts';
import type { ComposeServiceModel } from './project.ts';
import { Append, At, changed, type Change } from './change.ts';
import { PairEditor } from './pair-editor.ts';
import { equalValues, isYamlMap, ValueReader, type YamlValue } from './yaml-value.ts';
import { styleOf, type YamlFileText } from './yaml-style.ts';
import { keyText, parseYaml, type YamlSource } from './yaml.ts';

type Path = readonly (string | number)[];

/**
 * Sets a value of a service, as edits that keep every other byte of the file. Mappings are merged into what is there,
 * scalars and lists take its place; a number in the path is the index of an item that is there. What the service has
 * through an anchor, a merge key or `extends` is written into the service itself. Of several files the one is edited
 * whose value wins.
 *
 * Undefined: there is no place where this can be done safely. The result was parsed and compared before it is returned.
 */
export function setIn(
  files: Files,
  service: ComposeServiceModel,
  path: Path,
  value: YamlValue,
): Edit[] | undefined {
  return edit(files, service, path, isYamlMap(value) ? mapChange(value) : value);
}

/** Puts items at the end of a list of a service; a list that isn't there is made. See `setIn`. */
export function appendIn(
  files: Files,
  service: ComposeServiceModel,
  path: Path,
  items: readonly YamlValue[],
): Edit[] | undefined {
  return edit(files, service, path, new Append(items));
}

function edit(files: Files, service: ComposeServiceModel, path: Path, change: Change): Edit[] | undefined {
  const places = service.definitions.flatMap(
    (definition) => findPlace(files, service.name, definition) ?? [],
  );
  const place = choose(places, path);
  if (place === undefined) return undefined;
  const whole = path.reduceRight<Change>((inner, step) => at(step, inner), change);
  const { file, pair } = place;
  const reader = new ValueReader(file.source);
  const expected = changed(reader.value(pair.value), whole);
  if (reader.exceeded) return undefined;
  const edits = new PairEditor(file, reader).change(pair, whole);
  if (edits === undefined || edits.length === 0) return undefined;
  return proven(file, service.name, edits, expected)
    ? edits.map((edit) => ({ ...edit, path: file.path }))
    : undefined;
}

function at(step: string | number, inner: Change): Change {
  return typeof step === 'number' ? new At(step, inner) : new Map([[step, inner]]);
}

function mapChange(value: Readonly<Record<string, YamlValue>>): Change {
  return new Map(
    Object.entries(value).map(([key, item]) => [key, isYamlMap(item) ? mapChange(item) : item] as const),
  );
}

/** A definition of the service in one file. */
interface Place {
  file: YamlFileText;
  pair: Pair;
}

/** Parsed files, for as long as the files live: several rules edit the same ones. */
const parsed = new WeakMap<Files, Map<string, YamlFileText>>();

function fileText(files: Files, path: string): YamlFileText | undefined {
  const known = parsed.get(files) ?? new Map<string, YamlFileText>();
  parsed.set(files, known);
  const before = known.get(path);
  if (before) return before;
  const text = files.read(path);
  if (text === undefined) return undefined;
  const source = parseYaml(text);
  const file = { path, text, source, style: styleOf(text, source) };
  known.set(path, file);
  return file;
}

function findPlace(files: Files, name: string, { keyAt }: ComposeEntry): Place | undefined {
  const file = fileText(files, keyAt.path);
  const pair = file && servicePairs(file.source, name).find(({ key }) => startOf(key) === keyAt.start);
  return file && pair ? { file, pair } : undefined;
}

function servicePairs(source: YamlSource, name: string): Pair[] {
  return source.documents.flatMap(({ contents }) => {
    if (!isMap(contents)) return [];
    const services = new ValueReader(source).entries(contents).get('services');
    return isMap(services) ? services.items.filter(({ key }) => keyText(key) === name) : [];
  });
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] | null }).range?.[0];
}

/** The last definition that has the whole path, because it wins; else the first of those that have most of it. */
function choose(places: readonly Place[], path: Path): Place | undefined {
  const depths = places.map(({ file, pair }) => {
    const reader = new ValueReader(file.source);
    let value: YamlValue | undefined = reader.value(pair.value);
    for (const [depth, step] of path.entries()) {
      if (Array.isArray(value)) value = (value as readonly YamlValue[])[Number(step)];
      else value = isYamlMap(value) && Object.hasOwn(value, step) ? value[step] : undefined;
      if (value === undefined) return depth;
    }
    return path.length;
  });
  const whole = depths.lastIndexOf(path.length);
  return places[whole < 0 ? depths.indexOf(Math.max(...depths)) : whole];
}

/** The edited file parses, and its service is what it was with the change. */
function proven(
  { text, source: before }: YamlFileText,
  name: string,
  edits: readonly Omit<Edit, 'path'>[],
  expected: YamlValue,
): boolean {
  const source = parseYaml(applyEdits(text, edits));
  if (source.problems.length > before.problems.length) return false;
  const reader = new ValueReader(source);
  return (
    servicePairs(source, name).some(({ value }) => equalValues(reader.value(value), expected)) &&
    !reader.exceeded
  );
}

import { joinPath } from '../../source/files.ts';
import type { Located } from '../../source/span.ts';
import { asKeyed, asNamed, lastOfEach } from './merge.ts';
import {
  nodeText,
  type ComposeEntry,
  type ComposeMap,
  type ComposeNode,
  type ComposeScalar,
} from './node.ts';
import type { ComposeDependency, ComposeMount, ComposeServiceModel } from './project.ts';
import type { Reading, Scope } from './scope.ts';
import { shellWords } from './shellwords.ts';
import { portText, readMount, readPort, sourcePath } from './short-syntax.ts';

export interface ServiceContext {
  reading: Reading;
  scope: Scope;
  /** The whole model: `configs` and `secrets` are defined at its top. */
  model: ComposeMap;
}

/** The typed view of one merged service. */
export function serviceModel(
  name: string,
  node: ComposeNode,
  definitions: readonly ComposeEntry[],
  context: ServiceContext,
): ComposeServiceModel {
  const get = (...path: readonly (string | number)[]) => nodeAt(node, path);
  const [first] = definitions;
  const body = first?.node ?? node;
  const image = locatedText(get('image'));
  const command = words(get('command'));
  const entrypoint = words(get('entrypoint'));
  const build = buildOf(get('build'));
  return {
    name,
    nameAt: first?.keyAt ?? node.at,
    body: body.kind === 'map' ? body : { kind: 'map', entries: new Map(), at: body.at, shared: body.shared },
    definitions,
    get,
    environment: environmentOf(node, context),
    ...(command ? { command } : {}),
    ...(entrypoint ? { entrypoint } : {}),
    ...(image ? { image } : {}),
    ...(build ? { build } : {}),
    ports: lastOfEach(itemsOf(get('ports')).flatMap(readPort), portText),
    mounts: mountsOf(node, context),
    dependsOn: dependenciesOf(get('depends_on')),
    replicas: count(get('deploy', 'replicas')) ?? count(get('scale')) ?? 1,
  };
}

/** The node at a path of keys and indexes. */
export function nodeAt(node: ComposeNode, path: readonly (string | number)[]): ComposeNode | undefined {
  let current: ComposeNode | undefined = node;
  for (const step of path) {
    if (current === undefined) return undefined;
    if (current.kind === 'map') current = current.entries.get(String(step))?.node;
    else if (current.kind === 'list' && typeof step === 'number') current = current.items[step];
    else return undefined;
  }
  return current;
}

function environmentOf(
  node: ComposeNode,
  { reading, scope }: ServiceContext,
): ReadonlyMap<string, Located<string | undefined>> {
  const environment = new Map<string, Located<string | undefined>>();
  for (const item of itemsOf(nodeAt(node, ['env_file']))) {
    const path = item.kind === 'map' ? item.entries.get('path')?.node : item;
    const value = nodeText(path);
    if (path?.kind !== 'scalar' || value === undefined) continue;
    const required = nodeText(nodeAt(item, ['required'])) !== 'false';
    const raw = nodeText(nodeAt(item, ['format'])) === 'raw';
    for (const [key, found] of reading.env(path.base, { value, at: path.at }, scope, { required, raw }) ?? [])
      environment.set(key, found);
  }
  const own = nodeAt(node, ['environment']);
  const map = own === undefined ? undefined : asKeyed(own);
  if (map?.kind === 'map')
    for (const [key, { node: value, keyAt }] of map.entries)
      if (value.kind === 'scalar')
        environment.set(key, {
          value: environmentValue(key, value, scope),
          at: isSet(value) ? value.at : keyAt,
        });
  return environment;
}

/** Null passes the operator's own variable on; one made of unknown variables only is as unknown as they are. */
function environmentValue(key: string, node: ComposeScalar, scope: Scope): string | undefined {
  if (!isSet(node)) return scope.lookup(key);
  return node.unresolved && node.value === '' ? undefined : String(node.value);
}

function isSet(node: ComposeScalar): boolean {
  return node.value !== null;
}

/** Null is the image's own; an empty text or list is none at all. */
function words(node: ComposeNode | undefined): Located<readonly string[]> | undefined {
  if (node === undefined || node.kind === 'map') return undefined;
  if (node.kind === 'list') return { value: node.items.map((item) => nodeText(item) ?? ''), at: node.at };
  return node.value === null ? undefined : { value: shellWords(String(node.value)), at: node.at };
}

function buildOf(node: ComposeNode | undefined): ComposeServiceModel['build'] {
  if (node === undefined || node.kind === 'list') return undefined;
  if (node.kind === 'scalar' && node.value === null) return undefined;
  const field = (key: string) => (node.kind === 'map' ? node.entries.get(key)?.node : undefined);
  const contextNode = node.kind === 'map' ? field('context') : node;
  const context =
    contextNode?.kind === 'scalar' ? contextPath(nodeText(contextNode) ?? '.', contextNode) : undefined;
  const dockerfile = nodeText(field('dockerfile'));
  const inline = locatedText(field('dockerfile_inline'));
  const target = nodeText(field('target'));
  const args = field('args');
  const keyed = args === undefined ? undefined : asKeyed(args);
  return {
    ...(context === undefined ? {} : { context }),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(inline ? { inlineDockerfile: inline } : {}),
    ...(target === undefined ? {} : { target }),
    args: new Map(
      [...(keyed?.kind === 'map' ? keyed.entries : [])].flatMap(([key, { node: value }]) => {
        const text = nodeText(value);
        return text === undefined ? [] : [[key, text] as const];
      }),
    ),
    at: node.at,
  };
}

function contextPath(context: string, node: ComposeScalar): string | undefined {
  if (/^(?:https?:\/\/|git@|git:\/\/|ssh:\/\/|github\.com\/|[\w-]+:\/\/)/.test(context)) return undefined;
  if (node.unresolved || node.base === undefined) return undefined;
  return joinPath(node.base, context);
}

function mountsOf(node: ComposeNode, { model }: ServiceContext): ComposeMount[] {
  const volumes = lastOfEach(
    itemsOf(nodeAt(node, ['volumes'])).flatMap((item) => readMount(item) ?? []),
    ({ target }) => target,
  );
  const tmpfs = itemsOf(nodeAt(node, ['tmpfs'])).flatMap((item): ComposeMount[] => {
    const target = nodeText(item)?.split(':')[0];
    return target ? [{ at: item.at, type: 'tmpfs', target, readOnly: false }] : [];
  });
  const grants = (['config', 'secret'] as const).flatMap((type) =>
    itemsOf(nodeAt(node, [`${type}s`])).flatMap((item) => grant(type, item, model) ?? []),
  );
  return [...volumes, ...tmpfs, ...grants];
}

/** An entry of `configs` or `secrets`: a file that is defined at the top of the model. */
function grant(type: 'config' | 'secret', item: ComposeNode, model: ComposeMap): ComposeMount | undefined {
  const source = nodeText(item.kind === 'map' ? item.entries.get('source')?.node : item);
  if (source === undefined) return undefined;
  const target = nodeText(nodeAt(item, ['target'])) ?? (type === 'config' ? `/${source}` : source);
  const file = nodeAt(model, [`${type}s`, source, 'file']);
  return {
    at: item.at,
    type,
    ...(file?.kind === 'scalar' && file.value !== null ? sourcePath(String(file.value), file) : {}),
    source,
    target: target.startsWith('/') ? target : `/run/secrets/${target}`,
    readOnly: true,
  };
}

function dependenciesOf(node: ComposeNode | undefined): ReadonlyMap<string, ComposeDependency> {
  const map = node === undefined ? undefined : asNamed(node);
  if (map?.kind !== 'map') return new Map();
  return new Map(
    [...map.entries].map(([name, { keyAt, node: value }]) => [
      name,
      {
        at: value.kind === 'map' ? value.at : keyAt,
        condition: nodeText(nodeAt(value, ['condition'])) ?? 'service_started',
        required: nodeText(nodeAt(value, ['required'])) !== 'false',
      },
    ]),
  );
}

function itemsOf(node: ComposeNode | undefined): readonly ComposeNode[] {
  if (node === undefined || node.kind === 'map') return [];
  if (node.kind === 'list') return node.items;
  return node.value === null ? [] : [node];
}

function locatedText(node: ComposeNode | undefined): Located<string> | undefined {
  const value = nodeText(node);
  return node === undefined || value === undefined ? undefined : { value, at: node.at };
}

function count(node: ComposeNode | undefined): number | undefined {
  const text = nodeText(node);
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

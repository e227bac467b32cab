import { joinPath } from '../../source/files.ts';
import { nodeText, type ComposeNode, type ComposeScalar } from './node.ts';
import type { ComposeMount, ComposePort } from './project.ts';

/** Ports that one range may stand for. */
const maxRange = 1000;
const portPattern = /^(?:(?:(\[[^\]]*\]|[^:[\]]*):)?(\d+(?:-\d+)?|):)?(\d+)(?:-(\d+))?(?:\/([a-z]+))?$/i;
const everywhere = new Set(['', '0.0.0.0', '::', '[::]', '*']);

/** `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`, or the long form; a range of targets is as many ports. */
export function readPort(node: ComposeNode): ComposePort[] {
  const parsed = node.kind === 'map' ? longPort(node.entries) : shortPort(node);
  return parsed.map((port) => ({
    at: node.at,
    ...port,
    ...(unresolvedIn(node).length > 0 ? { unresolved: unresolvedIn(node) } : {}),
  }));
}

type BarePort = Omit<ComposePort, 'at'>;

function shortPort(node: ComposeNode): BarePort[] {
  if (node.kind !== 'scalar') return [];
  const match = portPattern.exec(String(node.value ?? ''));
  if (match === null) return [];
  const [, address = '', published = '', first, last, protocol = 'tcp'] = match;
  const from = Number(first);
  const to = last === undefined ? from : Number(last);
  const count = Math.min(to - from + 1, maxRange);
  const publishedFrom = Number(published.split('-')[0]);
  return Array.from({ length: Math.max(count, 0) }, (_, index) => ({
    ...(everywhere.has(address) ? {} : { address: address.replaceAll(/[[\]]/g, '') }),
    ...(published === '' ? {} : { published: count > 1 ? `${publishedFrom + index}` : published }),
    target: from + index,
    protocol: protocol.toLowerCase(),
  }));
}

function longPort(entries: ReadonlyMap<string, { node: ComposeNode }>): BarePort[] {
  const target = Number(nodeText(entries.get('target')?.node));
  if (!Number.isInteger(target) || target <= 0) return [];
  const address = nodeText(entries.get('host_ip')?.node) ?? '';
  const published = nodeText(entries.get('published')?.node) ?? '';
  return [
    {
      ...(everywhere.has(address) ? {} : { address }),
      ...(published === '' ? {} : { published }),
      target,
      protocol: nodeText(entries.get('protocol')?.node) ?? 'tcp',
    },
  ];
}

/** What makes two entries of `ports` the same port. */
export function portKey(node: ComposeNode): string | undefined {
  const ports = readPort(node);
  return ports.length === 0 ? undefined : ports.map(portText).join(', ');
}

export function portText({ address = '', published = '', target, protocol }: ComposePort): string {
  return [address, published, target, protocol].join(' ');
}

/** What makes two entries of `volumes` the same mount. */
export function mountTarget(node: ComposeNode): string | undefined {
  return node.kind === 'map'
    ? nodeText(node.entries.get('target')?.node)
    : splitMount(String(node.kind === 'scalar' ? node.value : '')).target;
}

interface SplitMount {
  source?: string;
  target: string;
  mode: string;
}

/** `[SOURCE:]TARGET[:MODE]`; the colon of a Windows drive belongs to the path. */
function splitMount(text: string): SplitMount {
  const parts: string[] = [];
  for (const part of text.split(':')) {
    const previous = parts.at(-1);
    if (previous !== undefined && /^[a-z]$/i.test(previous) && /^[\\/]/.test(part))
      parts[parts.length - 1] = `${previous}:${part}`;
    else parts.push(part);
  }
  const [first = '', second, ...mode] = parts;
  return second === undefined
    ? { target: first, mode: '' }
    : { source: first, target: second, mode: mode.join(':') };
}

export function readMount(node: ComposeNode): ComposeMount | undefined {
  if (node.kind === 'map') return longMount(node.entries, node);
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value === '') return undefined;
  const { source, target, mode } = splitMount(node.value);
  const readOnly = mode.split(',').includes('ro');
  if (source === undefined) return { at: node.at, type: 'volume', target, readOnly };
  const bind = /^(?:[./~\\]|[a-z]:[\\/])/i.test(source);
  return {
    at: node.at,
    type: bind ? 'bind' : 'volume',
    ...(bind ? sourcePath(source, node) : {}),
    source,
    target,
    readOnly,
  };
}

const mountTypes = new Set(['bind', 'volume', 'tmpfs']);

function longMount(
  entries: ReadonlyMap<string, { node: ComposeNode }>,
  node: ComposeNode,
): ComposeMount | undefined {
  const type = nodeText(entries.get('type')?.node) ?? 'volume';
  const source = entries.get('source')?.node;
  const target = nodeText(entries.get('target')?.node);
  if (target === undefined) return undefined;
  const readOnly = entries.get('read_only')?.node;
  return {
    at: node.at,
    type: mountTypes.has(type) ? (type as ComposeMount['type']) : 'other',
    ...(source?.kind === 'scalar'
      ? { source: String(source.value), ...(type === 'bind' ? sourcePath(String(source.value), source) : {}) }
      : {}),
    target,
    readOnly: readOnly?.kind === 'scalar' && String(readOnly.value) === 'true',
  };
}

/** Relative to the root of the files, when it lies in it and is known. */
export function sourcePath(source: string, node: ComposeScalar): { sourcePath?: string } {
  if (node.unresolved || node.base === undefined || source.startsWith('~')) return {};
  const path = joinPath(node.base, source);
  return path === undefined ? {} : { sourcePath: path };
}

function unresolvedIn(node: ComposeNode): readonly string[] {
  if (node.kind === 'scalar') return node.unresolved ?? [];
  if (node.kind === 'list') return [];
  return [...node.entries.values()].flatMap(({ node: value }) =>
    value.kind === 'scalar' ? (value.unresolved ?? []) : [],
  );
}

import { isMap, isPair, isScalar, isSeq, parseAllDocuments, type Node, type Scalar } from 'yaml';
import { assignmentRanges, commentRanges, lineRanges } from './assignments.ts';
import { judgeName } from './names.ts';
import { shift, type Range } from './ranges.ts';
import { interpolationRanges, valueRanges } from './values.ts';

/** Deeper nesting is left to the rules for lines. */
const maxDepth = 60;
/** Of an entry of `secrets:` in a Compose file: says where the secret is. */
const secretReferences = new Set(
  'file environment name external driver source target uid gid mode'.split(' '),
);
const namesOfCollections = /^(?:credentials?|passwords|secrets?|tokens|api_?keys)$/i;

/** Secrets in YAML (and so JSON): values of secret names, `NAME=value` in lists, blocks line by line, comments. */
export function yamlRanges(text: string): Range[] {
  const ranges = [...interpolationRanges(text), ...assignmentRanges(text), ...commentRanges(text)];
  let broken = false;
  try {
    for (const document of parseAllDocuments(text, {
      strict: false,
      uniqueKeys: false,
      logLevel: 'silent',
    })) {
      if ('empty' in document) continue;
      broken ||= document.errors.length > 0;
      const root = document.contents;
      const compose = isMap(root) && root.has('services');
      visit(root, { text, ranges, compose }, { depth: 0, all: false });
    }
  } catch {
    // Nesting that the parser's own recursion cannot follow.
    broken = true;
  }
  return broken ? [...ranges, ...lineRanges(text)] : ranges;
}

interface Visit {
  text: string;
  ranges: Range[];
  compose: boolean;
}

interface Place {
  depth: number;
  /** It is in a collection of secrets: every scalar is one. */
  all: boolean;
  /** Of the `secrets` of a Compose file. */
  references?: boolean;
}

function visit(node: unknown, context: Visit, place: Place): void {
  if (place.depth > maxDepth) {
    const range = (node as Node | null)?.range;
    if (range) {
      const [start, , end] = range;
      context.ranges.push(...shift(lineRanges(context.text.slice(start, end)), start));
    }
    return;
  }
  const below = { ...place, depth: place.depth + 1 };
  if (isMap(node)) {
    for (const item of node.items) {
      const key = isScalar(item.key) ? String(item.key.value) : '';
      visitEntry(key, item.value, context, below);
    }
  } else if (isSeq(node)) {
    let option: string | undefined;
    for (const item of node.items) {
      if (isPair(item)) visitEntry(String(item.key), item.value, context, below);
      else if (isScalar(item)) {
        scalarRanges(item, context, place.all && !place.references ? undefined : (option ?? ''));
        const word = typeof item.value === 'string' ? item.value : '';
        // `- --requirepass` and `- hunter2`
        option = /^--?[A-Za-z][\w-]*$/.test(word) ? word : undefined;
      } else visit(item, context, below);
    }
  } else if (isScalar(node)) scalarRanges(node, context, place.all ? undefined : '');
}

function visitEntry(key: string, value: unknown, context: Visit, place: Place): void {
  if (isScalar(value)) {
    const reference = place.references === true && secretReferences.has(key);
    scalarRanges(value, context, place.all && !reference ? undefined : key);
    return;
  }
  const collection = namesOfCollections.test(key);
  const references = context.compose && key === 'secrets';
  // A list of a secret name; a map may just as well be a service that is called `auth`.
  const list = isSeq(value) && judgeName(key).secret && !references;
  visit(value, context, {
    depth: place.depth,
    all: place.all || (collection && !(context.compose && place.depth <= 3)) || list,
    references: place.references === true || references,
  });
}

/** @param name of the value; undefined: it is secret whatever its name */
function scalarRanges(node: Scalar, context: Visit, name: string | undefined): void {
  const { text, ranges } = context;
  if (!node.range) return;
  const [start, end] = node.range;
  if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') {
    const header = text.indexOf('\n', start) + 1;
    if (header === 0 || header >= end) return;
    const secret = name === undefined || judgeName(name).secret;
    const block = text.slice(header, end);
    if (secret) ranges.push(...eachLine(block, header));
    else ranges.push(...shift(lineRanges(block), header));
    return;
  }
  const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  const from = quoted ? start + 1 : start;
  // A quote that is never closed has no last character to keep.
  const to = quoted && end > from && text[end - 1] === text[start] ? end - 1 : end;
  ranges.push(...valueRanges(name, text, from, to));
  // `- NAME=value`: the value has all that follows, spaces too.
  const assigned = /^([A-Za-z_][\w.-]{0,80})=/.exec(text.slice(from, to));
  if (assigned) ranges.push(...valueRanges(assigned[1], text, from + assigned[0].length, to));
}

function eachLine(block: string, offset: number): Range[] {
  return [...block.matchAll(/\S.*/g)].map(({ index, 0: line }) => ({
    start: offset + index,
    end: offset + index + line.trimEnd().length,
  }));
}

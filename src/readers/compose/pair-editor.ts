import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import type { Edit } from '../../source/edits.ts';
import { Append, At, changed, isInline, type Change } from './change.ts';
import { blockLines, flowText, inlineText, lineStart, quoteOf, type YamlFileText } from './yaml-style.ts';
import { FlowList, type ValueReader, type YamlValue } from './yaml-value.ts';
import { ownPair } from './yaml.ts';

type TextEdit = Omit<Edit, 'path'>;

/** Changes the value of one `key: value` of a file. */
export class PairEditor {
  private readonly file: YamlFileText;
  private readonly reader: ValueReader;

  constructor(file: YamlFileText, reader: ValueReader) {
    this.file = file;
    this.reader = reader;
  }

  /** Undefined: it cannot be done here. @param flow The pair stands in `{}`. */
  change(pair: Pair, change: Change, flow = false): TextEdit[] | undefined {
    const node = pair.value;
    if (tagged(node)) return undefined;
    if (change instanceof Map) {
      if (isMap(node) && node.items.length > 0) return this.changeMap(node, change);
      if (isAlias(node) && isMap(this.target(node))) return this.openAlias(pair, node, change, flow);
    }
    if (change instanceof Append && isSeq(node) && node.items.length > 0)
      return this.append(node, change.items);
    if (change instanceof At && isSeq(node)) return this.changeItem(node, change);
    return this.replace(pair, changed(this.reader.value(node), change), flow);
  }

  private changeMap(map: YAMLMap, change: ReadonlyMap<string, Change>): TextEdit[] | undefined {
    const inherited = this.reader.entries(map);
    const edits: TextEdit[] = [];
    const added: Record<string, YamlValue> = {};
    for (const [key, inner] of change) {
      const own = ownPair(map, key);
      const ownEdits = own ? this.change(own, inner, map.flow === true) : [];
      if (ownEdits === undefined) return undefined;
      edits.push(...ownEdits);
      if (!own)
        added[key] = changed(inherited.has(key) ? this.reader.value(inherited.get(key)) : undefined, inner);
    }
    return Object.keys(added).length === 0 ? edits : [...edits, ...this.insert(map, added)];
  }

  /** New pairs behind the last one of a map that has some. */
  private insert(map: YAMLMap, added: Readonly<Record<string, YamlValue>>): TextEdit[] {
    const { style } = this.file;
    if (map.flow)
      return [insertion(this.endOf(map.items.at(-1)), `, ${flowText(added, style).slice(1, -1)}`)];
    return [this.insertLines(this.endOf(map), blockLines(added, style), this.columnOf(map.items[0]?.key))];
  }

  /** `key: *alias` becomes a mapping that merges the alias. Deeper mappings are written out, because `<<` is shallow. */
  private openAlias(
    pair: Pair,
    alias: Alias,
    change: ReadonlyMap<string, Change>,
    flow: boolean,
  ): TextEdit[] {
    const target = this.target(alias);
    const entries = isMap(target) ? this.reader.entries(target) : new Map<string, unknown>();
    const added = Object.fromEntries(
      [...change].map(([key, inner]) => [
        key,
        changed(entries.has(key) ? this.reader.value(entries.get(key)) : undefined, inner),
      ]),
    );
    const [start, end] = rangeOf(alias);
    const { style, text } = this.file;
    if (flow) return [{ start, end, text: `{<<: *${alias.source}, ${flowText(added, style).slice(1, -1)}}` }];
    const indent = this.columnOf(pair.key) + style.step;
    const from = start - trailingSpaces(text.slice(lineStart(text, start), start));
    return [
      { start: from, end, text: `${style.newline}${' '.repeat(indent)}<<: *${alias.source}` },
      this.insertLines(end, blockLines(added, style), indent),
    ];
  }

  private append(list: YAMLSeq, items: readonly YamlValue[]): TextEdit[] {
    const { style } = this.file;
    const quote = quoteOf(list);
    if (list.flow)
      return [
        insertion(
          this.endOf(list.items.at(-1)),
          items.map((item) => `, ${flowText(item, style, quote)}`).join(''),
        ),
      ];
    return [this.insertLines(this.endOf(list), blockLines(items, style, quote), this.columnOf(list))];
  }

  private changeItem(list: YAMLSeq, { index, change }: At): TextEdit[] | undefined {
    const item = list.items[index];
    if (isMap(item) && item.items.length > 0 && change instanceof Map && !tagged(item))
      return this.changeMap(item, change);
    if (!isScalar(item) || change instanceof Map || change instanceof Append || change instanceof At)
      return undefined;
    if (!isInline(change as YamlValue) || item.type?.startsWith('BLOCK')) return undefined;
    const [start, end] = rangeOf(item);
    const quote = item.type === 'QUOTE_DOUBLE' || item.type === 'QUOTE_SINGLE' ? item.type : undefined;
    const print = list.flow ? flowText : inlineText;
    return [{ start, end, text: print(change as YamlValue, this.file.style, quote) }];
  }

  /** Another value in the place of the pair's. */
  private replace(pair: Pair, value: YamlValue, flow: boolean): TextEdit[] {
    const { style } = this.file;
    const node = pair.value;
    const old = Array.isArray(value) && isSeq(node) && node.flow ? new FlowList(value) : value;
    const quote = isSeq(node) ? quoteOf(node) : undefined;
    if (isEmpty(node)) return this.fill(pair, old, flow);
    const [start] = rangeOf(node);
    const end = this.endOf(node);
    if (flow) return [{ start, end, text: flowText(old, style, quote) }];
    const column = this.columnOf(pair.key);
    const block = (isMap(node) || isSeq(node)) && !node.flow;
    if (isInline(old)) {
      const text = inlineText(old, style, quote);
      const from = block ? this.behindColon(pair) : start;
      const gap = this.file.text.slice(from, start);
      return block && gap.trim() === '' ? [{ start: from, end, text: ` ${text}` }] : [{ start, end, text }];
    }
    const lines = blockLines(old, style, quote);
    if (!block) {
      const before = trailingSpaces(this.file.text.slice(lineStart(this.file.text, start), start));
      return [
        { start: start - before, end, text: '' },
        this.insertLines(end, lines, column + this.stepOf(old)),
      ];
    }
    const own = this.columnOf(node);
    const indent = own > column || Array.isArray(old) ? own : column + style.step;
    return [{ start, end, text: this.indented(lines, indent).slice(own) }];
  }

  /** A value for `key:` that has none, or `{}`, `[]`, `~`. */
  private fill(pair: Pair, value: YamlValue, flow: boolean): TextEdit[] {
    const { style, text } = this.file;
    const [start, end] = rangeOf(pair.value);
    const colon = this.behindColon(pair);
    const empty = start === end;
    if (flow || isInline(value)) {
      const inline = flow ? flowText(value, style) : inlineText(value, style);
      return [empty ? insertion(colon, ` ${inline}`) : { start, end, text: inline }];
    }
    const lines = this.insertLines(
      empty ? colon : end,
      blockLines(value, style),
      this.columnOf(pair.key) + this.stepOf(value),
    );
    const before = trailingSpaces(text.slice(colon, start));
    return empty ? [lines] : [{ start: start - before, end, text: '' }, lines];
  }

  private stepOf(value: YamlValue): number {
    return Array.isArray(value) && !this.file.style.indentLists ? 0 : this.file.style.step;
  }

  /** Whole lines behind the line that an offset is in. */
  private insertLines(offset: number, lines: readonly string[], indent: number): TextEdit {
    const { text, style } = this.file;
    const block = this.indented(lines, indent);
    if (text[offset - 1] === '\n') return insertion(offset, block + style.newline);
    const end = text.indexOf('\n', offset);
    return end < 0
      ? insertion(text.length, style.newline + block)
      : insertion(end + 1, block + style.newline);
  }

  private indented(lines: readonly string[], indent: number): string {
    return lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line)).join(this.file.style.newline);
  }

  /** Where the text of a node, an item or a pair ends, without blank lines and comments behind it. */
  private endOf(node: unknown): number {
    if (isPairLike(node)) return isEmptyText(node.value) ? this.behindColon(node) : this.endOf(node.value);
    if ((isMap(node) || isSeq(node)) && !node.flow && node.items.length > 0)
      return this.endOf(node.items.at(-1));
    const [start, end] = rangeOf(node);
    if (!isScalar(node) || !node.type?.startsWith('BLOCK')) return end;
    const { text } = this.file;
    const header = /^[|>][-+\d]*/.exec(text.slice(start, start + 8))?.[0] ?? '';
    const kept = text.slice(start, end);
    return start + (header.includes('+') ? kept.replace(/\r?\n$/, '') : kept.trimEnd()).length;
  }

  private behindColon({ key }: Pair): number {
    const [, end] = rangeOf(key);
    const colon = /^\s*:/.exec(this.file.text.slice(end, end + 200))?.[0];
    return end + (colon?.length ?? 0);
  }

  private columnOf(node: unknown): number {
    const [start] = rangeOf(node);
    return start - lineStart(this.file.text, start);
  }

  private target(alias: Alias): Node | undefined {
    return this.file.source.targets.get(alias);
  }
}

function insertion(at: number, text: string): TextEdit {
  return { start: at, end: at, text };
}

function rangeOf(node: unknown): [number, number] {
  const [start, end] = (node as { range?: [number, number, number] | null } | null)?.range ?? [0, 0];
  return [start, end];
}

function trailingSpaces(text: string): number {
  return text.length - text.trimEnd().length;
}

/** `!reset` and `!override` say how files are merged: not for a machine to change. */
function tagged(node: unknown): boolean {
  const tag = (node as { tag?: string } | null)?.tag;
  return tag === '!reset' || tag === '!override';
}

function isEmptyText(node: unknown): boolean {
  const [start, end] = rangeOf(node);
  return start === end;
}

function isEmpty(node: unknown): boolean {
  if (isMap(node) || isSeq(node)) return node.items.length === 0;
  return !isAlias(node) && (!isScalar(node) || node.value === null);
}

function isPairLike(node: unknown): node is Pair {
  return typeof node === 'object' && node !== null && 'key' in node && 'value' in node;
}

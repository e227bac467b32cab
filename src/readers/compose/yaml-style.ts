import { Document, isMap, isScalar, isSeq, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Node } from 'yaml';
import { FlowList, isYamlMap, type YamlValue } from './yaml-value.ts';
import type { YamlSource } from './yaml.ts';

/** How the author of a file writes YAML, so that what is added looks the same. */
export interface YamlStyle {
  newline: '\n' | '\r\n';
  /** Spaces of one level. */
  step: number;
  /** A list in a mapping is indented. */
  indentLists: boolean;
  singleQuote: boolean;
}

/** A file that is edited. */
export interface YamlFileText {
  path: string;
  text: string;
  source: YamlSource;
  style: YamlStyle;
}

export function styleOf(text: string, source: YamlSource): YamlStyle {
  const steps: number[] = [];
  const lists: boolean[] = [];
  const column = (node: unknown) => {
    const start = (node as Node | null)?.range?.[0];
    return start === undefined ? undefined : start - lineStart(text, start);
  };
  const walk = (node: unknown): void => {
    if (steps.length > 20 && lists.length > 5) return;
    if (isSeq(node) && !node.flow) for (const item of node.items) walk(item);
    if (!isMap(node) || node.flow) return;
    for (const { key, value } of node.items) {
      const outer = column(key);
      const inner = column(value);
      const block = (isMap(value) || isSeq(value)) && !value.flow && value.items.length > 0;
      if (block && outer !== undefined && inner !== undefined) {
        if (isSeq(value)) lists.push(inner > outer);
        else if (inner > outer) steps.push(inner - outer);
      }
      walk(value);
    }
  };
  for (const { contents } of source.documents) walk(contents);
  const single = text.split("'").length;
  const double = text.split('"').length;
  return {
    newline: text.includes('\r\n') ? '\r\n' : '\n',
    step: mostFrequent(steps) ?? 2,
    indentLists: mostFrequent(lists) ?? true,
    singleQuote: single >= double,
  };
}

/** A value as block lines without indentation and without a newline at the end. */
export function blockLines(value: YamlValue, style: YamlStyle, quote?: Quote): string[] {
  return print(value, style, 'block', quote).split('\n');
}

/** A value on one line, as it may stand in a flow collection. */
export function flowText(value: YamlValue, style: YamlStyle, quote?: Quote): string {
  const text = print(new FlowList([value]), style, 'flow', quote);
  return text.slice(1, -1);
}

/** A scalar or a flow list behind `key: `. */
export function inlineText(value: YamlValue, style: YamlStyle, quote?: Quote): string {
  return typeof value === 'object' && value !== null
    ? flowText(value, style, quote)
    : print(value, style, 'flow', quote);
}

export type Quote = 'QUOTE_DOUBLE' | 'QUOTE_SINGLE';

/** The quotes that every text of a list has, if they are the same. */
export function quoteOf(node: unknown): Quote | undefined {
  if (!isSeq(node) || node.items.length === 0) return undefined;
  const types = new Set(node.items.map((item) => (isScalar(item) ? item.type : undefined)));
  const [type] = types;
  return types.size === 1 && (type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') ? type : undefined;
}

function print(value: YamlValue, style: YamlStyle, kind: 'block' | 'flow', quote: Quote | undefined): string {
  const document = new Document(null, { compat: 'yaml-1.1' });
  document.contents = nodeOf(value, kind === 'flow', quote);
  return document
    .toString({
      indent: Math.max(style.step, 1),
      indentSeq: style.indentLists,
      lineWidth: 0,
      singleQuote: style.singleQuote,
      flowCollectionPadding: false,
    })
    .replace(/\n$/, '');
}

function nodeOf(value: YamlValue, flow: boolean, quote: Quote | undefined): Node {
  if (value instanceof FlowList || Array.isArray(value)) {
    const list = new YAMLSeq();
    const inner = value instanceof FlowList;
    list.flow = flow || inner;
    const items: readonly YamlValue[] = value instanceof FlowList ? value.items : value;
    list.items = items.map((item) => nodeOf(item, flow || inner, quote));
    return list;
  }
  if (isYamlMap(value)) {
    const map = new YAMLMap();
    map.flow = flow;
    for (const [key, item] of Object.entries(value)) map.set(new Scalar(key), nodeOf(item, flow, quote));
    return map;
  }
  const scalar = new Scalar(value);
  if (typeof value === 'string' && value.includes('\n')) scalar.type = 'QUOTE_DOUBLE';
  else if (typeof value === 'string' && quote) scalar.type = quote;
  return scalar;
}

function mostFrequent<Value>(values: readonly Value[]): Value | undefined {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

/** The offset at which the line of an offset begins. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** What tends to break parsers of any kind. */
export const oddPieces: readonly string[] = [
  '\0',
  '\uFEFF',
  '\uD800',
  '\u2028',
  '\r\n',
  '\n',
  '\t',
  ' ',
  '"',
  "'",
  '\\',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '=',
  '-',
  '%',
  '$',
  '../',
  '\u001B[2J',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '1e999',
  '-1',
  '99999999999999999999',
  '🚀',
];

/** Cuts, doubles, swaps and strews pieces of a text. */
export function mutated(text: string, pieces: readonly string[], random: () => number): string {
  let result = text;
  for (let count = 1 + Math.floor(random() * 6); count > 0; count -= 1) {
    const from = Math.floor(random() * result.length);
    const to = Math.min(result.length, from + Math.floor(random() * 40));
    const piece = pieces[Math.floor(random() * pieces.length)] ?? '';
    const kind = Math.floor(random() * 4);
    if (kind === 0) result = result.slice(0, from) + result.slice(to);
    else if (kind === 1) result = result.slice(0, to) + result.slice(from);
    else if (kind === 2) result = result.slice(0, from) + piece + result.slice(from);
    else result = result.slice(0, from) + piece.repeat(1 + Math.floor(random() * 20)) + result.slice(to);
  }
  return result;
}

/** JSON values of the wrong kind for nearly every place. */
const oddValues: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '5',
  '-1',
  '1.5',
  '1e999',
  '99999999999999999999',
  '""',
  '"x"',
  '"__proto__"',
  '"\\ud800"',
  '"\\u0000"',
  '"2026-13-99T99:99:99Z"',
  '[]',
  '[null]',
  '["x"]',
  '[[]]',
  '{}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":1}',
  '{"length":-1}',
];

type Place = (text: string) => void;

/** Valid JSON in which a few values are of another kind, gone, or under another name. */
export function mutatedJson(json: string, random: () => number): string {
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];
  // Values are replaced by marks first: `__proto__` as a key and 1e999 exist in JSON text only.
  const root: { value: unknown } = { value: JSON.parse(json) };
  const marks: string[] = [];
  for (let count = 1 + Math.floor(random() * 3); count > 0; count -= 1) {
    const places: Place[] = [];
    const collect = (holder: Record<string, unknown>, key: string): void => {
      places.push((odd) => {
        const kind = random();
        if (kind < 0.2) delete holder[key];
        else if (kind < 0.3) {
          holder[pick(['constructor', 'toString', '', 'x'.repeat(300), '\n']) ?? ''] = holder[key];
          delete holder[key];
        } else {
          holder[key] = `@mark-${marks.length}@`;
          marks.push(odd);
        }
      });
      const value = holder[key];
      if (typeof value === 'object' && value !== null)
        for (const below of Object.keys(value)) collect(value as Record<string, unknown>, below);
    };
    collect(root, 'value');
    pick(places)?.(pick(oddValues) ?? 'null');
  }
  const text = JSON.stringify(root.value) ?? 'null';
  return text.replaceAll(/"@mark-(\d+)@"/g, (_, index: string) => marks[Number(index)] ?? 'null');
}

/** Inputs that were tried, and those that broke what holds for each. */
export interface Trial {
  count: number;
  /** The first few, each with what it led to. */
  broken: { input: string; error: unknown }[];
}

/** Tries inputs one after another; an exception is a broken input, the rest goes on. */
export async function tryAll(
  count: number,
  make: (index: number) => string,
  holds: (input: string) => void | Promise<void>,
): Promise<Trial> {
  const broken: Trial['broken'] = [];
  for (let index = 0; index < count && broken.length < 3; index += 1) {
    const input = make(index);
    try {
      await holds(input);
    } catch (error) {
      broken.push({ input: input.slice(0, 2000), error });
    }
  }
  return { count, broken };
}

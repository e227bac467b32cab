import { luaEnd } from './lua.ts';

/** A piece of an nginx configuration. The pieces of a text, put together, are the text. */
export interface NginxToken {
  kind: 'space' | 'comment' | 'word' | 'open' | 'close' | 'end' | 'lua';
  start: number;
  end: number;
  /** As written. */
  text: string;
  /** Of a word: what nginx sees. */
  value?: string;
  quoted?: boolean;
}

const controls: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };

/**
 * Splits as nginx does (`ngx_conf_read_token`): quotes count only where a word starts, `}` and `#` end no word, `\`
 * takes the next character along, `${` opens no block. The inside of a `*_by_lua_block` is one token.
 * An opening quote that nothing closes is taken for a character. Linear time; never throws.
 */
export function lexNginx(text: string): NginxToken[] {
  const tokens: NginxToken[] = [];
  const unclosed = new Set<string>();
  /** First word of the directive that is being read. */
  let first: string | undefined;
  let position = 0;
  const push = (kind: NginxToken['kind'], end: number): void => {
    tokens.push({ kind, start: position, end, text: text.slice(position, end) });
    position = end;
  };
  const pushWord = (end: number, quoted: boolean): void => {
    const source = text.slice(position, end);
    const value = unescape(quoted ? source.slice(1, -1) : source);
    tokens.push({ kind: 'word', start: position, end, text: source, value, quoted });
    first ??= value;
    position = end;
  };
  while (position < text.length) {
    const character = text.charAt(position);
    if (isSpace(character)) push('space', spaceEnd(text, position));
    else if (character === '#') push('comment', lineEnd(text, position));
    else if (character === ';' || character === '}') {
      push(character === ';' ? 'end' : 'close', position + 1);
      first = undefined;
    } else if (character === '{') {
      push('open', position + 1);
      if (first?.endsWith('_by_lua_block')) {
        const end = luaEnd(text, position);
        if (end > position) push('lua', end);
      }
      first = undefined;
    } else {
      const quote = character === '"' || character === "'" ? character : undefined;
      const end = quote !== undefined && !unclosed.has(quote) ? quoteEnd(text, position, quote) : undefined;
      if (quote !== undefined && end === undefined) unclosed.add(quote);
      pushWord(end ?? wordEnd(text, position), end !== undefined);
    }
  }
  return tokens;
}

/** The text that was split. */
export function printNginx(tokens: readonly NginxToken[]): string {
  return tokens.map(({ text }) => text).join('');
}

/** Resolves what `\` stands before, as nginx does; anything else keeps its backslash, as regular expressions need. */
function unescape(source: string): string {
  if (!source.includes('\\')) return source;
  return source.replaceAll(/\\(["'\\trn])/g, (_, character: string) => controls[character] ?? character);
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r';
}

function spaceEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && isSpace(text.charAt(end))) end += 1;
  return end;
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

/** Behind the closing quote; undefined: there is none. */
function quoteEnd(text: string, start: number, quote: string): number | undefined {
  for (let end = start + 1; end < text.length; end += 1) {
    const character = text.charAt(end);
    if (character === '\\') end += 1;
    else if (character === quote) return end + 1;
  }
  return undefined;
}

function wordEnd(text: string, start: number): number {
  let variable = false;
  for (let end = start; end < text.length; end += 1) {
    const character = text.charAt(end);
    const inVariable = variable;
    variable = character === '$';
    if (character === '\\') end += 1;
    else if (character === ';' || isSpace(character) || (character === '{' && !inVariable)) return end;
  }
  return text.length;
}

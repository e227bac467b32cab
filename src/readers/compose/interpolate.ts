/** Nested defaults deeper than this are left as they are. */
const maxDepth = 30;

export interface Interpolated {
  text: string;
  /** Variables that have neither a value nor a default, and are empty in `text`. */
  unresolved: readonly string[];
  /** Compose would refuse the text: the offset at which it stops to make sense. */
  invalidAt?: number;
}

/**
 * `$VAR`, `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?error}`, `${VAR?error}`, `${VAR:+other}`,
 * `${VAR+other}` and `$$`, nested in one another.
 * https://docs.docker.com/reference/compose-file/interpolation/
 */
export function interpolate(text: string, lookup: (name: string) => string | undefined): Interpolated {
  if (!text.includes('$')) return { text, unresolved: [] };
  const scanner = new Scanner(text, lookup);
  const { value, unresolved } = scanner.template(0, undefined);
  return scanner.invalidAt === undefined
    ? { text: value, unresolved }
    : { text, unresolved: [], invalidAt: scanner.invalidAt };
}

interface Piece {
  value: string;
  unresolved: readonly string[];
}

const namePattern = /[A-Za-z_]\w*/y;
const operatorPattern = /:?[-?+]/y;

class Scanner {
  private position = 0;
  private readonly text: string;
  private readonly lookup: (name: string) => string | undefined;
  invalidAt: number | undefined;

  constructor(text: string, lookup: (name: string) => string | undefined) {
    this.text = text;
    this.lookup = lookup;
  }

  /** Up to the end of the text, or to the brace that closes the variable whose default this is. */
  template(depth: number, end: '}' | undefined): Piece {
    let value = '';
    const unresolved: string[] = [];
    while (this.position < this.text.length && this.invalidAt === undefined) {
      const char = this.text[this.position];
      if (char === end) break;
      if (char === '$') {
        const piece = this.variable(depth);
        value += piece.value;
        unresolved.push(...piece.unresolved);
      } else {
        value += char;
        this.position += 1;
      }
    }
    return { value, unresolved };
  }

  private variable(depth: number): Piece {
    const start = this.position;
    this.position += 1;
    if (this.text[this.position] === '$') {
      this.position += 1;
      return { value: '$', unresolved: [] };
    }
    const braced = this.text[this.position] === '{';
    if (braced) this.position += 1;
    const name = this.match(namePattern);
    if (name === undefined || depth > maxDepth) return this.invalid(start);
    const found = this.lookup(name);
    if (!braced) return piece(name, found);
    const operator = this.match(operatorPattern);
    const word = operator === undefined ? undefined : this.template(depth + 1, '}');
    if (this.text[this.position] !== '}') return this.invalid(start);
    this.position += 1;
    if (operator === undefined || word === undefined) return piece(name, found);
    const set = found !== undefined && (found !== '' || !operator.startsWith(':'));
    if (operator.endsWith('+')) return set ? word : { value: '', unresolved: [] };
    if (operator.endsWith('?')) return piece(name, set ? found : undefined);
    return set ? piece(name, found) : word;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  private invalid(at: number): Piece {
    this.invalidAt ??= at;
    return { value: '', unresolved: [] };
  }
}

function piece(name: string, value: string | undefined): Piece {
  return value === undefined ? { value: '', unresolved: [name] } : { value, unresolved: [] };
}

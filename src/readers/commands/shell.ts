import { MappedBuilder } from '../../source/mapped.ts';
import type { MappedText } from '../../source/mapped.ts';
import { expansionAt, type ShellValue } from './shell-expansion.ts';
import { choose, type Case } from './shell-case.ts';
import { calledCommands, type OwnedCommand } from './shell-functions.ts';
import type { CommandWord } from './word.ts';

/** One simple command of a script. */
export interface ShellCommand {
  words: readonly CommandWord[];
  /** It runs only if a condition holds: in `if`, `case` or a loop, behind `||` or a test. */
  conditional: boolean;
}

export interface ShellContext {
  /** Undefined: not set. */
  variable(name: string): ShellValue | undefined;
  /** `$1` and so on. */
  args: readonly CommandWord[];
}

/** What `case` and `for` leave in the place of their own words. */
const nothing: CommandWord = { text: ':', resolved: true };

const openers = new Set(['if', 'case', 'for', 'while', 'until', 'select']);
const closers = new Set(['fi', 'esac', 'done']);
const keywords = new Set(['then', 'else', 'elif', 'do', 'in', '!', 'time', '{', '}', 'function']);
const tests = new Set(['[', '[[', 'test', 'command', 'which', 'grep']);
const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=/;
const declarations = new Set(['export', 'readonly', 'local', 'declare', 'typeset']);

/**
 * The simple commands of a POSIX shell script in their order, variables put in as far as they are known. No shell is
 * run: what only a run could tell stays as written and unresolved. Linear in the length of the script.
 */
export function shellCommands(source: MappedText, context: ShellContext): ShellCommand[] {
  return new Reader(source, context).read();
}

/** Splits without putting anything in, as Compose splits the string form of a command. */
export function splitWords(source: MappedText): CommandWord[] {
  const reader = new Reader(source, { variable: () => undefined, args: [] }, true);
  return [...(reader.read()[0]?.words ?? [])];
}

class Reader {
  readonly #text: string;
  readonly #source: MappedText;
  readonly #context: ShellContext;
  /** Nothing is expanded, and the first command is all there is. */
  readonly #plain: boolean;
  readonly #commands: OwnedCommand[] = [];
  readonly #variables = new Map<string, ShellValue>();
  #args: readonly CommandWord[];
  #index = 0;
  #depth = 0;
  #parentheses = 0;
  /** Functions that are being read, and the depths at which they began. */
  #functions: { name: string; braces: number }[] = [];
  #braces = 0;
  #words: CommandWord[] = [];
  #afterTest = false;
  #alternative = false;
  readonly #cases: Case[] = [];
  #heredocs: { name: string; tabs: boolean }[] = [];

  constructor(source: MappedText, context: ShellContext, plain = false) {
    this.#source = source;
    this.#text = source.text;
    this.#context = context;
    this.#plain = plain;
    this.#args = context.args;
  }

  read(): ShellCommand[] {
    while (this.#index < this.#text.length) {
      const character = this.#text[this.#index] ?? '';
      if (this.#plain && /[;&|<>]/.test(character)) break;
      if (character === '\n') this.#newline();
      else if (character === ' ' || character === '\t' || character === '\r') this.#index += 1;
      else if (character === '\\' && /^\\\r?\n/.test(this.#text.slice(this.#index, this.#index + 3)))
        this.#index += this.#text[this.#index + 1] === '\r' ? 3 : 2;
      else if (character === '#' && !this.#plain) this.#skipTo('\n');
      else if (';&|()'.includes(character) && !this.#plain) this.#operator(character);
      else if (this.#redirection()) continue;
      else this.#word();
    }
    this.#finish('');
    return calledCommands(this.#commands);
  }

  #newline(): void {
    this.#index += 1;
    if (this.#plain) return;
    this.#finish('');
    for (const { name, tabs } of this.#heredocs) this.#skipHeredoc(name, tabs);
    this.#heredocs = [];
  }

  #skipHeredoc(name: string, tabs: boolean): void {
    while (this.#index < this.#text.length) {
      const start = this.#index;
      this.#skipTo('\n');
      const line = this.#text.slice(start, this.#index).replace(/\r$/, '');
      this.#index += 1;
      if ((tabs ? line.replace(/^\t+/, '') : line) === name) return;
    }
  }

  #skipTo(character: string): void {
    const found = this.#text.indexOf(character, this.#index);
    this.#index = found === -1 ? this.#text.length : found;
  }

  #operator(character: string): void {
    const next = this.#text[this.#index + 1];
    const double = (character === '&' || character === '|') && next === character;
    // `name() {` begins a function.
    if (
      character === '(' &&
      this.#words.length === 1 &&
      /^\(\s*\)/.test(this.#text.slice(this.#index, this.#index + 20))
    ) {
      this.#skipTo(')');
      this.#index += 1;
      this.#functions.push({ name: this.#words[0]?.text ?? '', braces: this.#braces });
      this.#words = [];
      return;
    }
    this.#index += double || (character === ';' && next === ';') ? 2 : 1;
    if (character === ';' && next === ';') {
      this.#finish(';');
      const open = this.#cases.at(-1);
      if (open) open.state = 'patterns';
      return;
    }
    const patterns = this.#patterns();
    if (patterns && (character === '|' || character === '(')) {
      patterns.patterns.push(...this.#words.map(({ text }) => text));
      this.#words = [];
      return;
    }
    if (character === ')' && (patterns || this.#parentheses === 0)) {
      if (patterns) choose(patterns, this.#words);
      this.#words = [];
      return;
    }
    if (character === '(') this.#parentheses += 1;
    else if (character === ')') this.#parentheses -= 1;
    this.#finish(double ? character + character : character);
  }

  /** The `case` whose patterns are being read. */
  #patterns(): Case | undefined {
    const [first, subject, keyword, ...rest] = this.#words;
    if (first === nothing && keyword?.text === 'in') {
      this.#cases.push({
        ...(subject?.resolved === true ? { subject: subject.text } : {}),
        depth: this.#depth,
        state: 'patterns',
        patterns: [],
        taken: false,
      });
      this.#words = rest;
    }
    const open = this.#cases.at(-1);
    return open?.state === 'patterns' ? open : undefined;
  }

  /** Skips `>file`, `2>&1`, `<<EOF`; false: there is none here. */
  #redirection(): boolean {
    const found = /^(?:\d?|&)(<<<|<<-?|>>|>\||>&|<&|<>|>|<)[ \t]*/.exec(
      this.#text.slice(this.#index, this.#index + 40),
    );
    if (!found || this.#plain) return false;
    this.#index += found[0].length;
    const before = this.#words.length;
    const start = this.#index;
    if (this.#index < this.#text.length && !/[\s;&|()<>]/.test(this.#text[this.#index] ?? '')) {
      this.#word();
      this.#words.length = before;
    } else if (this.#text[this.#index] === '(') this.#index += 1;
    if (found[1]?.startsWith('<<') && found[1] !== '<<<') {
      const name = this.#text.slice(start, this.#index).replaceAll(/["'\\]/g, '');
      this.#heredocs.push({ name, tabs: found[1] === '<<-' });
    }
    return true;
  }

  #word(): void {
    const begin = this.#index;
    let builder = new MappedBuilder(this.#source.path);
    let begun = false;
    let resolved = true;
    let quote = '';
    let start = begin;
    const push = (end: number): void => {
      const from = this.#source.starts[start];
      const to = this.#source.ends[end - 1];
      const source = builder.build();
      this.#words.push({
        text: source.text,
        source,
        ...(from === undefined || to === undefined
          ? {}
          : { outer: { path: this.#source.path, start: from, end: to } }),
        resolved,
      });
    };
    for (; this.#index < this.#text.length;) {
      const character = this.#text[this.#index] ?? '';
      if (quote === '' && /[\s;&|()<>]/.test(character)) break;
      if (character === quote) {
        quote = '';
        this.#index += 1;
      } else if (quote === '' && (character === "'" || character === '"')) {
        quote = character;
        begun = true;
        this.#index += 1;
      } else if (character === '\\' && quote !== "'") {
        const next = this.#text[this.#index + 1] ?? '';
        const kept = quote === '"' && !'$`"\\\n'.includes(next) && !this.#plain;
        if (next !== '\n' && next !== '')
          builder.append(this.#source, kept ? this.#index : this.#index + 1, this.#index + 2);
        begun = true;
        this.#index += 2;
      } else if (character === '$' && quote !== "'" && !this.#plain) {
        const expansion = expansionAt(this.#text, this.#index, {
          args: this.#args,
          get: (name) => this.#variables.get(name) ?? this.#context.variable(name),
          set: (name, value) => this.#variables.set(name, value),
        });
        if (expansion.words) {
          // "$@": the words that the script was given.
          this.#index = expansion.end;
          if (quote !== '' && this.#text[this.#index] === quote) {
            this.#index += 1;
            quote = '';
          }
          this.#words.push(...expansion.words);
          begun = builder.build().text !== '';
          continue;
        }
        if (!expansion.value.resolved) resolved = false;
        const from = this.#source.starts[this.#index] ?? 0;
        const to = this.#source.ends[expansion.end - 1] ?? from;
        const pieces =
          quote === '' && expansion.value.resolved
            ? expansion.value.text.split(/[ \t\n]+/)
            : [expansion.value.text];
        for (const [count, piece] of pieces.entries()) {
          if (count > 0) {
            if (begun) push(expansion.end);
            builder = new MappedBuilder(this.#source.path);
            begun = false;
            start = this.#index;
          }
          builder.put(piece, from, to);
          if (piece !== '' || quote !== '') begun = true;
        }
        this.#index = expansion.end;
      } else if (character === '`' && quote !== "'" && !this.#plain) {
        const close = this.#text.indexOf('`', this.#index + 1);
        const end = close === -1 ? this.#text.length : close + 1;
        builder.append(this.#source, this.#index, end);
        resolved = false;
        begun = true;
        this.#index = end;
      } else {
        builder.append(this.#source, this.#index, this.#index + 1);
        begun = true;
        this.#index += 1;
      }
    }
    if (begun) push(this.#index);
    this.#keyword(begin);
  }

  /** Words that only the grammar has, where a command may begin. */
  #keyword(begin: number): void {
    if (this.#plain || this.#words.length !== 1) return;
    const raw = this.#text.slice(begin, this.#index);
    if (openers.has(raw)) this.#depth += 1;
    else if (closers.has(raw)) {
      if (this.#cases.at(-1)?.depth === this.#depth) this.#cases.pop();
      this.#depth = Math.max(0, this.#depth - 1);
    } else if (raw === '{') this.#braces += 1;
    else if (raw === '}') {
      this.#braces -= 1;
      if ((this.#functions.at(-1)?.braces ?? -1) >= this.#braces) this.#functions.pop();
    } else if (!keywords.has(raw)) return;
    // What stands behind `case` and `for` up to `in` or `do` is a command to nobody.
    this.#words = raw === 'case' || raw === 'for' || raw === 'select' ? [nothing] : [];
  }

  #finish(operator: string): void {
    if (this.#words[0] === nothing) this.#patterns();
    const words = this.#words[0] === nothing ? [] : this.#words;
    this.#words = [];
    if (this.#cases.some(({ state }) => state === 'skipped')) return;
    const certain = this.#cases.filter(({ state }) => state === 'runs').length;
    const conditional = this.#depth > certain || this.#alternative || this.#afterTest;
    const within = this.#functions.at(-1)?.name;
    let first = 0;
    // A function may be called later, or never.
    const vague = conditional || within !== undefined;
    while (!this.#plain && first < words.length && this.#assign(words[first], vague)) first += 1;
    const command = words.slice(first);
    const program = command[0]?.text ?? '';
    if (!this.#plain && declarations.has(program))
      for (const word of command.slice(1)) this.#assign(word, vague);
    else if (program === 'set' && command[1]?.text === '--') {
      if (!vague) this.#args = command.slice(2);
    } else if (command.length > 0)
      this.#commands.push({ words: command, conditional, ...(within === undefined ? {} : { within }) });
    if (operator === '') {
      this.#afterTest = false;
      this.#alternative = false;
    } else if (operator === '&&') this.#afterTest ||= tests.has(program);
    else if (operator === '||') this.#alternative = true;
    else if (operator === ';' || operator === '&' || operator === '(' || operator === ')') {
      this.#afterTest = false;
      this.#alternative = false;
    }
  }

  #assign(word: CommandWord | undefined, conditional: boolean): boolean {
    const match = word ? assignment.exec(word.text) : null;
    if (!word || !match) return false;
    const text = word.text.slice(match[0].length);
    this.#variables.set(
      match[1] ?? '',
      conditional ? { text: `$${match[1] ?? ''}`, resolved: false } : { text, resolved: word.resolved },
    );
    return true;
  }
}

import { variableAt } from '../dockerfile/expand.ts';
import type { CommandWord } from './word.ts';

/** What is known of a variable: its value, or the text that would make it. */
export interface ShellValue {
  text: string;
  resolved: boolean;
}

export interface ShellVariables {
  /** Undefined: not set. */
  get(name: string): ShellValue | undefined;
  /** `${X:=4}` sets it, too. */
  set(name: string, value: ShellValue): void;
  /** `$1` and so on. */
  args: readonly CommandWord[];
}

export interface Expansion {
  /** Offset behind it. */
  end: number;
  value: ShellValue;
  /** Of `$@`: the words that the script was given. */
  words?: readonly CommandWord[];
}

/** What the `$` at an offset begins: a variable, a command, arithmetic. Nothing is run. */
export function expansionAt(text: string, from: number, variables: ShellVariables): Expansion {
  const next = text[from + 1] ?? '';
  if (next === '@' || next === '*') return allArguments(from + 2, variables);
  if (text.startsWith('${@', from) || text.startsWith('${*', from)) {
    const close = text.indexOf('}', from);
    return allArguments(close === -1 ? text.length : close + 1, variables);
  }
  if (next === '(') {
    const end = closing(text, from + 1);
    return { end, value: { text: text.slice(from, end), resolved: false } };
  }
  if (/[1-9]/.test(next)) {
    const arg = variables.args[Number(next) - 1];
    return { end: from + 2, value: { text: arg?.text ?? '', resolved: arg?.resolved ?? true } };
  }
  const braced = /^\$\{([1-9])(?:(:?-)([^}$`"']*))?\}/.exec(text.slice(from, from + 100));
  if (braced) {
    const [{ length }, number, operator = '', fallback = ''] = braced;
    const arg = variables.args[Number(number) - 1];
    const missing = arg === undefined || (arg.text === '' && arg.resolved && operator.startsWith(':'));
    return {
      end: from + length,
      value: missing ? { text: fallback, resolved: true } : { text: arg.text, resolved: arg.resolved },
    };
  }
  return variableExpansion(text, from, variables);
}

function allArguments(end: number, { args }: ShellVariables): Expansion {
  return { end, value: { text: '', resolved: true }, words: args };
}

/** Behind the parenthesis that closes the one at an offset. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    if (text[index] === '(') depth += 1;
    else if (text[index] === ')' && (depth -= 1) === 0) return index + 1;
  }
  return text.length;
}

function variableExpansion(text: string, from: number, variables: ShellVariables): Expansion {
  const variable = variableAt(text, from);
  if (!variable) {
    const braced = text[from + 1] === '{';
    const close = braced ? text.indexOf('}', from) : -1;
    const end = close === -1 ? from + 1 : close + 1;
    return { end, value: { text: text.slice(from, end), resolved: !braced } };
  }
  const { end, name, operator, word } = variable;
  const value = variables.get(name);
  const isSet = value !== undefined && (value.text !== '' || !operator.startsWith(':'));
  if (operator.endsWith('+'))
    return { end, value: { text: isSet ? word : '', resolved: !word.includes('$') } };
  if (isSet) return { end, value };
  if (operator.endsWith('-') || operator.endsWith('=')) {
    const fallback = defaultValue(word.replaceAll(/^["']|["']$/g, ''), variables);
    if (operator.endsWith('=')) variables.set(name, fallback);
    return { end, value: fallback };
  }
  // A variable that nothing sets is empty, unless the operator's shell or an image sets it.
  return { end, value: value ?? { text: text.slice(from, end), resolved: false } };
}

/** Text, or one variable. */
function defaultValue(word: string, variables: ShellVariables): ShellValue {
  if (!word.includes('$') && !word.includes('`')) return { text: word, resolved: true };
  const variable = variableAt(word, 0);
  if (variable?.end !== word.length) return { text: word, resolved: false };
  const value = variables.get(variable.name);
  if (value) return value;
  return variable.operator.endsWith('-') && !variable.word.includes('$')
    ? { text: variable.word, resolved: true }
    : { text: word, resolved: false };
}

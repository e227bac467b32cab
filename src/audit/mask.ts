const words = 'passw(?:or)?d|passphrase|secret|token|api_?key|private_?key|access_?key|credentials?';
/** A name that holds a secret, then `=` or `:`; the value follows. JSON and Python put quotes around the name. */
const named = new RegExp(String.raw`(?<!\$\{\w{0,40})(?:${words})[\w-]{0,40}["']?\s{0,8}[:=]\s{0,8}`, 'gi');
/** `${NAME:-` where the name holds a secret; the default follows. */
const defaulted = new RegExp(String.raw`\$\{\w{0,40}?(?:${words})\w{0,40}:?[-=+]`, 'gi');
/** `scheme://user:` of a URL; the password follows, if an `@` does. */
const userInfo = /:\/\/[^\s:/@"']{0,100}:/g;
/** A flag or a setting of Redis whose value is the next word: `--requirepass x`, `redis-cli -a x`; also as a list. */
const flagged =
  /(?:--[\w-]{0,40}(?:requirepass|masterauth|passw(?:or)?d|passphrase|secret|token|api-?key)|\b(?:requirepass|masterauth)|redis-cli\b[^\n]{0,80}?["'\s]-a|--basic[_-]auth[= ]["']?[^\s:"']{1,80}:)(?:["']?,? {1,8}["']?|(?<=:))/gi;
/** Values that only say where the secret is: `${NAME}`, `$name`, `/run/secrets/x`, `os.environ[…]`, a type of Python. */
const reference =
  /^(?:\$\{\w+\}|\$\w+|\/|os\.|environ|getenv|env\(|env\.|str\b|bool\b|int\b|none\b|null\b|~|$)/i;
/** More than any password of a URL has. */
const longestPassword = 300;

interface Range {
  start: number;
  end: number;
}

/** Where one line holds what looks like a secret: the value of a name like PASSWORD, the password in a URL. */
export function secretRanges(line: string): Range[] {
  const ranges = [...namedValues(line), ...defaults(line), ...passwordsOfUrls(line), ...flagValues(line)];
  const merged: Range[] = [];
  for (const range of ranges.toSorted((one, other) => one.start - other.start)) {
    if (range.end <= range.start) continue;
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else merged.push({ ...range });
  }
  return merged;
}

function namedValues(line: string): Range[] {
  const ranges: Range[] = [];
  // What is inside a value is no name: without this a line of nothing but names would take quadratic time.
  let covered = 0;
  for (const { index, 0: name } of line.matchAll(named)) {
    if (index < covered) continue;
    const from = index + name.length;
    const quote = line[from] === '"' || line[from] === "'" ? line[from] : '';
    const start = from + quote.length;
    const end = quote === '' ? indexOf(line, /[\s,;#]/g, start) : quoteEnd(line, quote, start);
    covered = end;
    ranges.push(...valueRange(line, start, end));
  }
  return ranges;
}

function valueRange(line: string, start: number, end: number): Range[] {
  const value = line.slice(start, end);
  // Of `${NAME:-default}` the default is the secret.
  const variable = /^\$\{\w+:?[-=+]/.exec(value)?.[0];
  if (variable !== undefined)
    return [{ start: start + variable.length, end: value.endsWith('}') ? end - 1 : end }];
  return reference.test(value) ? [] : [{ start, end }];
}

function defaults(line: string): Range[] {
  return [...line.matchAll(defaulted)].map(({ index, 0: name }) => {
    const start = index + name.length;
    const length = line.slice(start, start + longestPassword).search(/[}\s]/);
    return { start, end: start + (length === -1 ? longestPassword : length) };
  });
}

function passwordsOfUrls(line: string): Range[] {
  return [...line.matchAll(userInfo)].flatMap(({ index, 0: user }) => {
    const start = index + user.length;
    const rest = /^[^\s"']*/.exec(line.slice(start, start + longestPassword))?.[0] ?? '';
    const authority = rest.split('/', 1)[0] ?? '';
    const length = authority.includes('@') ? authority.lastIndexOf('@') : rest.indexOf('@');
    return length === -1 ? [] : valueRange(line, start, start + length);
  });
}

function flagValues(line: string): Range[] {
  return [...line.matchAll(flagged)].flatMap(({ index, 0: flag }) => {
    const start = index + flag.length;
    const { length } = /^[^\s"',\]]*/.exec(line.slice(start, start + longestPassword))?.[0] ?? '';
    return line[start] === '-' ? [] : valueRange(line, start, start + length);
  });
}

function indexOf(line: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(line)?.index ?? line.length;
}

function quoteEnd(line: string, quote: string, from: number): number {
  const end = line.indexOf(quote, from);
  return end === -1 ? line.length : end;
}

/** What stands in the place of a secret. */
export const mask = '****';

/** One line with its secrets masked. */
export function maskLine(line: string): string {
  let result = '';
  let position = 0;
  for (const { start, end } of secretRanges(line)) {
    result += line.slice(position, start) + mask;
    position = end;
  }
  return result + line.slice(position);
}

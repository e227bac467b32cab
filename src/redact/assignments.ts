import { isSecretName } from './names.ts';
import { shift, type Range } from './ranges.ts';
import { unquoted, valueRanges } from './values.ts';

/** A word without quotes: a closing bracket or comma belongs to it if more of the word follows. */
const bare =
  String.raw`(?:[^\s"'` + '`' + String.raw`,;)}\]|&<>(]|[,\]})](?![\s"'` + '`' + String.raw`,;)}\]|&<>]|$))+`;
const quoted = String.raw`"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|["'][^"'\n]*`;
/** JSON and shell inside of a quoted string: `\"abc\"`. */
const escaped = String.raw`\\+"[^"\\\n]*`;

const assignment = new RegExp(
  String.raw`(?<![\w.-])([A-Za-z_][\w.-]{0,80})=(${quoted}|${escaped}|${bare})`,
  'gm',
);
const option = new RegExp(
  String.raw`(?<![\w-])--?([A-Za-z][\w.-]{0,60})(?:=|[ \t]+|["'],[ \t]*(?=["'])|,[ \t]+)(${quoted}|(?!-)${bare})`,
  'gm',
);
const header =
  /(?<![\w-])((?:proxy-)?authorization|cookie|set-cookie|(?:[a-z\d]+-){1,4}(?:key|token|secret|signature|auth|password))["']?:[ \t]*["']?([^"'`\n]{1,2000})/gi;
const query = /[?&]([A-Za-z][\w.-]{0,60})=([^&\s"'`#<>]+)/g;

/** Programs that take a password in a short option of their own. */
const programs: readonly RegExp[] = [
  /\b(?:mysql|mysqladmin|mysqldump|mariadb|mariadb-admin|mariadb-dump|mariadb-check|mysqlcheck)\b[^\n|;&]{0,300}?[\s"']-p([^\s"',\]]+)/g,
  /\bredis-cli\b[^\n|;&]{0,300}?[\s"']-a(?:[ \t]+|["'],[ \t]*["'])([^\s"',\]]+)/g,
  /\bsshpass["']?,?[ \t]+["']?-p[ \t"',]*([^\s"',\]]+)/g,
  /\bhtpasswd\b[^\n|;&]{0,300}?-\w*b\w*[ \t]+\S+[ \t]+\S+[ \t]+(\S+)/g,
  /\bcurl\b[^\n|;&]{0,300}?[\s"'](?:-u|--user)(?:[ \t]+|=|["'],[ \t]*["'])["']?[^\s"':]+:([^\s"',\]]+)/g,
  /\becho[ \t]+["']?[\w.-]+:([^\s"'|]+)["']?[ \t]*\|[ \t]*chpasswd/g,
  /\blogin\b[^\n|;&]{0,300}?[\s"']-p[ \t]+([^\s"',\]]+)/g,
];

/** `NAME=value`, `--option value`, `Header: value`, `?name=value` of secret names, and passwords on command lines. */
export function assignmentRanges(text: string): Range[] {
  const ranges: Range[] = [];
  const add = (name: string | undefined, value: string, end: number): void => {
    if (name !== undefined && !isSecretName(name)) return;
    const start = end - value.length;
    const inner = value.startsWith('\\')
      ? { start: start + value.indexOf('"') + 1, end }
      : unquoted(text, start, end);
    // An escaped quote ends the value in the text around it.
    while (inner.end > inner.start && text[inner.end - 1] === '\\') inner.end -= 1;
    ranges.push(...valueRanges(name, text, inner.start, inner.end));
  };
  for (const pattern of [assignment, option, header, query])
    for (const { index, 0: found, 1: name = '', 2: value = '' } of text.matchAll(pattern))
      add(name, value, index + found.length);
  for (const pattern of programs)
    for (const { index, 0: found, 1: value = '' } of text.matchAll(pattern)) {
      const at = index + found.lastIndexOf(value);
      ranges.push(...valueRanges(undefined, text, at, at + value.length));
    }
  return ranges;
}

const line =
  /^([ \t]*(?:[#;*]+|\/\/|--)?[ \t]*(?:export[ \t]+|set[ \t]+|setenv[ \t]+|- )?["']?)([A-Za-z_][\w.[\]-]{0,80})(["']?[ \t]*(?::=|=>|:(?=[ \t"'])|=)[ \t]*)(\S.*)$/gm;

/** Lines of the form `name = value`, `name: value`, `# name: value`: the whole rest of the line is the value. */
export function lineRanges(text: string): Range[] {
  const ranges: Range[] = [];
  for (const { index, 1: lead = '', 2: name = '', 3: sign = '', 4: value = '' } of text.matchAll(line)) {
    const start = index + lead.length + name.length + sign.length;
    if (!isSecretName(name)) continue;
    // Blocks, lists and anchors of YAML are not values of this line.
    if (/^[[{|>&*!]/.test(value) && !/^\*{3}/.test(value)) continue;
    const end = start + value.replace(/[,;{\\]?[ \t]*\r?$/, '').length;
    const inner = unquoted(text, start, closingQuote(text, start, end));
    ranges.push(...valueRanges(name, text, inner.start, inner.end));
  }
  return ranges;
}

/** Behind the closing quote of a value, so that what follows on the line stays; without one, the end. */
function closingQuote(text: string, start: number, end: number): number {
  const quote = text[start];
  if (quote !== '"' && quote !== "'") return end;
  for (let index = start + 1; index < end; index += 1) {
    if (text[index] === '\\' && quote === '"') index += 1;
    else if (text[index] === quote) return index + 1;
  }
  return end;
}

/** `# password: abc`, also behind something else on the line. */
export function commentRanges(text: string): Range[] {
  return [...text.matchAll(/(?:^|[ \t])(#[^\n]*)/gm)].flatMap(({ index, 0: found, 1: comment = '' }) =>
    shift(proseRanges(comment), index + found.length - comment.length),
  );
}

const mention =
  /(?<![\w.-])([A-Za-z_][\w.-]{0,80})["']?[ \t]{0,10}[:=]{1,2}[ \t]{0,10}("[^"\n]*"|'[^'\n]*'|[^\s"',;]+)/g;

/** A secret name in a sentence: `the db password: abc`. */
export function proseRanges(text: string): Range[] {
  return [
    ...lineRanges(text),
    ...[...text.matchAll(mention)].flatMap(({ index, 0: found, 1: name = '', 2: value = '' }) => {
      const end = index + found.length;
      const inner = unquoted(text, end - value.length, end);
      return valueRanges(name, text, inner.start, inner.end);
    }),
  ];
}

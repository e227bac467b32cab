import { assignmentRanges, commentRanges, lineRanges } from './assignments.ts';
import { isSecretName, judgeName } from './names.ts';
import { shift, type Range } from './ranges.ts';
import { interpolationRanges, unquoted, valueRanges } from './values.ts';

const nginxValue = String.raw`("(?:[^"\\]|\\.){0,2000}"|'(?:[^'\\]|\\.){0,2000}'|[^\s;{}"']{1,2000})`;
const nginxSetting = new RegExp(
  String.raw`\b(?:(?:proxy|grpc)_set_header|(?:fastcgi|uwsgi|scgi)_param|add_header|more_set_(?:input_)?headers|set|env|perl_set)\s+\$?["']?([\w-]{1,80})["']?(?:\s+|=)${nginxValue}`,
  'g',
);
const nginxCondition = new RegExp(String.raw`\$(\w{1,80})\s*(?:!?=|!?~\*?)\s*${nginxValue}`, 'g');
const nginxMap = /\bmap\s+"?\$(\w{1,80})"?\s+\$\w+\s*\{([^{}]{0,20000})\}/g;
const secureLink = new RegExp(String.raw`\bsecure_link_(?:md5|secret)\s+${nginxValue}`, 'g');

/** Secrets in an nginx configuration: headers, parameters, variables, conditions, maps. */
export function nginxRanges(text: string): Range[] {
  const ranges = [...assignmentRanges(text), ...commentRanges(text)];
  const value = (name: string, source: string, end: number): void => {
    const inner = unquoted(text, end - source.length, end);
    // Nothing but nginx's own variables: `$http_authorization`.
    if (/^(?:\s*(?:basic|bearer)?\s*\$\w+)*\s*$/i.test(text.slice(inner.start, inner.end))) return;
    ranges.push(...valueRanges(name, text, inner.start, inner.end));
  };
  for (const pattern of [nginxSetting, nginxCondition])
    for (const { index, 0: found, 1: name = '', 2: source = '' } of text.matchAll(pattern))
      // What a cookie is compared with is its name.
      if (isSecretName(name) && !(pattern === nginxCondition && /cookie/.test(name)))
        value(name, source, index + found.length);
  for (const { index, 0: found, 1: name = '', 2: body = '' } of text.matchAll(nginxMap)) {
    if (!isSecretName(name) || /cookie/.test(name)) continue;
    const offset = index + found.length - 1 - body.length;
    for (const entry of body.matchAll(
      /(?:^|[;\n])\s*(?!default\b|hostnames\b|volatile\b|include\b|#)("[^"\n]+"|'[^'\n]+'|[^\s;"'#]+)\s/g,
    )) {
      const key = entry[1] ?? '';
      const at = offset + entry.index + entry[0].indexOf(key);
      const inner = unquoted(text, at, at + key.length);
      ranges.push(...valueRanges(undefined, text, inner.start, inner.end));
    }
  }
  for (const { index, 0: found, 1: source = '' } of text.matchAll(secureLink)) {
    const end = index + found.length;
    const inner = unquoted(text, end - source.length, end);
    for (const part of text.slice(inner.start, inner.end).matchAll(/\$\{?\w+\}?|[^$\s]+/g))
      if (!part[0].startsWith('$'))
        ranges.push({ start: inner.start + part.index, end: inner.start + part.index + part[0].length });
  }
  return ranges;
}

/** Secrets in a Dockerfile: ENV and ARG in both forms, commands, comments. */
export function dockerfileRanges(text: string): Range[] {
  const ranges = [...interpolationRanges(text), ...assignmentRanges(text), ...commentRanges(text)];
  // `ENV NAME the whole rest of the line`
  for (const { index, 0: found, 1: name = '', 2: value = '' } of text.matchAll(
    /^[ \t]*ENV[ \t]+([A-Za-z_][\w.-]*)[ \t]+([^=\s].*(?:\\\r?\n.*)*)$/gim,
  )) {
    const start = index + found.length - value.length;
    ranges.push(...valueRanges(name, text, start, start + value.trimEnd().length));
  }
  return [...ranges, ...heredocs(text)];
}

/** Lines of files that a Dockerfile or script writes itself: `RUN cat <<EOF > .env`. */
function heredocs(text: string): Range[] {
  return text.includes('<<') ? lineRanges(text) : [];
}

/** Secrets in a shell script: assignments, exports, options, defaults, files that it writes, comments. */
export function shellRanges(text: string): Range[] {
  const ranges = [
    ...interpolationRanges(text),
    ...assignmentRanges(text),
    ...commentRanges(text),
    ...heredocs(text),
  ];
  // A quoted value of several lines.
  for (const { index, 0: found, 1: name = '', 2: value = '' } of text.matchAll(
    /(?<![\w.-])([A-Za-z_]\w{0,80})=("[^"]{0,20000}"|'[^']{0,20000}')/g,
  ))
    if (value.includes('\n')) {
      const end = index + found.length - 1;
      ranges.push(...valueRanges(name, text, end - value.length + 2, end));
    }
  return ranges;
}

const blockStart =
  /^[ \t]*["']?([A-Za-z_][\w.-]{0,80})["']?[ \t]*[:=][ \t]*("""|'''|\[)?[ \t]*$|^[ \t]*["']?([A-Za-z_][\w.-]{0,80})["']?[ \t]*=[ \t]*("""|'''|\[)/gm;

/** Secrets in ini, toml, properties and the `.conf` files of other programs. */
export function settingsRanges(text: string): Range[] {
  const ranges = [...interpolationRanges(text), ...assignmentRanges(text), ...lineRanges(text)];
  // `requirepass abc`
  for (const { index, 0: found, 1: name = '', 2: value = '' } of text.matchAll(
    /^[ \t]*([A-Za-z][\w-]{0,60})[ \t]+([^=:\s][^\n]{0,2000})$/gm,
  )) {
    const verdict = judgeName(name);
    if (!verdict.secret || verdict.weak) continue;
    const end = index + found.trimEnd().length;
    const inner = unquoted(text, index + found.length - value.length, end);
    ranges.push(...valueRanges(name, text, inner.start, inner.end));
  }
  // Redis ACL: `user default on >password`
  for (const { index, 0: found, 1: password = '' } of text.matchAll(
    /^[ \t]*user[ \t]+[^\n]{0,500}?[ \t][><#!](\S+)/gm,
  ))
    ranges.push({ start: index + found.length - password.length, end: index + found.length });
  // Values of several lines: triple quotes, arrays, indented continuations.
  for (const { index, 0: found, 1: one, 2: openOne, 3: other, 4: openOther } of text.matchAll(blockStart)) {
    const name = one ?? other ?? '';
    if (!isSecretName(name)) continue;
    const open = openOne ?? openOther;
    const from = index + found.length;
    ranges.push(...blockRanges(text, from, open));
  }
  return ranges;
}

function blockRanges(text: string, from: number, open: string | undefined): Range[] {
  if (open === '"""' || open === "'''") {
    const close = text.indexOf(open, from);
    const end = close === -1 ? text.length : close;
    return shift(lines(text.slice(from, end)), from);
  }
  if (open === '[') {
    const close = text.indexOf(']', from);
    const body = text.slice(from, close === -1 ? text.length : close);
    return [...body.matchAll(/"([^"\n]*)"|'([^'\n]*)'/g)].map(({ index, 0: item }) => ({
      start: from + index + 1,
      end: from + index + item.length - 1,
    }));
  }
  const indented = /^(?:\r?\n[ \t]+\S[^\n]*)+/.exec(text.slice(from, from + 20_000))?.[0] ?? '';
  return shift(lines(indented), from);
}

function lines(text: string): Range[] {
  return [...text.matchAll(/\S[^\n]*/g)].map(({ index, 0: line }) => ({
    start: index,
    end: index + line.trimEnd().length,
  }));
}

import { assignmentRanges } from './assignments.ts';
import { isSecretName } from './names.ts';
import type { Range } from './ranges.ts';
import { interpolationRanges, valueRanges } from './values.ts';

/** Variables that an audit needs and that hold no secret: how servers are sized and started, where others are. */
const needed =
  /^(?:WEB_CONCURRENCY|WORKERS|MAX_WORKERS|WORKERS_PER_CORE|THREADS|TIMEOUT|KEEP_?ALIVE|PORT|HOST|DEBUG|TZ|GUNICORN_\w+|UVICORN_\w+|FLASK_(?:APP|ENV|DEBUG)|DJANGO_(?:DEBUG|SETTINGS_MODULE)|NODE_ENV|APP_ENV|ENVIRONMENT|ENV|COMPOSE_\w+|POSTGRES_(?:USER|DB|HOST|PORT)|PG(?:USER|DATABASE|HOST|PORT)|(?:\w+_)?(?:DATABASE|DB|REDIS|BROKER|CELERY\w*)_?(?:URL|URI|HOST|PORT|NAME))$/;
const harmless = /^(?:true|false|yes|no|on|off|-?\d{1,6}(?:\.\d{1,4})?(?:[smhd]|ms|[kmg]b?)?|redacted|)$/i;
const start = /^([ \t]*(?:#+[ \t]*)?(?:export[ \t]+)?)([A-Za-z_][\w.-]*)([ \t]*=[ \t]*)/gm;
/** Lines of a quoted value. */
const maxLines = 200;

/**
 * Values of an env file that are secret. What is not referenced by the project, nor a number, nor a variable that an
 * audit needs, is taken for one.
 *
 * @param referenced names of variables that the project's Compose files interpolate
 */
export function envRanges(text: string, referenced: ReadonlySet<string>): Range[] {
  const ranges: Range[] = [...interpolationRanges(text), ...assignmentRanges(text)];
  let behind = 0;
  for (const { index, 0: found, 1: lead = '', 2: name = '' } of text.matchAll(start)) {
    if (index < behind) continue;
    const from = index + found.length;
    const value = valueOf(text, from);
    behind = value.end;
    const content = text.slice(value.start, value.end).trim();
    if (isSecretName(name)) ranges.push(...valueRanges(name, text, value.start, value.end));
    else if (!harmless.test(content) && !(referenced.has(name) || needed.test(name)) && !/^\s*#/.test(lead))
      ranges.push(...wholeValue(text, value));
  }
  return ranges;
}

/** Without the comment behind it, whose own secrets were looked for already. */
function valueOf(text: string, from: number): Range {
  const lineEnd = endOfLine(text, from);
  const quote = text[from];
  if (quote === '"' || quote === "'" || quote === '`') {
    let lines = 0;
    for (let index = from + 1; index < text.length && lines < maxLines; index += 1) {
      if (text[index] === '\\' && quote === '"') index += 1;
      else if (text[index] === quote) return { start: from + 1, end: index };
      else if (text[index] === '\n') lines += 1;
    }
    // The quote is never closed: it is part of the value.
    return { start: from, end: lineEnd };
  }
  const value = text.slice(from, lineEnd);
  const comment = value.search(/[ \t]#/);
  return { start: from, end: from + (comment === -1 ? value : value.slice(0, comment)).trimEnd().length };
}

function wholeValue(text: string, { start: from, end }: Range): Range[] {
  return /^\$\{\w+\}$/.test(text.slice(from, end)) ? [] : [{ start: from, end }];
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end - (text[end - 1] === '\r' ? 1 : 0);
}

/** Names of variables that Compose files interpolate. */
export function referencedVariables(texts: Iterable<string>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const text of texts)
    for (const [, name = ''] of text.matchAll(/\$\{?([A-Za-z_]\w*)/g)) names.add(name);
  return names;
}

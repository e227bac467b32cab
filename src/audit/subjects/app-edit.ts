import type { AppServer, Setting } from '../../readers/commands/app-server.ts';
import { changeFlags, type FlagChange } from '../../readers/commands/splice.ts';
import type { PythonCall } from '../../readers/python/settings.ts';
import type { Edit } from '../../source/edits.ts';
import type { Files } from '../../source/files.ts';
import type { Span } from '../../source/span.ts';

/**
 * Puts a number in the place of one that is written as such, in quotes, behind `NAME=` or as the default of a variable.
 * Undefined: it is written in another way.
 */
export function numberEdit(
  files: Files,
  at: Span | undefined,
  value: number,
  name?: string,
): Edit | undefined {
  const written = at && files.read(at.path)?.slice(at.start, at.end);
  if (!at || written === undefined) return undefined;
  const found =
    /^(\s*["']?)\d+["']?\s*$/.exec(written) ??
    /^(["']?\$\{\w+:?-)\d+\}["']?$/.exec(written) ??
    (name === undefined
      ? null
      : new RegExp(String.raw`^([\s\S]*?\b${name}(?:=|\s*:\s*|[ \t]+)["']?)\d+(?!\d)`).exec(written));
  if (!found) return undefined;
  const start = at.start + (found[1] ?? '').length;
  const digits = /^\d+/.exec(written.slice((found[1] ?? '').length))?.[0].length ?? 0;
  return { path: at.path, start, end: start + digits, text: String(value) };
}

const longestLine = 100;

/** Keyword arguments as Python: set where they stand, else added behind the last argument in its layout. */
export function keywordEdits(
  files: Files,
  call: PythonCall,
  values: Readonly<Record<string, string>>,
): readonly Edit[] {
  const { path } = call.at;
  const text = files.read(path);
  if (text === undefined || call.argumentsAt.end > text.length) return [];
  const edits: Edit[] = [];
  const added: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const written = call.keywords.get(name)?.at;
    if (written) edits.push({ ...written, text: value });
    else added.push(`${name}=${value}`);
  }
  if (added.length === 0) return edits;
  const inside = text.slice(call.argumentsAt.start, call.argumentsAt.end);
  const end = call.lastArgumentEnd;
  const isEmpty = inside.trim() === '';
  // One argument a line, as the call has it: indented like its last one.
  const lineStart = text.lastIndexOf('\n', end - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart, end))?.[0] ?? '';
  const spread = /^[ \t]*(?:#[^\n]*)?\r?\n/.test(inside) && !isEmpty;
  const eol = inside.includes('\r\n') ? '\r\n' : '\n';
  const separator = spread ? `,${eol}${indent}` : ', ';
  let insertion = isEmpty ? added.join(', ') : added.map((argument) => separator + argument).join('');
  // On a line that would become too long they go below the first argument.
  const lineEnd = text.indexOf('\n', end);
  const length = (lineEnd === -1 ? text.length : lineEnd) - lineStart + insertion.length;
  if (!spread && !isEmpty && length > longestLine && !inside.includes('\n'))
    insertion = `,${eol}${' '.repeat(call.argumentsAt.start - lineStart)}${added.join(', ')}`;
  edits.push({ path, start: end, end, text: insertion });
  return edits;
}

/** Variables that a number of workers comes from. */
const workerVariable = '(?:WEB_CONCURRENCY|[A-Z_]*(?:WORKERS|PROCESSES|CONCURRENCY))';

/** Where the number of workers is written, and how it is changed there; empty: only a person can. */
export function workersEdits(
  files: Files,
  server: AppServer,
  count: number,
  more: readonly FlagChange[] = [],
): readonly Edit[] {
  const { call, kind, workers } = server;
  if (call) {
    const importString = call.positional[0]?.kind === 'string';
    return call.name === 'uvicorn.run' && importString && !call.open
      ? keywordEdits(files, call, {
          workers: String(count),
          ...(server.reload?.value ? { reload: 'False' } : {}),
        })
      : [];
  }
  const { at, by } = workers.source;
  if (by === 'config-file' || by === 'environment') {
    const edit =
      by === 'config-file'
        ? replacement(files, workers, count)
        : numberEdit(files, at, count, workerVariable);
    const flags = more.length > 0 ? changeFlags(server, files, more) : [];
    return edit ? [edit, ...flags] : [];
  }
  const names = workerFlags[kind];
  return names ? changeFlags(server, files, [{ names, value: count }, ...more]) : [];
}

/** uvicorn refuses workers together with `--reload`. */
export function withoutReload({ reload }: AppServer): readonly FlagChange[] {
  return reload?.value === true && reload.source.by === 'command'
    ? [{ names: ['--reload'], value: null }]
    : [];
}

/** In a configuration file the whole expression: `multiprocessing.cpu_count() * 2 + 1`. */
function replacement(
  files: Files,
  { source, value }: Setting<AppServer['workers']['value']>,
  count: number,
): Edit | undefined {
  if (!source.at || files.read(source.at.path) === undefined) return undefined;
  if (value.kind === 'per-cpu' && source.at.path.endsWith('.py'))
    return { ...source.at, text: String(count) };
  return numberEdit(files, source.at, count);
}

const workerFlags: Partial<Record<AppServer['kind'], readonly [string, ...string[]]>> = {
  gunicorn: ['--workers', '-w'],
  uvicorn: ['--workers'],
  fastapi: ['--workers'],
  hypercorn: ['--workers', '-w'],
  granian: ['--workers'],
  uwsgi: ['--processes', '--workers', '-p'],
  celery: ['--concurrency', '-c'],
};

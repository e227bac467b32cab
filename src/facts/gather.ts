import { OpsError, RemoteCommandError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { quote } from '../shell/quote.ts';
import { inspectFormat } from './containers.ts';
import { UnreadableError, type Fact, type FactOutput, type FactScope } from './fact.ts';
import { listing } from './listing.ts';
import { proxyFormat } from './proxy.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a table of facts holds values of every shape
export type FactTable = Readonly<Record<string, Fact<string, any>>>;

export type FactValues<Table extends FactTable> = {
  [Id in keyof Table]: ReturnType<Table[Id]['parse']>;
};

/**
 * One script that prints the output of every fact between markers; what a fact writes to standard error follows in
 * marked lines. `nonce` keeps what a fact prints from being taken for a marker.
 *
 * The facts are gathered at the same time: in `one | { two; cat; }` both run at once, and the pipe keeps what the
 * first has to say until the second is done. No temporary file is needed, so a full disk can be looked at too.
 */
export function gatherScript(facts: FactTable, scope: FactScope, nonce: string): string {
  const all = Object.values(facts);
  const beside = (rest: string, fact: FactTable[string]): string => {
    const one = section(fact, scope, nonce);
    return rest === '' ? one : `${one} | {\n${rest}\ncat\n}`;
  };
  const needing = all.filter(({ needs }) => needs === 'listing').reduce(beside, '');
  // Beside the facts that do not need it.
  const first = needing === '' ? '' : `{\n${listing(scope, listingFormats, nonce)}\n${needing}\n}`;
  const script = all.filter(({ needs }) => needs === undefined).reduce(beside, first);
  return ['LC_ALL=C; export LC_ALL', findCompose(scope), script, 'exit 0'].join('\n');
}

const listingFormats = { json: inspectFormat, words: proxyFormat };

/** One fact; its standard error is read to its end before it is printed, so that it never cuts a line in two. */
function section(fact: FactTable[string], scope: FactScope, nonce: string): string {
  const mark = (text: string): string =>
    `printf '\\n%s %s %s\\n' ${quote(nonce)} ${quote(fact.id)} ${text} >&3`;
  return [
    '{ { {',
    mark('begin'),
    `( cd ${quote(scope.appDir)} 2>/dev/null || ops_no_dir=1`,
    fact.script(scope),
    ') </dev/null >&3',
    mark('"end $?"'),
    `} 2>&1 | { said=$(cat); [ -z "$said" ] || printf '%s\\n' "$said" | sed ${quote(`s/^/${nonce} ${fact.id} error /`)} >&3; }; } 3>&1; }`,
  ].join('\n');
}

/**
 * Compose as a plugin of the CLI, or standalone version 2; version 1 stays unset and is refused by the preflight.
 * To ask for the version takes as long as many a fact: where nothing else can be Compose, it is asked beside them.
 */
function findCompose({ known }: FactScope): string {
  if (known) return `dc=${quote(known.compose)}`;
  return [
    'dc="docker compose" dc_version=',
    'if command -v docker-compose >/dev/null 2>&1 && ! dc_version=$(docker compose version --short 2>/dev/null); then',
    'dc=; dc_version=$(docker-compose version --short 2>/dev/null); case $dc_version in v[2-9]*|[2-9]*) dc="docker-compose" ;; esac; fi',
  ].join('\n');
}

/** Takes the output of `gatherScript` apart again; a fact whose markers are missing is missing in the map. */
export function splitSections(stdout: string, nonce: string): Map<string, FactOutput> {
  const found = new Map<string, FactOutput>();
  const errors = new Map<string, string[]>();
  let open: { id: string; lines: string[] } | undefined;
  for (const line of stdout.split('\n')) {
    if (!line.startsWith(`${nonce} `)) {
      open?.lines.push(line);
      continue;
    }
    const [, id = '', mark, code = ''] = line.split(' ');
    if (mark === 'begin') open = { id, lines: [] };
    else if (mark === 'error') {
      const said = errors.get(id) ?? [];
      said.push(line.slice(`${nonce} ${id} error `.length));
      errors.set(id, said);
    } else if (open?.id === id) {
      // The marker's own leading newline ends the section's last line.
      found.set(id, { stdout: open.lines.join('\n').replace(/\n$/, ''), stderr: '', code: Number(code) });
      open = undefined;
    }
  }
  for (const [id, output] of found) output.stderr = (errors.get(id) ?? []).join('\n');
  return found;
}

/**
 * All facts of `table` on one host, in ONE round trip.
 *
 * @param random a string that the host cannot foresee
 * @throws RemoteCommandError `FACTS_FAILED` when the script did not run to its end or an output has no explanation
 */
export async function gather<Table extends FactTable>(
  host: Host,
  table: Table,
  scope: FactScope,
  random: string,
  options: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<FactValues<Table>> {
  const nonce = `@ops-${random}@`;
  const result = await host.script(gatherScript(table, scope, nonce), {
    timeoutMs: options.timeoutMs ?? 60_000,
    maxBytes: 16 * 1024 * 1024,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const outputs = splitSections(result.stdout, nonce);
  const values: Record<string, unknown> = {};
  for (const [key, fact] of Object.entries(table)) {
    const output = outputs.get(fact.id);
    if (!output) {
      throw new RemoteCommandError(
        'FACTS_FAILED',
        `The state of ${host.name} could not be read: "${fact.id}" is missing.`,
        {
          place: { host: host.name, step: 'facts', output: lastLines(result.stderr) },
          next: [
            'Run the command again; if it stays, try `ssh` to the host and look at its disk and memory.',
          ],
        },
      );
    }
    try {
      values[key] = fact.parse(output);
    } catch (error) {
      if (error instanceof OpsError) throw error;
      throw new RemoteCommandError(
        'FACTS_FAILED',
        `The state of ${host.name} could not be read: "${fact.id}"${
          error instanceof UnreadableError ? `: ${error.message}.` : ' gave an output that ops does not know.'
        }`,
        {
          cause: error,
          place: {
            host: host.name,
            step: `facts: ${fact.id}`,
            // Not what it printed: the configuration of Compose holds the environment of every service.
            output: lastLines(output.stderr),
          },
        },
      );
    }
  }
  return values as FactValues<Table>;
}

function lastLines(text: string): string[] {
  return text.trimEnd().split('\n').slice(-10);
}

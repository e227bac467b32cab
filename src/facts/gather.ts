import { OpsError, RemoteCommandError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { quote } from '../shell/quote.ts';
import type { Fact, FactOutput, FactScope } from './fact.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a table of facts holds values of every shape
export type FactTable = Readonly<Record<string, Fact<string, any>>>;

export type FactValues<Table extends FactTable> = {
  [Id in keyof Table]: ReturnType<Table[Id]['parse']>;
};

/**
 * One script that prints the output of every fact between markers on both streams.
 *
 * `nonce` keeps what a fact prints from being taken for a marker.
 */
export function gatherScript(facts: FactTable, scope: FactScope, nonce: string): string {
  const sections = Object.values(facts).map((fact) =>
    [
      `ops_mark ${quote(fact.id)} begin`,
      `( cd ${quote(scope.appDir)} 2>/dev/null || ops_no_dir=1`,
      fact.script(scope),
      `) </dev/null`,
      `ops_mark ${quote(fact.id)} "end $?"`,
    ].join('\n'),
  );
  return [
    `ops_mark() { printf '\\n%s %s %s\\n' ${quote(nonce)} "$1" "$2"; printf '\\n%s %s %s\\n' ${quote(nonce)} "$1" "$2" >&2; }`,
    'LC_ALL=C; export LC_ALL',
    composeDetection,
    ...sections,
    'exit 0',
  ].join('\n');
}

/** Compose as a plugin of the CLI, or standalone version 2; version 1 stays unset and is refused by the preflight. */
const composeDetection = [
  'dc=',
  'if docker compose version --short >/dev/null 2>&1; then dc="docker compose"',
  'else case $(docker-compose version --short 2>/dev/null) in v[2-9]*|[2-9]*) dc="docker-compose" ;; esac; fi',
].join('\n');

/** Takes the streams of `gatherScript` apart again; a fact whose markers are missing is missing in the map. */
export function splitSections(stdout: string, stderr: string, nonce: string): Map<string, FactOutput> {
  const errors = sections(stderr, nonce);
  const found = new Map<string, FactOutput>();
  for (const [id, section] of sections(stdout, nonce)) {
    found.set(id, { stdout: section.text, stderr: errors.get(id)?.text ?? '', code: section.code });
  }
  return found;
}

function sections(stream: string, nonce: string): Map<string, { text: string; code: number }> {
  const found = new Map<string, { text: string; code: number }>();
  let open: { id: string; lines: string[] } | undefined;
  for (const line of stream.split('\n')) {
    if (!line.startsWith(`${nonce} `)) {
      open?.lines.push(line);
      continue;
    }
    const [, id = '', mark, code] = line.split(' ');
    if (mark === 'begin') open = { id, lines: [] };
    else if (open?.id === id) {
      // The marker's own leading newline ends the section's last line.
      found.set(id, { text: open.lines.join('\n').replace(/\n$/, ''), code: Number(code) });
      open = undefined;
    }
  }
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
  const outputs = splitSections(result.stdout, result.stderr, nonce);
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
        `The state of ${host.name} could not be read: "${fact.id}" gave an output that ops does not know.`,
        {
          cause: error,
          place: {
            host: host.name,
            step: `facts: ${fact.id}`,
            output: lastLines(output.stdout + output.stderr),
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

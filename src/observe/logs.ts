import type { Target } from '../config/config.ts';
import { RemoteCommandError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { composeFlags } from '../shell/compose.ts';
import { composeLogs, type LogOptions } from '../shell/observe.ts';

export interface LogLine {
  host: string;
  /** `backend-1`; empty for a line of Compose itself. */
  container: string;
  /** As the container wrote it: control characters are still in it. */
  text: string;
}

/** Some versions of Compose clear the terminal's line even where there is no terminal. */
const clearLine = '\u001B[2K';

/** Takes `backend-1  | text` apart. */
export function splitLogLine(host: string, printed: string): LogLine {
  const line = printed.startsWith(clearLine) ? printed.slice(clearLine.length) : printed;
  const bar = line.indexOf('|');
  const container = bar === -1 ? '' : line.slice(0, bar).trim();
  return /^[\w.-]+$/.test(container)
    ? { host, container, text: line.slice(bar + 1).replace(/^ /, '') }
    : { host, container: '', text: line };
}

/**
 * The logs of one host, line by line. A promise that `onLine` gives holds the stream back.
 *
 * @throws RemoteCommandError `LOGS_FAILED` when Compose refuses, e.g. for a service that does not exist
 */
export async function readLogs(
  host: Host,
  target: Target,
  options: LogOptions,
  onLine: (line: LogLine) => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const result = await host.run(composeLogs(target.appDir, composeFlags(target.compose), options), {
    signal,
    // Every line was handed on already.
    maxBytes: 16 * 1024,
    onLine: ({ stream, text }) => (stream === 'stdout' ? onLine(splitLogLine(host.name, text)) : undefined),
  });
  if (result.code === 0) return;
  throw new RemoteCommandError('LOGS_FAILED', `The logs on ${host.name} could not be read.`, {
    place: {
      host: host.name,
      command: 'docker compose logs',
      output: result.stderr.trim().split('\n').slice(-5),
    },
    next: ['`ops status` lists the services of the target.'],
  });
}

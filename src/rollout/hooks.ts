import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { CommandResult, OutputLine } from '../host/host.ts';

/** Bytes of output that are kept for the error message. */
const keep = 64 * 1024;

/** Between the request to end and the end by force, milliseconds. */
const graceMs = 5000;

/**
 * Runs a hook in the operator's shell, in the project's directory, with OPS_* variables added to the environment.
 * On time-out or abort the whole process group ends, after five seconds by force. Rejects only when no shell can be started.
 */
export async function runHook(
  command: string,
  variables: Readonly<Record<string, string>>,
  options: {
    cwd: string;
    env: Readonly<Record<string, string | undefined>>;
    timeoutMs: number;
    onLine: (line: OutputLine) => void;
    signal?: AbortSignal | undefined;
  },
): Promise<CommandResult> {
  const began = performance.now();
  const windows = process.platform === 'win32';
  const child = spawn(command, {
    shell: true,
    cwd: options.cwd,
    env: { ...options.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: !windows,
  });
  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (windows || child.pid === undefined) child.kill(signal);
      else process.kill(-child.pid, signal);
    } catch {
      // It has ended by itself in the meantime.
    }
  };
  let killer: NodeJS.Timeout | undefined;
  const end = (): void => {
    kill('SIGTERM');
    killer ??= setTimeout(() => {
      kill('SIGKILL');
      // What left the group holds its output open; it is not waited for.
      child.stdout.destroy();
      child.stderr.destroy();
    }, graceMs);
  };
  const timer = setTimeout(end, options.timeoutMs);
  if (options.signal?.aborted) end();
  options.signal?.addEventListener('abort', end, { once: true });
  const stdout = collect(child.stdout, (text) => options.onLine({ stream: 'stdout', text }));
  const stderr = collect(child.stderr, (text) => options.onLine({ stream: 'stderr', text }));
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
    });
    const [out, error] = [stdout(), stderr()];
    return {
      code,
      signal,
      stdout: out.text,
      stderr: error.text,
      truncated: out.truncated || error.truncated,
      durationMs: performance.now() - began,
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(killer);
    options.signal?.removeEventListener('abort', end);
  }
}

function collect(
  stream: NodeJS.ReadableStream,
  onLine: (text: string) => void,
): () => { text: string; truncated: boolean } {
  const decoder = new StringDecoder('utf8');
  let text = '';
  let rest = '';
  let truncated = false;
  stream.on('data', (chunk: Buffer) => {
    const part = decoder.write(chunk);
    text += part;
    if (text.length > keep) {
      text = text.slice(-keep);
      truncated = true;
    }
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
  return () => ({ text, truncated });
}

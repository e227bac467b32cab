import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { CommandResult, OutputLine } from '../host/host.ts';

/** Bytes of output that are kept for the error message. */
const keep = 64 * 1024;

/**
 * Runs a hook in the operator's shell, in the project's directory, with OPS_* variables added to the environment.
 * On time-out or abort the whole process group ends. Rejects only when no shell can be started.
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
  const end = (): void => {
    if (windows || child.pid === undefined) child.kill();
    else {
      try {
        process.kill(-child.pid, 'SIGTERM');
      } catch {
        // It has ended by itself in the meantime.
      }
    }
  };
  const timer = setTimeout(end, options.timeoutMs);
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

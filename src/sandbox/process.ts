import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { InterruptedError } from '../errors.ts';

export interface ProcessOptions {
  stdin?: string | Uint8Array;
  env?: Readonly<Record<string, string>>;
  /** Each whole line of both streams as it comes. */
  onLine?: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
  /** Ends the program after that time, in milliseconds. */
  timeoutMs?: number;
  /** Ends the program when it says nothing for that long, in milliseconds, before its first line. */
  firstLineMs?: number;
  signal?: AbortSignal | undefined;
}

export interface ProcessResult {
  /** null: ended by a signal, by us or by others; 127: there is no such program. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program without a shell and collects its output; never rejects because of how the program ended.
 *
 * @throws InterruptedError when the signal aborts
 */
export async function runProcess(
  program: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const { stdin, onLine, signal } = options;
  if (signal?.aborted) throw new InterruptedError();
  return await new Promise<ProcessResult>((resolve, reject) => {
    const child = spawn(program, [...args], {
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      windowsHide: true,
    });
    const end = (): void => void child.kill('SIGTERM');
    const limit = options.timeoutMs === undefined ? undefined : setTimeout(end, options.timeoutMs);
    const silence = options.firstLineMs === undefined ? undefined : setTimeout(end, options.firstLineMs);
    signal?.addEventListener('abort', end, { once: true });
    const done = (): void => {
      clearTimeout(limit);
      clearTimeout(silence);
      signal?.removeEventListener('abort', end);
    };
    const collected = { stdout: [] as string[], stderr: [] as string[] };
    for (const stream of ['stdout', 'stderr'] as const) {
      const source = child[stream];
      if (source === null) continue;
      createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
        clearTimeout(silence);
        collected[stream].push(line);
        onLine?.(line, stream);
      });
    }
    child.stdin?.on('error', () => {
      // The program ended without reading everything; its exit code says why.
    });
    child.stdin?.end(stdin);
    child.on('error', (error: NodeJS.ErrnoException) => {
      done();
      if (error.code === 'ENOENT')
        resolve({ code: 127, stdout: '', stderr: `${program}: there is no such program` });
      else reject(error);
    });
    child.on('close', (code) => {
      done();
      if (signal?.aborted) reject(new InterruptedError());
      else resolve({ code, stdout: collected.stdout.join('\n'), stderr: collected.stderr.join('\n') });
    });
  });
}

/** A program and its words. */
export type Words = readonly [program: string, ...args: string[]];

/**
 * `from | to`, for data too large for memory.
 *
 * @returns the first of the two that failed, or the result of `to`
 * @throws InterruptedError when the signal aborts
 */
export async function pipeProcesses(from: Words, to: Words, signal?: AbortSignal): Promise<ProcessResult> {
  if (signal?.aborted) throw new InterruptedError();
  const source = spawn(from[0], from.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  const sink = spawn(to[0], to.slice(1), { stdio: [source.stdout, 'pipe', 'pipe'], windowsHide: true });
  // The sink has its own copy of the pipe; ours would keep the source alive when the sink dies.
  source.stdout.destroy();
  const end = (): void => {
    source.kill('SIGTERM');
    sink.kill('SIGTERM');
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    const [first, second] = await Promise.all([ended(source), ended(sink)]);
    if (signal?.aborted) throw new InterruptedError();
    return first.code === 0 || second.code !== 0 ? second : first;
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

async function ended(child: ReturnType<typeof spawn>): Promise<ProcessResult> {
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.on('data', (chunk: Buffer) => (text[stream] += chunk.toString('utf8')));
  return await new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 127, stdout: '', stderr: error.message }));
    child.on('close', (code) => resolve({ code, ...text }));
  });
}

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const sourceBin = fileURLToPath(new URL('../../bin/dev.js', import.meta.url));

export interface RunCliOptions {
  /** Added to the environment; `undefined` removes a variable. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** Start it from source, not the build. */
  source?: boolean;
  /** Written to standard input, which is closed after it. */
  stdin?: string;
  /** After it the process is killed and the call rejects: a guard against a hang, far above what a slow machine needs. */
  timeoutMs?: number;
  /** Called with the process once it runs: to send it a signal. */
  onStart?: (child: { pid: number; kill: (signal: NodeJS.Signals) => void }) => void;
  /** Called with each chunk of stdout as it arrives. */
  onStdout?: (text: string) => void;
  /** Called with each chunk of stderr as it arrives. */
  onStderr?: (text: string) => void;
}

export interface CliResult {
  /** null: ended by a signal. */
  code: number | null;
  stdout: string;
  stderr: string;
  durationMs: number;
  /** The object that `--json` printed; throws when stdout is anything else. */
  json: () => Record<string, unknown>;
}

/** The caller's environment without what would change how `ops` behaves. */
function cleanEnv(extra: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(OPS_|NODE_ENV$|NODE_OPTIONS$|VITEST|CI$|FORCE_COLOR$|NO_COLOR$)/.test(name),
  );
  const merged = { ...Object.fromEntries(kept), NO_COLOR: '1', ...extra };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

/** Starts the built `ops` without a terminal and waits for its end. */
export async function runCli(args: readonly string[], options: RunCliOptions = {}): Promise<CliResult> {
  const {
    env = {},
    cwd,
    source = false,
    stdin = '',
    timeoutMs = 180_000,
    onStart,
    onStdout,
    onStderr,
  } = options;
  const started = performance.now();
  const child = spawn(process.execPath, [source ? sourceBin : bin, ...args], {
    cwd,
    env: cleanEnv(env),
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onStdout?.(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr?.(text);
  });
  // A program that ends without reading closes the pipe under us.
  child.stdin.on('error', () => {}).end(stdin);
  const { pid } = child;
  if (pid !== undefined) onStart?.({ pid, kill: (signal) => child.kill(signal) });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  }).finally(() => {
    clearTimeout(timer);
  });
  if (late) {
    throw new Error(`ops ${args.join(' ')} did not end within ${timeoutMs} ms.\n${stdout}\n${stderr}`);
  }
  return {
    code,
    stdout,
    stderr,
    durationMs: performance.now() - started,
    json: () => JSON.parse(stdout) as Record<string, unknown>,
  };
}

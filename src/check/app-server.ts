import type { ContainerProcesses, Process } from '../facts/processes.ts';

export type ServerName = 'gunicorn' | 'uvicorn' | 'hypercorn' | 'granian' | 'uwsgi' | 'fastapi';

const servers: readonly string[] = [
  'gunicorn',
  'uvicorn',
  'hypercorn',
  'granian',
  'uwsgi',
  'fastapi',
] satisfies ServerName[];

export interface AppServer {
  name: ServerName;
  /** Processes that only supervise: 0 for a server that runs as one process. */
  masters: number;
  workers: number;
  /** What it was told to run, and where that is written; undefined: not known. */
  declared?: { workers: number; source: string };
}

/** The program that a command line runs: `python3 /usr/bin/gunicorn …`, `python -m uvicorn …`, `gunicorn: master [app]`. */
export function program(args: readonly string[]): string {
  const name = (word: string | undefined): string => (word ?? '').replace(/^.*\//, '').replace(/:$/, '');
  const first = name(args[0]);
  if (!/^(python|pypy)[\d.]*$/.test(first)) return first;
  const rest = args.slice(1);
  while (rest[0]?.startsWith('-') && rest[0] !== '-m' && rest[0] !== '-c') rest.shift();
  return name(rest[0] === '-m' ? rest[1] : rest[0]);
}

function isServer(args: readonly string[]): boolean {
  const name = program(args);
  // The command line of FastAPI starts uvicorn, in its own process, and does other things as well.
  return servers.includes(name) && (name !== 'fastapi' || args.includes('run') || args.includes('dev'));
}

/** Finds the Python app server among a container's processes, and counts its workers. */
export function findAppServer({
  processes,
  env,
  configuredWorkers,
}: ContainerProcesses): AppServer | undefined {
  if (!processes) return undefined;
  const serverOf = new Map(
    processes.flatMap((process): [number, Process][] =>
      isServer(process.args) ? [[process.pid, process]] : [],
    ),
  );
  // Forked workers carry the master's name; the master is the one whose parent does not.
  const master = [...serverOf.values()].find((process) => !serverOf.has(process.parent));
  if (!master) return undefined;
  const name = program(master.args) as ServerName;
  const workers = processes.filter(
    (process) => process.parent === master.pid && isWorker(process, master, serverOf.has(process.pid)),
  ).length;
  const declared = declaredWorkers(name, master.args, env, configuredWorkers);
  // gunicorn always forks; the others serve themselves unless they were told to have workers.
  const alone = workers === 0 && name !== 'gunicorn' && (declared?.workers ?? 1) === 1;
  return {
    name,
    masters: alone ? 0 : 1,
    workers: alone ? 1 : workers,
    ...(declared ? { declared } : {}),
  };
}

function isWorker(process: Process, master: Process, forked: boolean): boolean {
  if (forked) return true;
  const line = process.args.join(' ');
  // uvicorn (also by `fastapi run`), hypercorn and granian spawn theirs through multiprocessing; its resource tracker is no worker.
  return /\bmultiprocessing[.\w-]*(spawn|fork)/.test(line) && master.pid === process.parent;
}

function declaredWorkers(
  name: ServerName,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  configured: string | undefined,
): AppServer['declared'] {
  const fromArgs = workersFlag(
    args,
    name === 'uwsgi' ? ['-p', '--processes', '--workers'] : ['-w', '--workers'],
  );
  if (fromArgs !== undefined) return { workers: fromArgs, source: 'its command line' };
  if (name === 'gunicorn') {
    const fromVariable = workersFlag((env['GUNICORN_CMD_ARGS'] ?? '').split(/\s+/), ['-w', '--workers']);
    if (fromVariable !== undefined) return { workers: fromVariable, source: 'GUNICORN_CMD_ARGS' };
    if (configured !== undefined) {
      const literal = whole(configured.replace(/#.*$/, ''));
      return literal === undefined ? undefined : { workers: literal, source: 'gunicorn.conf.py' };
    }
  }
  const variables = name === 'uvicorn' ? ['UVICORN_WORKERS', 'WEB_CONCURRENCY'] : ['WEB_CONCURRENCY'];
  for (const variable of variables) {
    const value = whole(env[variable] ?? '');
    if (value !== undefined) return { workers: value, source: variable };
  }
  return { workers: 1, source: `the default of ${name}` };
}

function workersFlag(args: readonly string[], flags: readonly string[]): number | undefined {
  for (const [index, arg] of args.entries()) {
    for (const flag of flags) {
      if (arg === flag) return whole(args[index + 1] ?? '');
      if (arg.startsWith(`${flag}=`)) return whole(arg.slice(flag.length + 1));
      if (flag.length === 2 && arg.startsWith(flag)) return whole(arg.slice(2));
    }
  }
  return undefined;
}

function whole(text: string): number | undefined {
  const trimmed = text.trim();
  return /^\d{1,4}$/.test(trimmed) ? Number(trimmed) : undefined;
}

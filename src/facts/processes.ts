import { quote, words } from '../shell/quote.ts';
import type { Fact } from './fact.ts';

export interface Process {
  /** As the reader of the list sees them: host or container numbers, the same kind for both. */
  pid: number;
  parent: number;
  /** Words of the command line. */
  args: readonly string[];
}

export interface ContainerProcesses {
  /** Undefined: neither `docker top` nor a shell in the container could tell. */
  processes?: readonly Process[];
  /** The few variables that set the number of workers; nothing else of the environment is ever read. */
  env: Readonly<Record<string, string>>;
  /** Right-hand side of `workers = …` in a gunicorn.conf.py, as written. */
  configuredWorkers?: string;
}

/** By container id. */
export type ProcessesFact = Readonly<Record<string, ContainerProcesses>>;

const workerVariables = ['WEB_CONCURRENCY', 'GUNICORN_CMD_ARGS', 'UVICORN_WORKERS'];

/** /proc of the container itself, for images or hosts without `ps`: `PID PPID words…`. */
const fromProc = [
  'for dir in /proc/[0-9]*; do',
  `  line=$(tr '\\0\\n' '  ' < "$dir/cmdline" 2>/dev/null) || continue`,
  '  [ -n "$line" ] || continue',
  `  parent=$(sed -n 's/^PPid:[[:space:]]*//p' "$dir/status" 2>/dev/null)`,
  '  [ "${dir#/proc/}" = $$ ] || [ "$parent" = $$ ] || echo "p ${dir#/proc/} ${parent:-0} $line"',
  'done',
].join('\n');

/** gunicorn reads the file from where it was started. */
const gunicornConfig = [
  'cd /proc/1/cwd 2>/dev/null',
  'for file in "$@" gunicorn.conf.py; do',
  '  [ ! -r "$file" ] || { sed -n "s/^workers[[:space:]]*=[[:space:]]*/configured /p" "$file" | tail -n 1; break; }',
  'done',
].join('\n');

/**
 * What runs inside the given containers.
 *
 * @param containers full ids
 */
export function processes(containers: readonly string[]): Fact<'processes', ProcessesFact> {
  return {
    id: 'processes',
    script: () =>
      containers.length === 0
        ? ':'
        : [
            `for id in ${words(...containers)}; do`,
            '  echo "container $id"',
            // `docker top` runs the host's ps, so the image needs nothing.
            '  if top=$(docker top "$id" -eo pid,ppid,args 2>/dev/null); then',
            `    echo listed; printf '%s\\n' "$top" | sed -n '2,$s/^ */p /p'`,
            `  elif inside=$(docker exec "$id" sh -c ${quote(fromProc)} 2>/dev/null </dev/null); then`,
            // The container says what it likes, but only about itself.
            `    echo listed; printf '%s\\n' "$inside" | sed -n '/^p /p'; top=$inside`,
            '  fi',
            `  docker inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$id" 2>/dev/null | grep -E '^(${workerVariables.join('|')})=' | sed 's/^/env /'`,
            '  case $top in *gunicorn*)',
            // The file named by -c / --config, if it is a path.
            `    file=$(printf '%s\\n' "$top" | sed -n -e 's/.*gunicorn.* -c[= ]*\\([^ ]*\\).*/\\1/p' -e 's/.*gunicorn.* --config[= ]\\([^ ]*\\).*/\\1/p' | head -n 1)`,
            '    file=${file#file:}',
            `    docker exec "$id" sh -c ${quote(gunicornConfig)} sh "\${file:-gunicorn.conf.py}" 2>/dev/null </dev/null | sed -n '/^configured /p'`,
            '  ;; esac',
            'done',
            ':',
          ].join('\n'),
    parse({ stdout }): ProcessesFact {
      const found: Record<
        string,
        { processes?: Process[]; env: Record<string, string>; configuredWorkers?: string }
      > = {};
      let current: (typeof found)[string] | undefined;
      for (const line of stdout.split('\n')) {
        const [key = '', ...rest] = line.split(' ');
        if (key === 'container') found[rest[0] ?? ''] = current = { env: {} };
        else if (!current) continue;
        else if (key === 'listed') current.processes = [];
        else if (key === 'p') {
          const [pid, parent, ...args] = rest.filter((word) => word !== '');
          if (Number(pid) > 0 && args.length > 0)
            current.processes?.push({ pid: Number(pid), parent: Number(parent), args });
        } else if (key === 'env') {
          const [name = '', ...value] = rest.join(' ').split('=');
          current.env[name] = value.join('=');
        } else if (key === 'configured') current.configuredWorkers = rest.join(' ').trim();
      }
      return found;
    },
  };
}

import { quote, words } from './quote.ts';

/** Runs Compose, the plugin or the standalone program, in the place of the shell. */
function inCompose(appDir: string, flags: string, rest: string): string {
  return [
    `cd ${quote(appDir)} || exit 1`,
    'if docker compose version --short >/dev/null 2>&1; then set -- docker compose; else set -- docker-compose; fi',
    `exec "$@" ${flags} ${rest} </dev/null`,
  ].join('\n');
}

export interface LogOptions {
  /** None: all. */
  services: readonly string[];
  follow: boolean;
  /** Docker's notation: `10m`, or a time stamp. */
  since?: string | undefined;
  /** Lines of each container; undefined: all. */
  tail?: number | undefined;
  timestamps: boolean;
}

/** `docker compose logs`: `CONTAINER  | TEXT` a line. */
export function composeLogs(appDir: string, flags: string, options: LogOptions): string {
  const { services, follow, since, tail, timestamps } = options;
  const given = [
    '--no-color',
    ...(follow ? ['--follow'] : []),
    ...(timestamps ? ['--timestamps'] : []),
    ...(since === undefined ? [] : ['--since', since]),
    ...(tail === undefined ? [] : ['--tail', String(tail)]),
  ];
  return inCompose(appDir, flags, words('logs', ...given, '--', ...services));
}

/** Runs a command in a running container of a service, without a terminal. */
export function composeExec(
  appDir: string,
  flags: string,
  {
    service,
    index,
    user,
    command,
  }: { service: string; index?: number | undefined; user?: string | undefined; command: readonly string[] },
): string {
  const given = [
    '-T',
    ...(index === undefined ? [] : ['--index', String(index)]),
    ...(user === undefined ? [] : ['--user', user]),
  ];
  return inCompose(appDir, flags, words('exec', ...given, '--', service, ...command));
}

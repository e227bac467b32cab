import { OpsError } from '../errors.ts';
import type { TarEntry } from './tar.ts';
import { tryDocker } from './docker.ts';
import { commit } from './server.ts';

/** Longest wait for a build and for healthy containers. */
const upMs = 300_000;

/**
 * Puts files into the app's repository on a sandbox server and runs them the plain way: build, create, wait until
 * healthy. All containers are made anew, so nothing of an earlier variant is left but the data of the database.
 *
 * @throws OpsError with the last lines of what Compose said
 */
export async function runApp(
  container: string,
  entries: readonly TarEntry[],
  message: string,
  signal?: AbortSignal,
): Promise<void> {
  await commit(container, entries, message, 'replace');
  const compose = 'docker compose -f docker-compose.prod.yml';
  const script = [
    'cd /srv/app || exit',
    '{ [ -d .git ] || git clone --quiet /srv/git/app.git .; } && git fetch --quiet && git reset --quiet --hard origin/main || exit',
    `${compose} up --detach --build --wait --force-recreate --remove-orphans 2>&1 || exit`,
    // Migrations of the good variant; the other makes its tables when it starts.
    `if ${compose} exec -T backend test -f migrate.py; then ${compose} exec -T backend python3 migrate.py 2>&1; fi`,
  ].join('\n');
  const { code, stdout, stderr } = await tryDocker(
    ['exec', '--user', 'deploy', container, 'sh', '-c', script],
    {
      timeoutMs: upMs,
      signal,
    },
  );
  if (code !== 0)
    throw new OpsError('unchanged', 'SAMPLE_NOT_RUNNING', `The sample app (${message}) does not start.`, {
      place: { output: `${stdout}\n${stderr}`.trim().split('\n').slice(-15) },
      next: ['See the lines above; `ops sandbox ssh` looks around on the server.'],
    });
}

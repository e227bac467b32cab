import { hasDoneItsWork } from '../deploy/changes.ts';
import type { ContainerFact } from '../facts/containers.ts';
import type { HostFacts } from '../facts/index.ts';
import type { LockFact } from '../facts/lock.ts';
import { liveRelease, unfinishedRelease, unreadableText, type Ledger } from '../ledger/ledger.ts';
import { releaseView, type ReleaseView } from './history.ts';

export type StatusFacts = Pick<
  HostFacts,
  'engine' | 'system' | 'git' | 'lock' | 'ledger' | 'compose' | 'containers' | 'proxy'
>;

export interface ServiceStatus {
  service: string;
  proxy: boolean;
  /** Containers that the Compose files ask for, and that run. */
  wanted: number;
  running: number;
  /** The worst of its containers: `unhealthy`, `restarting`, `exited (1)`, `starting`, `healthy`, `running`; `unknown`: nobody can list them. */
  state: string;
  ok: boolean;
  /** Image name, and the first 12 digits of its id. */
  image: string;
  imageId: string;
  /** Seconds since the newest container started; undefined: none runs. */
  upSeconds?: number;
  restarts: number;
}

export interface HostStatus {
  docker: string;
  compose: string;
  /** What is checked out in the app directory. */
  checkout?: { commit: string; branch?: string; changes: number };
  /** Why the checkout, the Compose files or the containers cannot be told, and which part of the ledger is not trusted. */
  problems: readonly string[];
  release?: ReleaseView;
  unfinished?: ReleaseView;
  /** Commits that a rollback has undone and no later deploy brought back. */
  rolledBack: readonly string[];
  lock: LockFact;
  services: readonly ServiceStatus[];
  /** Lines that a deploy has left in the proxy. */
  pins: number;
}

/**
 * What one host is doing, from its facts.
 *
 * @param unlisted why the containers cannot be listed; undefined: they were
 */
export function hostStatus(facts: StatusFacts, unlisted?: string): HostStatus {
  const { engine, git, lock, ledger, compose, proxy } = facts;
  const live = liveRelease(ledger);
  const unfinished = unfinishedRelease(ledger);
  return {
    docker: engine.docker.state === 'ok' ? engine.docker.version : engine.docker.state,
    compose: engine.compose.state === 'ok' ? engine.compose.version : engine.compose.state,
    ...(git.state === 'ok'
      ? {
          checkout: {
            commit: git.commit,
            ...(git.branch === undefined ? {} : { branch: git.branch }),
            changes: git.changes.length,
          },
        }
      : {}),
    problems: [
      ...(git.state === 'ok' ? [] : [gitProblem[git.state]]),
      ...(compose.state === 'ok' ? [] : [`Compose: ${compose.message}`]),
      ...(unlisted === undefined ? [] : [unlisted]),
      ...(ledger.distrusted === undefined ? [] : [unreadableText(ledger)]),
    ],
    ...(live ? { release: releaseView(live) } : {}),
    ...(unfinished ? { unfinished: releaseView(unfinished) } : {}),
    rolledBack: rolledBackCommits(ledger),
    lock,
    services: services(facts, unlisted === undefined ? 'no container' : 'unknown'),
    pins: proxy.state === 'ok' ? proxy.pins.length : 0,
  };
}

const gitProblem = {
  'no-directory': 'The app directory does not exist.',
  'no-repository': 'The app directory is no git repository.',
  'no-git': 'git is not installed on the server.',
  'no-commit': 'The repository has no commit.',
  'not-owner': 'The repository belongs to another user, and git refuses to read it.',
} as const;

/** In the order in which they were undone. */
export function rolledBackCommits(ledger: Ledger): string[] {
  const undone = new Set<string>();
  for (const release of ledger.releases) {
    if (release.finished?.outcome !== 'live') continue;
    if (release.kind === 'deploy') undone.delete(release.commit);
    for (const commit of release.undone ?? []) undone.add(commit);
  }
  return [...undone];
}

function services({ compose, containers, proxy, system }: StatusFacts, absent: string): ServiceStatus[] {
  const defined = compose.state === 'ok' ? compose.services : {};
  const names = [...new Set([...Object.keys(defined), ...containers.map(({ service }) => service)])];
  return names.map((service) => {
    const own = containers.filter((container) => container.service === service);
    const running = own.filter(({ state }) => state === 'running');
    const wanted = defined[service]?.replicas ?? 0;
    const [first] = running.length > 0 ? running : own;
    const started = Math.max(...running.map(({ startedAt }) => Date.parse(startedAt) / 1000));
    const state = own.length === 0 ? absent : worstState(own);
    const known = service in defined || compose.state !== 'ok';
    const asked = defined[service];
    const finished =
      asked !== undefined && own.length > 0 && own.every((one) => hasDoneItsWork(asked, one, proxy));
    return {
      service,
      proxy: proxy.state === 'ok' && proxy.service === service,
      wanted,
      running: running.length,
      state: known ? state : `${state}, not in the Compose files`,
      ok: known && (finished || (running.length >= wanted && ['healthy', 'running'].includes(state))),
      image: first?.imageName ?? defined[service]?.image ?? '',
      imageId: first?.image.replace(/^sha256:/, '').slice(0, 12) ?? '',
      ...(Number.isFinite(started) ? { upSeconds: Math.max(0, Math.round(system.now - started)) } : {}),
      restarts: own.reduce((sum, container) => sum + container.restarts, 0),
    };
  });
}

function worstState(containers: readonly ContainerFact[]): string {
  const state = (wanted: ContainerFact['state']): ContainerFact | undefined =>
    containers.find((container) => container.state === wanted);
  const health = (wanted: ContainerFact['health']): boolean =>
    containers.some((container) => container.state === 'running' && container.health === wanted);
  const exited = state('exited') ?? state('dead');
  if (state('restarting')) return 'restarting';
  if (health('unhealthy')) return 'unhealthy';
  if (exited) return `exited (${exited.exitCode})${exited.oomKilled ? ', out of memory' : ''}`;
  if (state('paused')) return 'paused';
  if (state('created')) return 'created';
  if (health('starting')) return 'starting';
  return health('healthy') ? 'healthy' : 'running';
}

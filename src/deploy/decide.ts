import type { Target } from '../config/config.ts';
import { OpsError } from '../errors.ts';
import type { ComposeFact } from '../facts/compose.ts';
import type { HostFacts } from '../facts/index.ts';
import type { GitFact } from '../facts/git.ts';
import type { ReleaseImage } from '../ledger/entry.ts';
import { liveRelease, unfinishedRelease, type Release } from '../ledger/ledger.ts';
import type { DowntimeReason } from '../plan/step.ts';
import { strays, type ServiceChange } from './changes.ts';
import { buildKey, configHash } from './naming.ts';
import { keptImages } from './plan-release.ts';
import { downtimeReasons } from './plan-roll.ts';
import { predictChanges } from './predict.ts';
import type { Wanted } from './wanted.ts';

export interface DecideOptions {
  kind: 'deploy' | 'rollback';
  force: boolean;
  rebuild: boolean;
  /** Rollback to the images only: of this release, whatever the tree. */
  imagesOf?: Release | undefined;
}

/** What a release will do on one host, decided before anything is changed. */
export interface Decision {
  nothingToDo: boolean;
  /** Services in starting order; predicted where `certain` is false. */
  changes: readonly ServiceChange[];
  certain: boolean;
  build: boolean;
  kept?: Readonly<Record<string, ReleaseImage>> | undefined;
  /** Services that a build leaves out: they keep the image that they run. */
  carried: ReadonlySet<string>;
  /** The proxy's configuration on disk is not the one it has loaded, or will not be after the checkout. */
  reload: boolean;
  downtime: readonly DowntimeReason[];
  /** Undefined: HEAD is there already. */
  checkout?: {
    branch?: string;
    /** Tips of the branch and of a detached HEAD that would go out of sight: they get a name. */
    keepOld: boolean;
    keepHead: boolean;
  };
  notes: readonly string[];
}

/**
 * @throws OpsError `unchanged` for what may not be done: commits of the server that would go out of sight,
 * a commit that was rolled back; `usage` for settings that do not fit the wanted commit
 */
export function decide(
  host: string,
  facts: HostFacts,
  git: GitFact & { state: 'ok' },
  wanted: Wanted,
  target: Target,
  options: DecideOptions,
): Decision {
  refuseUndone(host, facts, wanted, options);
  refuseLostImages(host, facts, options);
  const foreign = foreignCommits(facts, wanted);
  if (options.kind === 'deploy' && !options.force) refuseLocalCommits(host, foreign, target);
  const compose: (ComposeFact & { state: 'ok' }) | undefined =
    wanted.compose ?? (facts.compose.state === 'ok' ? facts.compose : undefined);
  if (options.kind === 'deploy' && wanted.compose) refuseUnknownService(host, wanted.compose, target);
  const notes: string[] = [];
  notes.push(...wanted.removedLocks.map((path) => `Removed ${path}, which a git that is gone had left.`));
  if (!wanted.compose) notes.push('What Compose makes of the wanted commit shows only after the checkout.');
  notes.push(...forgotten(facts, compose), ...keptCommits([...foreign.branch, ...foreign.head]));
  const live = liveRelease(facts.ledger);
  const kept =
    options.imagesOf?.finished?.images ??
    (compose && !options.rebuild
      ? keptImages(
          facts.ledger,
          facts.images,
          compose,
          wanted.tree,
          options.kind === 'rollback' ? undefined : buildKey(compose, target.build.args),
        )
      : undefined);
  const builds = Object.values(compose?.services ?? {}).filter((service) => service.builds);
  const build = builds.length > 0 && !kept;
  const { changes, carried } = compose
    ? predictChanges({ facts, git, compose, wanted, target, kept, build, rebuild: options.rebuild })
    : { changes: [], carried: new Set<string>() };
  if (carried.size > 0)
    notes.push(
      `Not built again, for nothing that it is made of has changed and replacing it costs downtime: ${[...carried].join(', ')}. With --rebuild it is.`,
    );
  const branch = wanted.onBranch ? target.branch : undefined;
  const there = git.commit === wanted.commit && (branch === undefined || git.branch === branch);
  const proxied = facts.proxy.state === 'ok' ? facts.proxy : undefined;
  const mounts = facts.containers.find(({ id }) => id === proxied?.container)?.binds ?? [];
  const touched = wanted.changed.some((path) =>
    mounts.some(
      ({ source }) =>
        `${target.appDir}/${path}` === source || `${target.appDir}/${path}`.startsWith(`${source}/`),
    ),
  );
  const loaded = live?.finished?.proxyConfig;
  const reload =
    touched ||
    (proxied?.config !== undefined && loaded !== undefined && loaded !== configHash(proxied.config));
  const clean = (proxied?.pins.length ?? 0) === 0 && unfinishedRelease(facts.ledger) === undefined;
  return {
    nothingToDo:
      there &&
      !build &&
      clean &&
      !reload &&
      live?.commit === wanted.commit &&
      changes.every(({ action }) => action === 'keep'),
    changes,
    certain: wanted.compose !== undefined,
    build,
    kept,
    carried,
    reload,
    downtime: target.deploy.strategy === 'recreate' ? [] : downtimeReasons(changes),
    ...(there ? {} : { checkout: { ...(branch === undefined ? {} : { branch }), ...keepsTips(wanted) } }),
    notes,
  };
}

/** Containers of services that the files do not have any more: nobody would ever stop them, and nobody would be told. */
function forgotten({ containers }: HostFacts, compose: ComposeFact | undefined): string[] {
  if (compose?.state !== 'ok') return [];
  const names = new Set(strays(containers, compose).map(({ service }) => service));
  return [...names].map(
    (name) =>
      `${name} is not among the services of the Compose files; its containers go on as they are. If nobody needs them: docker compose up --remove-orphans.`,
  );
}

/** Images that are to come back must still be there; without git there is nothing to build them from. */
function refuseLostImages(host: string, { images }: HostFacts, { imagesOf }: DecideOptions): void {
  if (!imagesOf) return;
  const wanted = Object.values(imagesOf.finished?.images ?? {});
  if (wanted.length > 0 && wanted.every(({ id, tag }) => images[tag] === id)) return;
  throw new OpsError(
    'unchanged',
    'IMAGES_GONE',
    `The images of ${imagesOf.id} are not kept on ${host} any more.`,
    {
      place: { host, step: 'preflight', output: wanted.map(({ tag }) => tag) },
      next: [
        'Go back by git, which builds them again: ops rollback --to RELEASE.',
        'More releases are kept with deploy.keep.',
      ],
    },
  );
}

/** Named in the settings, and renamed in the commit: found out only after the build otherwise. */
function refuseUnknownService(
  host: string,
  { services }: ComposeFact & { state: 'ok' },
  { release }: Target,
): void {
  const { command, service } = release;
  if (command === undefined || service === undefined || Object.hasOwn(services, service)) return;
  throw new OpsError(
    'usage',
    'NO_SUCH_SERVICE',
    `release.service is ${service}, and the Compose files of the wanted commit have no such service.`,
    {
      place: { host, step: 'plan' },
      next: [
        `Set release.service (OPS_RELEASE_SERVICE) to one of: ${Object.keys(services).toSorted().join(', ')}.`,
      ],
    },
  );
}

/** A commit that was rolled back does not come back by accident. */
function refuseUndone(
  host: string,
  { ledger }: HostFacts,
  wanted: Wanted,
  { kind, force }: DecideOptions,
): void {
  const live = liveRelease(ledger);
  if (
    kind !== 'deploy' ||
    force ||
    live?.kind !== 'rollback' ||
    live.undone?.includes(wanted.commit) !== true
  )
    return;
  throw new OpsError(
    'unchanged',
    'ROLLED_BACK',
    `${wanted.commit.slice(0, 7)} (${wanted.subject}) was rolled back on ${live.at} and would come back unmended.`,
    {
      place: { host, step: 'preflight' },
      next: ['Push a commit that mends it, then deploy that.', 'Or deploy it all the same: --force.'],
    },
  );
}

type Commits = Wanted['localOnly'];

/**
 * Commits that nothing but this server may have: not ones that a rollback has made here, nor ones that were released
 * by name and whose branch is gone since.
 */
function foreignCommits({ ledger }: HostFacts, wanted: Wanted): { branch: Commits; head: Commits } {
  const made = new Set(ledger.releases.flatMap((release) => release.made ?? []));
  const known = new Set([...made, ...ledger.releases.map(({ commit }) => commit)]);
  const released = wanted.loose.findIndex(({ commit }) => known.has(commit));
  return {
    branch: wanted.onBranch ? wanted.localOnly.filter(({ commit }) => !made.has(commit)) : [],
    head: released === -1 ? wanted.loose : wanted.loose.slice(0, released),
  };
}

function keepsTips(wanted: Wanted): { keepOld: boolean; keepHead: boolean } {
  return { keepOld: wanted.onBranch && wanted.localOnly.length > 0, keepHead: wanted.loose.length > 0 };
}

function keptCommits(foreign: Commits): string[] {
  const names = foreign.map(({ commit, subject }) => `${commit.slice(0, 7)} ${subject}`);
  return names.length === 0
    ? []
    : [`Commits that only this server has stay under refs/ops/kept/: ${names.join(', ')}.`];
}

function refuseLocalCommits(
  host: string,
  { branch, head }: { branch: Commits; head: Commits },
  target: Target,
): void {
  if (branch.length === 0 && head.length === 0) return;
  const what =
    branch.length > 0
      ? `The branch ${target.branch} on ${host} has commits that ${target.remote}/${target.branch} has not, so it cannot fast-forward.`
      : `On ${host} somebody has committed to a detached HEAD; no branch has these commits.`;
  const push =
    branch.length > 0
      ? `git push ${target.remote} ${target.branch}`
      : `git push ${target.remote} HEAD:refs/heads/NAME`;
  throw new OpsError('unchanged', 'LOCAL_COMMITS', what, {
    place: {
      host,
      step: 'preflight',
      output: [...branch, ...head].map(({ commit, subject }) => `${commit.slice(0, 7)} ${subject}`),
    },
    next: [
      `Push them from the server: ${push}`,
      'Or deploy all the same; they are kept under refs/ops/kept/: --force.',
    ],
  });
}

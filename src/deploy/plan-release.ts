import type { Target } from '../config/config.ts';
import type { ContainerFact } from '../facts/containers.ts';
import { withTag, type ImagesFact } from '../facts/images.ts';
import type { ComposeFact } from '../facts/compose.ts';
import type { FinishedEntry, ReleaseImage, Snapshot, StartedEntry } from '../ledger/entry.ts';
import type { Ledger, Release } from '../ledger/ledger.ts';
import type { Plan, Step } from '../plan/step.ts';
import { build, pruneLogs, pullImages, tagImages, untagImages } from '../shell/build.ts';
import { removedLock } from '../shell/git-locks.ts';
import { checkout, refuseMoved, type CheckoutOptions } from '../shell/git.ts';
import { keptFiles, settleCheckout } from '../shell/interrupted-checkout.ts';
import { appendLedger, ifUnfinished } from '../shell/ledger.ts';
import { releaseCommand } from '../shell/release.ts';
import { up } from '../shell/roll.ts';
import { stepScript, type ScriptContext } from '../shell/script.ts';
import { dependenciesOf } from './changes.ts';
import { isKeptTag, keptTag, repository } from './naming.ts';

type Compose = ComposeFact & { state: 'ok' };

const shortMs = 120_000;

/**
 * Writes the ledger's `started` entry, and gives the running images names that keep them.
 *
 * @param head commit that is checked out, as the plan knows it. Another one means that somebody released since: what
 * the plan would put back if it failed is not what serves, so nothing is begun.
 * @param recovered end of a release whose client died and whose place this one takes
 */
export function startedStep(
  script: ScriptContext,
  entry: StartedEntry,
  head: string,
  recovered?: FinishedEntry,
): Step {
  const images = Object.values(entry.previous?.images ?? {});
  return {
    kind: 'script',
    id: 'record',
    title: 'Record the start and keep the running images',
    script: stepScript(
      script,
      refuseMoved(head),
      // An image that is gone cannot be kept; the containers that run it go on all the same.
      ...tagImages(images.map(({ id, tag }) => ({ source: id, tag }))).map(
        (line) => `${line} 2>/dev/null || :`,
      ),
      ...(recovered ? [ifUnfinished(recovered.id, [appendLedger(recovered)])] : []),
      appendLedger(entry),
    ),
    timeoutMs: shortMs,
  };
}

export function checkoutStep(script: ScriptContext, options: CheckoutOptions, subject: string): Step {
  return {
    kind: 'script',
    id: 'checkout',
    title: `Check out ${options.commit.slice(0, 7)} ${subject}`.trim(),
    script: checkout(script, options),
    timeoutMs: 5 * shortMs,
    notePrefix: removedLock,
  };
}

/** Puts away what an earlier checkout has left that was ended in its middle. */
export function settleStep(script: ScriptContext, mounted: readonly string[]): Step {
  return {
    kind: 'script',
    id: 'settle-checkout',
    title: 'Put away what an interrupted checkout has left',
    script: settleCheckout(script, mounted),
    timeoutMs: 5 * shortMs,
    notePrefix: keptFiles,
  };
}

/**
 * Files that containers have bind-mounted one by one, relative to the app directory: they must keep their inode.
 *
 * @param changed paths that the checkout touches
 */
export function mountedFiles(
  containers: readonly ContainerFact[],
  appDir: string,
  changed: readonly string[],
): string[] {
  const root = `${appDir.replace(/\/+$/, '')}/`;
  const sources = new Set(containers.flatMap(({ binds }) => binds.map(({ source }) => source)));
  return changed.filter((path) => sources.has(root + path));
}

/** All of them: where it is not known which ones a checkout touches. */
export function allMountedFiles(containers: readonly ContainerFact[], appDir: string): string[] {
  const root = `${appDir.replace(/\/+$/, '')}/`;
  const sources = new Set(containers.flatMap(({ binds }) => binds.map(({ source }) => source)));
  return [...sources].filter((source) => source.startsWith(root)).map((source) => source.slice(root.length));
}

export interface BuildInput {
  host: string;
  script: ScriptContext;
  compose: Compose;
  images: ImagesFact;
  target: Pick<Target, 'build' | 'compose'>;
  release: string;
  /** Kept images of the same tree, by service: no build is needed. */
  kept?: Readonly<Record<string, ReleaseImage>> | undefined;
  /** Services that keep the image that they run. */
  carried?: ReadonlySet<string>;
}

/**
 * Names with tag of the images that the project builds; a service that has no `build` of its own may name one.
 *
 * @param carried services that are left out
 */
export function builtImages(
  { services }: Pick<Compose, 'services'>,
  carried: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const built = Object.values(services).filter(({ builds, name }) => builds && !carried.has(name));
  return new Set(built.map(({ image }) => withTag(image)));
}

/**
 * Builds what has a `build` section (or takes the kept images), pulls what is missing. An image that one service
 * builds and another one only names (a worker of the same app) comes from the build, not from a registry.
 */
export function planBuild(input: BuildInput): Plan {
  const { host, script, compose, images, target, release, kept, carried = new Set<string>() } = input;
  const services = Object.values(compose.services);
  const built = services.filter(({ builds }) => builds);
  const ours = builtImages(compose);
  const isMissing = (image: string): boolean =>
    images[withTag(image)] === undefined && !ours.has(withTag(image));
  const missing = [...new Set(services.map(({ image }) => image).filter(isMissing))];
  const names = built.map(({ name }) => name).filter((name) => !carried.has(name));
  const steps: Step[] = [];
  if (missing.length > 0) {
    steps.push({
      kind: 'script',
      id: 'pull',
      title: `Pull ${missing.join(', ')}`,
      script: pullImages(script, missing),
      timeoutMs: target.build.timeoutMs,
    });
  }
  if (built.length > 0 && kept) {
    const tags = built.flatMap(({ name, image }) => {
      const source = kept[name];
      return source ? [{ source: source.id, tag: withTag(image) }] : [];
    });
    steps.push({
      kind: 'script',
      id: 'reuse',
      title: `Take the kept images of ${built.map(({ name }) => name).join(', ')} (this tree is built already)`,
      script: stepScript(script, ...tagImages(tags), ...tagImages(keptTags(built, release))),
      timeoutMs: shortMs,
    });
  } else if (built.length > 0) {
    const { cache, pull, args, timeoutMs } = target.build;
    const filesNamed = target.compose.files.length > 0;
    if (names.length > 0) {
      steps.push({
        kind: 'script',
        id: 'build',
        title: `Build ${names.join(', ')}${cache ? '' : ' without cache'}`,
        script: build(script, { services: names, cache, pull, args, filesNamed, release }),
        timeoutMs,
      });
    }
    steps.push({
      kind: 'script',
      id: 'keep',
      title: names.length > 0 ? 'Keep the new images' : 'Keep the images',
      script: stepScript(script, ...tagImages(keptTags(built, release))),
      timeoutMs: shortMs,
    });
  }
  return { host, stage: 'build', steps, downtime: [], notes: [] };
}

function keptTags(
  services: readonly { image: string }[],
  release: string,
): { source: string; tag: string }[] {
  return services.map(({ image }) => ({ source: withTag(image), tag: keptTag(image, release) }));
}

/**
 * The images of an earlier release with the same tree (and the same build configuration, unless `key` is left out)
 * that are all still there.
 */
export function keptImages(
  ledger: Ledger,
  images: ImagesFact,
  compose: Compose,
  tree: string,
  key?: string,
): Readonly<Record<string, ReleaseImage>> | undefined {
  const built = Object.values(compose.services).filter(({ builds }) => builds);
  if (built.length === 0) return undefined;
  const there = (release: Release): boolean =>
    built.every(({ name }) => {
      const image = release.finished?.images?.[name];
      return image !== undefined && images[image.tag] === image.id;
    });
  return ledger.releases.findLast(
    (release) =>
      release.tree === tree && (key === undefined || release.finished?.buildKey === key) && there(release),
  )?.finished?.images;
}

/** Runs the release command (migrations); first what it depends on, where nothing runs yet. */
export function planReleaseCommand(
  host: string,
  script: ScriptContext & { run: string },
  compose: Compose,
  containers: readonly ContainerFact[],
  target: Pick<Target, 'release' | 'health' | 'services'>,
): Plan {
  const { command, timeoutMs } = target.release;
  const service = releaseService(compose, target);
  if (command === undefined || service === undefined)
    return { host, stage: 'release', steps: [], downtime: [], notes: [] };
  const running = new Set(
    containers.filter(({ state }) => state === 'running').map((container) => container.service),
  );
  const missing = dependenciesOf(service, compose.services).filter((name) => !running.has(name));
  return {
    host,
    stage: 'release',
    steps: [
      ...(missing.length > 0
        ? [
            {
              kind: 'script' as const,
              id: 'dependencies',
              title: `Start ${missing.join(', ')}`,
              script: up(script, compose.project, missing, target.health.timeoutMs, 'keep'),
              timeoutMs: target.health.timeoutMs + shortMs,
            },
          ]
        : []),
      {
        kind: 'script',
        id: 'release-command',
        title: `Run the release command in the new image of ${service}`,
        script: releaseCommand(script, service, command),
        timeoutMs,
      },
    ],
    downtime: [],
    notes: [],
  };
}

function releaseService(
  compose: Compose,
  { release, services }: Pick<Target, 'release' | 'services'>,
): string | undefined {
  return (
    release.service ??
    services.roll?.[0] ??
    Object.values(compose.services).find(({ builds }) => builds)?.name
  );
}

/**
 * Whether every service has a container that runs and is healthy, or one that has done its work and ended: what a first
 * deploy that was cut short has left may be half a stack, which is nothing to go back to.
 */
export function servesWhole(containers: readonly ContainerFact[], compose: Compose): boolean {
  const fine = ({ state, health, exitCode }: ContainerFact): boolean =>
    state === 'running' ? health === 'none' || health === 'healthy' : state === 'exited' && exitCode === 0;
  return Object.values(compose.services).every(
    ({ name, replicas }) => replicas === 0 || containers.some((one) => one.service === name && fine(one)),
  );
}

/** What is live now, from what runs: enough to put it back. */
export function snapshot(
  live: Release | undefined,
  git: { commit: string; tree: string; branch?: string },
  containers: readonly ContainerFact[],
  compose: Compose | undefined,
): Snapshot | undefined {
  const running = containers.filter(({ state }) => state === 'running');
  if (running.length === 0) return undefined;
  const name = live?.commit === git.commit ? live.id : undefined;
  const built = running.filter(({ service }) => compose?.services[service]?.builds ?? false);
  return {
    ...(name === undefined ? {} : { release: name }),
    commit: git.commit,
    tree: git.tree,
    ...(git.branch === undefined ? {} : { branch: git.branch }),
    images: Object.fromEntries(
      built.map(({ service, image, imageName }) => [
        service,
        {
          id: image,
          tag: keptTag(
            compose?.services[service]?.image ?? imageName,
            name ?? `before-${git.commit.slice(0, 7)}`,
          ),
          name: withTag(compose?.services[service]?.image ?? imageName),
        },
      ]),
    ),
    services: [...new Set(containers.map(({ service }) => service))].toSorted(),
  };
}

/** Kept image names that no release worth keeping uses: of the services of this stack, and of ops's own making only. */
export function superfluousTags(
  ledger: Ledger,
  images: ImagesFact,
  compose: Compose,
  keep: number,
  current: string,
): string[] {
  const live = ledger.releases.filter(
    ({ finished }) => finished?.outcome === 'live' && finished.images !== undefined,
  );
  const last = live.slice(-Math.max(1, keep - 1));
  const kept = new Set(
    last.flatMap(({ finished }) => Object.values(finished?.images ?? {}).map(({ tag }) => tag)),
  );
  const repositories = new Set(
    Object.values(compose.services)
      .filter(({ builds }) => builds)
      .map(({ image }) => repository(image)),
  );
  return Object.keys(images).filter(
    (name) =>
      isKeptTag(name) &&
      repositories.has(repository(name)) &&
      !kept.has(name) &&
      name !== keptTag(name, current),
  );
}

/** Logs of builds and of retired containers that stay on the host. */
export const keptLogs = 100;

/** Records the end, and lets go of what is not kept. */
export function finishStep(
  script: ScriptContext,
  entry: FinishedEntry,
  superfluous: readonly string[],
): Step {
  return {
    kind: 'script',
    id: 'finish',
    title:
      superfluous.length > 0
        ? 'Record the release and remove images that are not kept'
        : 'Record the release',
    script: stepScript(script, appendLedger(entry), ...untagImages(superfluous), pruneLogs(keptLogs)),
    timeoutMs: shortMs,
  };
}

import type { Target } from '../config/config.ts';
import type { ComposeFact } from '../facts/compose.ts';
import type { HostFacts } from '../facts/index.ts';
import type { GitFact } from '../facts/git.ts';
import { withTag } from '../facts/images.ts';
import type { ReleaseImage } from '../ledger/entry.ts';
import { liveRelease } from '../ledger/ledger.ts';
import { carriedServices } from './carried.ts';
import { serviceChanges, type ServiceChange } from './changes.ts';
import { builtImages } from './plan-release.ts';
import type { Wanted } from './wanted.ts';

type Compose = ComposeFact & { state: 'ok' };

export interface PredictInput {
  facts: HostFacts;
  git: GitFact & { state: 'ok' };
  /** Of the wanted commit. */
  compose: Compose;
  wanted: Wanted;
  target: Target;
  /** Kept images that are taken instead of a build. */
  kept: Readonly<Record<string, ReleaseImage>> | undefined;
  build: boolean;
  /** Whether or not anything has changed. */
  rebuild: boolean;
}

/**
 * What becomes of each service, told before anything is built: one whose image is to be built will have another one.
 * `carried`: the services that the build leaves out.
 */
export function predictChanges(input: PredictInput): {
  changes: ServiceChange[];
  carried: ReadonlySet<string>;
} {
  const { facts, git, compose, wanted, target, kept, build, rebuild } = input;
  const changesWith = (unbuilt?: ReadonlySet<string>): ServiceChange[] =>
    serviceChanges({
      compose,
      images: { ...facts.images, ...retagged(compose, kept) },
      containers: facts.containers,
      proxy: facts.proxy,
      target,
      ...(unbuilt ? { unbuilt } : {}),
    });
  if (!build) return { changes: changesWith(), carried: new Set() };
  const built = changesWith(unbuiltServices(compose));
  // Where the files of the wanted commit are only known after the checkout, nothing is known of what stays.
  if (rebuild || facts.compose.state !== 'ok' || !wanted.compose)
    return { changes: built, carried: new Set() };
  const live = liveRelease(facts.ledger);
  const carried = carriedServices({
    present: facts.compose,
    wanted: compose,
    liveKey: live?.commit === git.commit ? live.finished?.buildKey : undefined,
    args: target.build.args,
    images: facts.images,
    appDir: target.appDir,
    changed: wanted.changed,
    built,
    unbuilt: changesWith(),
  });
  return { changes: carried.size > 0 ? changesWith(unbuiltServices(compose, carried)) : built, carried };
}

/** Services that get a new image by a build: also ones that only name the image of another. */
function unbuiltServices(compose: Compose, carried: ReadonlySet<string> = new Set()): Set<string> {
  const built = builtImages(compose, carried);
  const services = Object.values(compose.services).filter(({ image }) => built.has(withTag(image)));
  return new Set(services.map(({ name }) => name));
}

/** Names of images as they will be once the kept ones are taken. */
function retagged(
  compose: Compose,
  kept: Readonly<Record<string, ReleaseImage>> | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.values(compose.services).flatMap(({ name, image }) => {
      const id = kept?.[name]?.id;
      return id === undefined ? [] : [[withTag(image), id]];
    }),
  );
}

import { posix } from 'node:path';
import { z } from 'zod';
import type { ComposeFact, ComposeService } from '../facts/compose.ts';
import { withTag, type ImagesFact } from '../facts/images.ts';
import type { ServiceChange } from './changes.ts';
import { buildKey } from './naming.ts';

type Compose = ComposeFact & { state: 'ok' };

export interface CarriedInput {
  /** Of the work tree as it is. */
  present: Compose;
  wanted: Compose;
  /** Key of the builds of what serves; undefined: the work tree is not what serves. */
  liveKey: string | undefined;
  args: Readonly<Record<string, string>>;
  images: ImagesFact;
  appDir: string;
  /** Files that differ between the work tree's commit and the wanted one, relative to the app directory. */
  changed: readonly string[];
  /** What a release does with each service whose image is built anew. */
  built: readonly ServiceChange[];
  /** The same where no image is. */
  unbuilt: readonly ServiceChange[];
}

/**
 * Services that keep the image they run: replacing them costs downtime, nothing that their image is made of has changed,
 * and nothing else is to change about them. A build without cache gives another image each time, so a proxy of the
 * project's own would otherwise be stopped by every release.
 *
 * What an image is made of: its build section with the arguments, its context, its Dockerfile. An image that several
 * services build is kept for all of them or for none. A newer base image is not looked for.
 */
export function carriedServices(input: CarriedInput): ReadonlySet<string> {
  const { present, wanted, liveKey, args, images, built, unbuilt } = input;
  if (liveKey === undefined || liveKey !== buildKey(present, args)) return new Set();
  const stays = new Set(unbuilt.filter(({ action }) => action === 'keep').map(({ service }) => service.name));
  const carried = built
    .filter(
      ({ action, service }) =>
        action === 'recreate' && service.builds && images[withTag(service.image)] !== undefined,
    )
    .map(({ service }) => service)
    .filter((service) => stays.has(service.name) && isUnchanged(service, present, input));
  const names = new Set(carried.map(({ name }) => name));
  const builtElsewhere = new Set(
    Object.values(wanted.services)
      .filter(({ builds, name }) => builds && !names.has(name))
      .map(({ image }) => withTag(image)),
  );
  return new Set(carried.filter(({ image }) => !builtElsewhere.has(withTag(image))).map(({ name }) => name));
}

function isUnchanged(
  service: ComposeService,
  { services }: Compose,
  { appDir, changed }: CarriedInput,
): boolean {
  const before = services[service.name];
  if (!before || JSON.stringify(before.build) !== JSON.stringify(service.build)) return false;
  // git puts names with control characters in quotes: which folder they are in is not looked for.
  if (changed.some((path) => path.startsWith('"'))) return false;
  const sources = sourcesOf(service.build, appDir);
  return (
    sources !== undefined &&
    !changed.some((path) => sources.some((source) => path === source || path.startsWith(`${source}/`)))
  );
}

const buildSchema = z.object({
  context: z.string().startsWith('/'),
  dockerfile: z.string().optional(),
  additional_contexts: z.undefined().optional(),
});

/** Context and Dockerfile, relative to the app directory; undefined where they are not all files below it. */
function sourcesOf(build: unknown, appDir: string): string[] | undefined {
  const { success, data } = buildSchema.safeParse(build);
  if (!success) return undefined;
  const { context, dockerfile = 'Dockerfile' } = data;
  const paths = [context, posix.resolve(context, dockerfile)].map((path) => posix.relative(appDir, path));
  // The app directory itself changes with each release.
  return paths.some((path) => path === '' || path === '..' || path.startsWith('../')) ? undefined : paths;
}

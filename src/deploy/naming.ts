import { createHash } from 'node:crypto';
import type { ComposeFact } from '../facts/compose.ts';

/** `20261123T155001-1a2b3c4`: sorts by time, tells the commit, is a valid image tag and file name. */
export function releaseId(now: Date, commit: string): string {
  const stamp = now.toISOString().replaceAll(/[-:]/g, '').slice(0, 15);
  return `${stamp}-${commit.slice(0, 7)}`;
}

/** The name under which a release's image is kept: `shop-backend:ops-RELEASE`. */
export function keptTag(image: string, release: string): string {
  return `${repository(image)}:${keptPrefix}${release}`;
}

const keptPrefix = 'ops-';

/** The name was made by ops: of a release, or of what stood before the first one. A user's `ops-team` was not. */
export function isKeptTag(name: string): boolean {
  return /:ops-(\d{8}T\d{6}|before)-[0-9a-f]{7}$/.test(name);
}

/** An image name without its tag or digest: `registry:5000/shop/backend`. */
export function repository(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}

/** Same tree and same key mean the same images: the resolved build sections and arguments, hashed. */
export function buildKey(
  compose: ComposeFact & { state: 'ok' },
  args: Readonly<Record<string, string>>,
): string {
  const builds = Object.values(compose.services)
    .filter(({ builds: built }) => built)
    .map(({ name, image, build }) => [name, image, build])
    .toSorted(([one], [other]) => String(one).localeCompare(String(other)));
  return createHash('sha256')
    .update(JSON.stringify([builds, args]))
    .digest('hex')
    .slice(0, 16);
}

/** Identifies the configuration that a proxy has loaded. */
export function configHash(config: string): string {
  return createHash('sha256').update(config).digest('hex').slice(0, 16);
}

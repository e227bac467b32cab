import { join } from 'node:path';
import { baseImage } from './base-image.ts';
import { docker, succeeded, tryDocker } from './docker.ts';
import { hashTree, packageRoot } from './files.ts';
import { sandboxLabel, sourceLabel } from './names.ts';
import { packageSource } from './packages.ts';
import type { Saying } from './steps.ts';
import { pipeProcesses } from './process.ts';

interface ImageSpec {
  image: string;
  /** Below `sandbox/`. */
  directory: string;
}

const debian: ImageSpec = { image: 'ops-sandbox/debian:trixie', directory: 'images/debian' };
const server: ImageSpec = { image: 'ops-sandbox/server:trixie', directory: 'server' };
/** What the sample app is made of: every server gets these, so that a deploy needs no network. */
const inside: readonly ImageSpec[] = [
  { image: 'ops-sandbox/python-app:trixie', directory: 'images/python-app' },
  { image: 'ops-sandbox/nginx:1.26', directory: 'images/nginx' },
  { image: 'ops-sandbox/postgres:17', directory: 'images/postgres' },
];

/** An image that is missing or old, with the hash of what it is built from now. */
type Stale = ImageSpec & { source: string };

/** The image of a server. */
export const serverImage = server.image;

export interface ImagesOptions extends Saying {
  install: boolean;
  signal?: AbortSignal | undefined;
}

/** Hashes of what each image is built from. */
function sources(): { specs: readonly Stale[]; store: string } {
  const base = hashTree(join(packageRoot, 'sandbox', debian.directory));
  const specs = [debian, ...inside, server].map((spec) => ({
    ...spec,
    source: spec === debian ? base : hashTree(join(packageRoot, 'sandbox', spec.directory), base),
  }));
  const store = hashSum(
    specs.filter((spec) => inside.some(({ image }) => image === spec.image)).map(({ source }) => source),
  );
  return { specs, store };
}

function hashSum(hashes: readonly string[]): string {
  return hashes.map((hash) => hash.slice(0, 4)).join('');
}

/**
 * Builds what is missing or was built from other files than today's.
 *
 * @returns what was built
 */
export async function ensureImages({
  install,
  say,
  tell,
  signal,
}: ImagesOptions): Promise<readonly string[]> {
  const { specs } = sources();
  const stale: Stale[] = [];
  for (const spec of specs) if ((await sourceOf(spec.image)) !== spec.source) stale.push(spec);
  if (stale.length === 0) return [];
  const source = await packageSource();
  const build = async ({ image, directory, source: hash }: Stale): Promise<void> => {
    tell(`building ${image}`);
    const labels = ['--label', `${sandboxLabel}=image`, '--label', `${sourceLabel}=${hash}`];
    const args = ['build', '--tag', image, ...labels];
    // A proxy on this machine's loopback address is reached from its own network only.
    if (source.proxy !== undefined)
      args.push('--network', 'host', '--build-arg', `http_proxy=${source.proxy}`);
    if (image === debian.image) {
      const base = await baseImage({ source, install, say, tell, signal });
      args.push('--build-arg', `BASE=${base.image}`, '--build-arg', `APT_MIRROR=${base.mirror ?? ''}`);
    }
    args.push(join(packageRoot, 'sandbox', directory));
    await docker(args, { onLine: say, timeoutMs: 1_800_000, signal });
  };
  // All others are made from the first, independently.
  for (const spec of stale.filter(({ image }) => image === debian.image)) await build(spec);
  await Promise.all(stale.filter(({ image }) => image !== debian.image).map(build));
  return stale.map(({ image }) => image);
}

async function sourceOf(image: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${sourceLabel}"}}`;
  const { code, stdout } = await tryDocker(['image', 'inspect', '--format', format, image]);
  return code === 0 ? stdout.trim() : undefined;
}

/** Volume with the images of the sample app as one archive, from which new servers load them. */
export function imageStore(): string {
  return `ops-sandbox-images-${sources().store}`;
}

/** Where a server finds the archive. */
export const imageArchive = '/images/images.tar';

/** Fills the image store, unless it is full. */
export async function ensureImageStore(signal?: AbortSignal): Promise<'filled' | 'was full'> {
  const volume = imageStore();
  const run = [
    'run',
    '--rm',
    '--interactive',
    '--label',
    `${sandboxLabel}=image`,
    '--volume',
    `${volume}:/images`,
  ];
  const sh = [...run, '--entrypoint', 'sh', serverImage, '-c'];
  await docker(['volume', 'create', '--label', `${sandboxLabel}=image`, volume]);
  if ((await tryDocker([...sh, `test -f ${imageArchive}`], { signal })).code === 0) return 'was full';
  // Those of earlier versions, as far as no server uses them.
  for (const old of await imageStores()) if (old !== volume) await tryDocker(['volume', 'rm', old]);
  // In place only when whole.
  const write = `cat > ${imageArchive}.part && mv ${imageArchive}.part ${imageArchive}`;
  const save = ['save', ...inside.map(({ image }) => image)];
  succeeded(await pipeProcesses(['docker', ...save], ['docker', ...sh, write], signal), ['docker', ...save]);
  return 'filled';
}

/** Removes all images and stores that were made for sandboxes. */
export async function removeImages(): Promise<void> {
  for (const volume of await imageStores()) await tryDocker(['volume', 'rm', volume]);
  for (const { image } of [server, ...inside, debian]) await tryDocker(['image', 'rm', '--force', image]);
  const rest = await docker(['image', 'ls', '--all', '--quiet', '--filter', `label=${sandboxLabel}=image`]);
  for (const id of new Set(rest.split('\n').filter(Boolean))) await tryDocker(['image', 'rm', '--force', id]);
}

async function imageStores(): Promise<string[]> {
  const printed = await docker(['volume', 'ls', '--quiet', '--filter', `label=${sandboxLabel}=image`]);
  return printed.split('\n').filter(Boolean);
}

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { docker, succeeded, tryDocker } from './docker.ts';
import { sandboxLabel } from './names.ts';
import { canInstall, hasProgram, installPackages, type PackageSource } from './packages.ts';
import type { Saying } from './steps.ts';
import { pipeProcesses, runProcess } from './process.ts';

const registryImage = 'debian:trixie-slim';
const ownImage = 'ops-sandbox/debootstrap:trixie';
const defaultMirror = 'http://deb.debian.org/debian';

export interface BaseImage {
  image: string;
  /** What apt in the image is to use; undefined: what the image says. */
  mirror: string | undefined;
}

export interface BaseImageOptions extends Saying {
  source: PackageSource;
  /** Install debootstrap where it is needed and missing. */
  install: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * Debian trixie as an image: from the registry; where none answers within 10 s, made from Debian's packages.
 *
 * @throws UsageError when neither way is open
 */
export async function baseImage({
  source,
  install,
  say,
  tell,
  signal,
}: BaseImageOptions): Promise<BaseImage> {
  // Without certificates in it, the slim image can't use a mirror over HTTPS.
  const httpMirror = source.mirror?.startsWith('http:') === true ? source.mirror : undefined;
  if (await hasImage(registryImage)) return { image: registryImage, mirror: httpMirror };
  tell(`pulling ${registryImage}`);
  const pulled = await tryDocker(['pull', registryImage], {
    onLine: say,
    firstLineMs: 10_000,
    timeoutMs: 300_000,
    signal,
  });
  if (pulled.code === 0) return { image: registryImage, mirror: httpMirror };
  const mirror = source.mirror ?? defaultMirror;
  if (!(await hasImage(ownImage))) {
    tell(`no registry answers; making it from the packages of ${mirror}`);
    await bootstrap(mirror, { source, install, say, tell, signal });
  }
  return { image: ownImage, mirror };
}

async function hasImage(image: string): Promise<boolean> {
  return (await tryDocker(['image', 'inspect', '--format', '{{.Id}}', image])).code === 0;
}

async function bootstrap(
  mirror: string,
  { source, install, say, tell, signal }: BaseImageOptions,
): Promise<void> {
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const missing = [
    ...((await hasProgram('debootstrap')) ? [] : ['debootstrap']),
    ...(existsSync(keyring) ? [] : ['debian-archive-keyring']),
  ];
  if (!canInstall() || (missing.length > 0 && !install))
    throw new UsageError('NO_BASE_IMAGE', `${registryImage} can't be pulled: no registry answers.`, {
      next: [
        `Connect this machine to a registry, or load the image: docker load < debian.tar.`,
        'On Debian or Ubuntu, root may make it from packages instead: run this again with --install-engine.',
      ],
    });
  if (missing.length > 0) await installPackages(missing, say, signal);
  // Not /tmp, which may forbid devices or programs.
  mkdirSync('/var/tmp', { recursive: true });
  const directory = mkdtempSync('/var/tmp/ops-sandbox-');
  try {
    const args = ['--variant=minbase', '--include=ca-certificates', 'trixie', directory, mirror];
    succeeded(
      await runProcess('debootstrap', args, {
        env: source.proxy === undefined ? {} : { http_proxy: source.proxy },
        onLine: say,
        timeoutMs: 900_000,
        signal,
      }),
      ['debootstrap', ...args],
    );
    tell('importing the image');
    writeFileSync(join(directory, 'etc/resolv.conf'), '');
    const exclude = [
      './usr/share/doc/*',
      './usr/share/man/*',
      './usr/share/locale/*',
      './var/cache/apt/*',
      './var/lib/apt/lists/*',
    ];
    const label = `LABEL ${sandboxLabel}=image`;
    const result = await pipeProcesses(
      ['tar', '-C', directory, ...exclude.map((each) => `--exclude=${each}`), '-c', '.'],
      ['docker', 'import', '--change', label, '-', ownImage],
      signal,
    );
    succeeded(result, ['docker', 'import']);
    await docker(['image', 'inspect', '--format', '{{.Id}}', ownImage]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

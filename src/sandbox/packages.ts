import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { aptProxy, debianMirror, isDebianLike } from './debian.ts';
import { succeeded } from './docker.ts';
import { runProcess } from './process.ts';

/** How packages get onto this machine and into the images. */
export interface PackageSource {
  mirror: string | undefined;
  proxy: string | undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Whether this is Debian, Ubuntu or alike, with us as root: where packages can be installed. */
export function canInstall(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && isDebianLike(read('/etc/os-release'));
}

/** Whether the shell would find a program. */
export async function hasProgram(name: string): Promise<boolean> {
  if (process.platform === 'win32') return (await runProcess('where', [name])).code === 0;
  return (await runProcess('sh', ['-c', 'command -v "$1"', 'sh', name])).code === 0;
}

/** The mirror and the proxy that apt of this machine uses; both undefined where there is no apt. */
export async function packageSource(): Promise<PackageSource> {
  const directory = '/etc/apt/sources.list.d';
  const parts = existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => /\.(list|sources)$/.test(name))
        .sort()
        .map((name) => `${directory}/${name}`)
    : [];
  const mirror = debianMirror([...parts, '/etc/apt/sources.list'].map(read));
  const dump = await runProcess('apt-config', ['dump', 'Acquire::http::Proxy']);
  return { mirror, proxy: dump.code === 0 ? aptProxy(dump.stdout) : undefined };
}

/**
 * Installs packages of the distribution.
 *
 * @throws UsageError where that is not ours to do: the text says what to install
 */
export async function installPackages(
  packages: readonly string[],
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (!canInstall())
    throw new UsageError('PACKAGES_MISSING', `These programs are missing here: ${packages.join(', ')}.`, {
      next: [`Install them, on Debian or Ubuntu with: sudo apt-get install ${packages.join(' ')}`],
    });
  const options = {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    onLine: say,
    timeoutMs: 900_000,
    signal,
  };
  const update = ['apt-get', 'update'];
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
  for (const [program = '', ...args] of [update, install])
    succeeded(await runProcess(program, args, options), [program, ...args]);
}

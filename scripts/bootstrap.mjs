/**
 * What `npm test` and `npm run demo` share on a machine that has nothing but Node.js and npm.
 * Runs under the machine's own Node.js (18 or newer) before there are any dependencies.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Prints one line about what is going on. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs a program with our terminal; ends this process when it fails. */
export function must(command, args, options = {}) {
  const { status, error } = run(command, args, options);
  if (status === 0) return;
  say(`${command} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}.`);
  process.exit(status || 1);
}

function run(command, args, options) {
  // npm is a script on Windows, which only a shell can start.
  const shell = process.platform === 'win32' && command === 'npm';
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', shell, ...options });
}

/** Installs the dependencies of package-lock.json when they are missing or older than it. */
export function installDependencies() {
  const installed = `${root}/node_modules/.package-lock.json`;
  const lock = `${root}/package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say('Installing dependencies (npm ci) …');
  must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Runs a script of ours under the Node.js that the dependencies bring along. */
export function runWithOwnNode(script, args = []) {
  const own = `${root}/node_modules/node/bin/node`;
  const [major] = process.versions.node.split('.').map(Number);
  const node = existsSync(own) ? own : process.execPath;
  if (node === process.execPath && major < 24) {
    say(`This needs Node.js 24; the one of node_modules is missing and yours is ${process.version}.`);
    process.exit(1);
  }
  const bin = `${root}/node_modules/.bin`;
  const path = process.platform === 'win32' ? `${bin};${process.env.PATH}` : `${bin}:${process.env.PATH}`;
  const { status, signal } = run(node, [script, ...args], { env: { ...process.env, PATH: path } });
  return signal === null ? (status ?? 1) : 130;
}

/** Programs that are looked for, and the Debian package of each. */
const tools = [
  { name: 'git', package: 'git', paths: [] },
  { name: 'ssh', package: 'openssh-client', paths: [] },
  { name: 'sshd', package: 'openssh-server', paths: ['/usr/sbin/sshd', '/usr/local/sbin/sshd'] },
  { name: 'chromium', package: 'chromium', paths: [] },
  { name: 'openssl', package: 'openssl', paths: [] },
];

function isPresent({ name, paths }) {
  const directories = (process.env.PATH ?? '').split(process.platform === 'win32' ? ';' : ':');
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  const inPath = directories.some((directory) =>
    suffixes.some((suffix) => existsSync(`${directory}/${name}${suffix}`)),
  );
  return inPath || paths.some((path) => existsSync(path));
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** Makes sure of the named programs: installs them on Debian and Ubuntu as root, elsewhere says what to install. */
export function installTools(...names) {
  const missing = tools.filter((tool) => names.includes(tool.name) && !isPresent(tool));
  if (missing.length === 0) return;
  const packages = missing.map((tool) => tool.package);
  if (!isDebian() || process.getuid?.() !== 0) {
    say(`Missing: ${missing.map((tool) => tool.name).join(', ')}.`);
    say(
      `Install them first (Debian and Ubuntu: sudo apt-get install ${packages.join(' ')}), then run this again.`,
    );
    process.exit(1);
  }
  say(`Installing ${packages.join(', ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  must('apt-get', ['update', '-qq'], quiet);
  must('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet);
}

import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { pinAndReload } from '../../../src/shell/pins.ts';
import { drain, release } from '../../../src/shell/roll.ts';
import { environment, removeTemporary, sh, shells, temporary, until } from './sh.ts';

afterAll(removeTemporary);

const own = '127.0.0.1 localhost\n172.18.0.9 0123456789ab\n';
const oldPin = '172.18.0.2 web # ops\n';

/** What happens on `nginx -s reload`: old workers go on with what they have, a new one starts. */
const reload = `
cp hosts loaded
for file in proc/*/cmdline; do
  case $(tr '\\0' ' ' < "$file") in "nginx: worker process "*) printf 'nginx: worker process is shutting down\\0' > "$file" ;; esac
done
[ -f stuck ] || { mkdir -p proc/201; printf 'nginx: worker process\\0' > proc/201/cmdline; }
`;

const programs = {
  nginx: `
case $1 in
  -t) cp hosts tested; if [ -f invalid ]; then echo "nginx: [emerg] $(cat invalid)" >&2; exit 1; fi ;;
  -s) [ ! -f no-pid-file ] || { echo 'nginx: [error] invalid PID number "" in "/run/nginx.pid"' >&2; exit 1; }
      . ./reload ;;
esac`,
  // A second passes with each, and processes end when their time has come.
  sleep: `
read -r up rest < proc/uptime; up=$((\${up%%.*} + 1)); echo "$up.25 9.00" > proc/uptime
for file in proc/*/ends; do if [ -f "$file" ] && [ "$(cat "$file")" -le "$up" ]; then rm -r "\${file%/ends}"; fi; done
echo "$1" >> slept`,
};

/** The container of a proxy: its hosts file, its processes, its nginx; `shell` is what it has as `sh`. */
function proxy(shell: readonly string[], hosts = own) {
  const folder = temporary();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const write = (name: string, text: string): void => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  write('hosts', hosts);
  write('reload', reload);
  write('proc/uptime', '1000.25 9.00\n');
  const processes = (all: Readonly<Record<number, string>>): void => {
    for (const [pid, line] of Object.entries(all))
      write(`proc/${pid}/cmdline`, line.replaceAll(' | ', '\0') + '\0');
  };
  processes({
    1: 'nginx: master process nginx -g daemon off;',
    101: 'nginx: worker process',
    102: 'nginx: worker process is shutting down',
    103: 'nginx: cache manager process',
    104: 'sh | -c | echo nginx: worker process',
  });
  const program = (name: string, body: string): void => {
    write(`bin/${name}`, `#!/bin/sh\ncd '${folder}'\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  for (const [name, body] of Object.entries(programs)) program(name, body);
  program(
    'docker',
    `
[ "$1" = exec ] && shift || exit 9
while :; do case $1 in -u) [ "$2" = 0 ] || exit 9; shift 2 ;; -e) export "\${2?}"; shift 2 ;; *) break ;; esac; done
[ "$1 $2 $3" = 'proxy sh -c' ] || exit 9
exec ${shell.join(' ')} -c "$(printf '%s\\n' "$4" | sed 's#/etc/hosts#${folder}/hosts#g; s#/proc/#${folder}/proc/#g')"`,
  );
  const env = { PATH: `${bin}:${environment['PATH'] ?? ''}` };
  const read = (name: string): string | undefined =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined;
  return {
    folder,
    write,
    read,
    processes,
    hosts: () => read('hosts'),
    slept: () => (read('slept') ?? '').split('\n').length - 1,
    context: { appDir: folder, compose: 'docker compose' },
    run: (...script: readonly string[]) => sh(['set -eu', ...script].join('\n'), env),
  };
}

const pin = (...lines: readonly string[]): string[] =>
  pinAndReload(
    'proxy',
    lines.length === 0 ? ':' : `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')}`,
  );

describe.each(shells)('sending traffic, where the container has %s', (...shell) => {
  it('to some addresses: nginx loads with them, and all else in the file stays', () => {
    const of = proxy(shell, own + oldPin);
    const { ino } = statSync(join(of.folder, 'hosts'));
    expect(of.run(...pin('172.18.0.3 web www', '172.18.0.4 api'))).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const wanted = `${own}172.18.0.3 web www # ops\n172.18.0.4 api # ops\n`;
    expect([of.read('tested'), of.read('loaded'), of.hosts()]).toEqual([wanted, wanted, wanted]);
    // Docker mounts the file: another one in its place would not be the container's.
    expect(statSync(join(of.folder, 'hosts')).ino).toBe(ino);
  });

  it('wherever Docker says: no name is pinned', () => {
    const of = proxy(shell, own + oldPin);
    expect(of.run(...pin()).code).toBe(0);
    expect([of.read('loaded'), of.hosts()]).toEqual([own, own]);
  });

  it('fails, and changes nothing, when the configuration is not valid', () => {
    const of = proxy(shell, own + oldPin);
    of.write('invalid', 'unknown directive "servr"');
    expect(of.run(...pin('172.18.0.3 web'))).toMatchObject({
      code: 1,
      stderr: 'nginx: [emerg] unknown directive "servr"\n',
    });
    expect([of.read('tested'), of.hosts()]).toEqual([`${own}172.18.0.3 web # ops\n`, own + oldPin]);
    expect(of.read('loaded')).toBeUndefined();
    const fresh = proxy(shell);
    fresh.write('invalid', 'no');
    expect(fresh.run(...pin('172.18.0.3 web')).code).toBe(1);
    expect(fresh.hosts()).toBe(own);
  });

  it('ends only once a new worker serves', () => {
    const of = proxy(shell);
    of.write('stuck', '');
    // What starts late: as if the kernel had not come to it.
    of.write(
      'bin/sleep',
      `#!/bin/sh\ncd '${of.folder}'; echo >> slept; [ "$(wc -l < slept)" -lt 3 ] || { mkdir -p proc/201; printf 'nginx: worker process\\0' > proc/201/cmdline; }\n`,
    );
    expect(of.run(...pin('172.18.0.3 web')).code).toBe(0);
    expect(of.slept()).toBe(3);
  });
});

it('sending traffic fails when nginx starts no new worker', () => {
  const of = proxy(['sh']);
  of.write('stuck', '');
  expect(of.run(...pin('172.18.0.3 web'))).toMatchObject({
    code: 1,
    stderr: 'nginx did not start new workers within 10 s after the reload.\n',
  });
  expect(of.slept()).toBe(100);
});

describe('an nginx whose pid file is gone', () => {
  const masters: number[] = [];
  afterEach(() => {
    for (const pid of masters.splice(0)) process.kill(pid, 'SIGKILL');
  });

  it('is told by a signal to its master', async () => {
    const of = proxy(['sh']);
    of.write('no-pid-file', '');
    const script = `trap '. ./reload; echo heard > heard' HUP; echo > ready; while :; do /bin/sleep 0.1; done`;
    const child = spawn('sh', ['-c', script], { cwd: of.folder, stdio: 'ignore' });
    masters.push(child.pid ?? 0);
    await until(() => of.read('ready') !== undefined, 'the master');
    rmSync(join(of.folder, 'proc/1'), { recursive: true });
    of.processes({ [child.pid ?? 0]: 'nginx: master process /usr/sbin/nginx' });
    const slow = readFileSync(join(of.folder, 'bin/sleep'), 'utf8');
    of.write('bin/sleep', `${slow}/bin/sleep 0.05\n`);
    expect(of.run(...pin('172.18.0.3 web'))).toMatchObject({ code: 0 });
    expect([of.read('heard'), of.read('loaded')]).toEqual(['heard\n', `${own}172.18.0.3 web # ops\n`]);
  });
});

describe.each(shells)('waiting for old workers, where the container has %s', (...shell) => {
  const drained = (all: Readonly<Record<number, number>>, seconds = 60, uptime = '1000.25') => {
    const of = proxy(shell);
    of.write('proc/uptime', `${uptime} 9.00\n`);
    rmSync(join(of.folder, 'proc/102'), { recursive: true });
    for (const [pid, ends] of Object.entries(all)) {
      of.processes({ [pid]: 'nginx: worker process is shutting down' });
      of.write(`proc/${pid}/ends`, String(1000 + ends));
    }
    return { ...of.run(drain(of.context, 'proxy', seconds * 1000)), slept: of.slept() };
  };

  it('does not wait where there is none', () => {
    expect(drained({})).toEqual({ code: 0, stdout: '', stderr: '', slept: 0 });
  });

  it('waits for the last', () => {
    expect(drained({ 301: 1, 302: 4 })).toMatchObject({ code: 0, stdout: '', slept: 4 });
  });

  it('says every 5 s that it waits', () => {
    expect(drained({ 301: 7, 302: 12 }).stdout).toBe(
      'open connections: 2 old workers\nopen connections: 1 old worker\n',
    );
  });

  it('gives them the whole time, also where it begins late in a second', () => {
    expect(drained({ 301: 100 }, 2, '1000.90').slept).toBe(3);
  });

  it.each([
    [{ 301: 100 }, '1 old worker'],
    [{ 301: 100, 302: 100 }, '2 old workers'],
  ])('goes on when the time is over, and says what is left: %j', (all, left) => {
    expect(drained(all, 2.5)).toMatchObject({
      code: 0,
      stdout: `still ${left} with open connections after 3 s\n`,
      slept: 3,
    });
  });
});

describe.each(shells)('taking the addresses out, where the container has %s', (...shell) => {
  it('leaves all else, and nginx as it is', () => {
    const of = proxy(shell, `${own}${oldPin}172.18.0.3 web # mine\n`);
    expect(of.run(release(of.context, 'proxy'))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect([of.hosts(), of.read('loaded')]).toEqual([`${own}172.18.0.3 web # mine\n`, undefined]);
  });

  it('that are gone: nginx was started anew, and has to ask again', () => {
    const of = proxy(shell);
    expect(of.run(release(of.context, 'proxy')).code).toBe(0);
    expect([of.hosts(), of.read('loaded')]).toEqual([own, own]);
    of.write('invalid', 'host not found');
    expect(of.run(release(of.context, 'proxy'))).toMatchObject({
      code: 1,
      stdout: 'nginx: [emerg] host not found\n',
    });
  });
});

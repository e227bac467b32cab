import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addresses, retire, route, startBeside, up, watch } from '../../../src/shell/roll.ts';
import { fakeDocker, removeTemporary, sh, shells, temporary, until } from './sh.ts';

afterAll(removeTemporary);

const healthy = 'running healthy 0 0 always';

interface Fake {
  /** State, health, restarts, exit code, restart policy. */
  state?: string;
  address?: string;
  /** Its states at the next looks. */
  later?: readonly string[];
}

/**
 * A docker whose containers are files: `web.new1` is container `new1` of service `web`. `compose up` brings the
 * container that lies in `next`.
 */
function engine(containers: Readonly<Record<string, Fake>>, next?: Fake) {
  const folder = temporary();
  const app = join(folder, 'app');
  mkdirSync(join(app, '.ops'), { recursive: true });
  const text = ({ state = healthy, address = '172.18.0.2', later = [] }: Fake): string =>
    `${[state, address, ...later].join('\n')}\n`;
  for (const [name, fake] of Object.entries(containers)) writeFileSync(join(folder, name), text(fake));
  if (next) writeFileSync(join(folder, 'next'), text(next));
  const env = fakeDocker(`
cd '${folder}'
echo "$*" >> log
find_one() { for file in *."$1"; do if [ -f "$file" ]; then echo "$file"; return; fi; done; return 1; }
case $1 in
  ps)
    service=; status=
    for word in "$@"; do case $word in
      label=com.docker.compose.service=*) service=\${word##*=} ;;
      status=*) status="$status \${word#status=}" ;;
    esac; done
    for file in "$service".*; do
      [ -f "$file" ] || continue
      read -r state rest < "$file"
      case "$status " in ' '|*" $state "*) echo "\${file#*.}" ;; esac
    done ;;
  inspect)
    format=; if [ "$2" = --format ]; then format=$3; shift 2; fi; shift
    for id in "$@"; do
      if [ "$id" = proxy ]; then
        if [ -f gone ]; then echo "No such object: proxy" >&2; gone=1
        else printf 'proxy 172.18.0.1=front net\\nproxy 172.19.0.1=other\\n\\n'; fi
        continue
      fi
      file=$(find_one "$id") || exit 1
      { read -r state; read -r address; later=$(cat); } < "$file" || :
      case $format in
        *RestartPolicy*)
          echo "/$id $state"
          [ -z "$later" ] || { echo "$later" | head -n 1; echo "$address"; echo "$later" | tail -n +2; } > "$file" ;;
        *Health.Log*) echo "cannot connect" ;;
        *range\\ \\$name*)
          if [ "$address" = vanished ]; then echo "No such object: $id" >&2; gone=1; continue; fi
          printf '%s\\n' "$id 10.9.9.9=front" "$id 10.9.9.8=front=net" "$id $address=front net" "" ;;
        *println\\ .IPAddress*) printf '%s 8000\\n' "" "invalid IP" "$address" ;;
        *) echo "/$id: $state" ;;
      esac
    done
    [ -z "\${gone-}" ] || exit 1 ;;
  compose) if [ -f next ]; then mv next web.new1; fi ;;
  rm) for id in "$@"; do file=$(find_one "$id") && rm "$file"; done || : ;;
  exec) printf '%s\\n' "$5" > pins ;;
  logs) echo "last words" ;;
  stop) sleep 0.3; echo "stopped $4" >> log ;;
esac
exit 0`);
  const read = (name: string): string =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';
  return {
    context: { appDir: app, compose: 'docker compose' },
    run: (script: string, shell?: readonly string[]) => sh(script, env, shell),
    log: () => read('log').split('\n'),
    loseProxy: () => writeFileSync(join(folder, 'gone'), ''),
    has: (name: string) => existsSync(join(folder, name)),
    /** What the proxy's /etc/hosts would get. */
    pins: () => read('pins'),
    /** What stays of a container. */
    kept: (name: string) => readFileSync(join(app, '.ops/logs', name), 'utf8'),
  };
}

const old: Readonly<Record<string, Fake>> = { 'web.old1': { address: '172.18.0.9' } };

describe.each(shells)('a new container beside the old one, in %s', (...shell) => {
  const begin = (next: Fake | undefined, timeoutMs = 1000) => {
    const docker = engine(old, next);
    const options = { project: 'shop', service: 'web', count: 1, timeoutMs };
    return { docker, result: docker.run(startBeside(docker.context, options), shell) };
  };

  it('is there and healthy', () => {
    const { docker, result } = begin({ state: healthy });
    expect(result).toMatchObject({ code: 0, stdout: 'new new1\n' });
    expect(docker.log()).toContain('compose up --detach --no-build --no-recreate --scale web=2 web');
  });

  it('without a health check it is enough that it runs', () => {
    expect(begin({ state: 'running none 0 0 always' }).result.code).toBe(0);
  });

  it.each([
    ['unhealthy', 'running unhealthy 0 0 always'],
    ['restarted', 'running healthy 1 0 always'],
    ['restarting', 'restarting starting 2 1 always'],
    ['ended with an error', 'exited none 0 1 no'],
    ['ended without an error: a server does not end', 'exited none 0 0 no'],
    ['ended, to be restarted', 'exited none 0 0 always'],
    ['dead', 'dead none 0 0 always'],
    ['not healthy in time', 'running starting 0 0 always'],
    ['never started', 'created none 0 0 always'],
  ])('%s: it goes, with its last words, and the old one stays', (_, state) => {
    const { docker, result } = begin({ state });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/not healthy/i);
    expect(result.stderr).toContain('last words');
    expect(result.stderr).toContain('health check: cannot connect');
    expect(docker.kept('web-new1.log')).toBe('last words\n');
    expect([docker.has('web.new1'), docker.has('web.old1')]).toEqual([false, true]);
  });

  it('is waited for, and people are told', () => {
    const starting = 'running starting 0 0 always';
    const later = [...Array.from({ length: 9 }, () => starting), healthy];
    const { result } = begin({ state: 'created none 0 0 always', later }, 60_000);
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toMatch(/^waiting for new1 \(starting\), [34] s\n(waiting .*\n)*new new1\n$/);
  });

  it('Compose starts none', () => {
    expect(begin(undefined).result).toMatchObject({ code: 1, stderr: 'Compose started no new container.\n' });
  });

  it('none runs any more: the only one has ended since somebody looked', () => {
    const docker = engine({ 'web.dead1': { state: 'exited none 0 1 always' } }, { state: healthy });
    const options = { project: 'shop', service: 'web', count: 1, timeoutMs: 1000 };
    expect(docker.run(startBeside(docker.context, options), shell)).toMatchObject({
      code: 0,
      stdout: 'new new1\n',
    });
    expect(docker.log()).toContain('compose up --detach --no-build --no-recreate --scale web=1 web');
  });

  it.each(['exited', 'created', 'dead'])(
    '%s ones are cleared away first: Compose would start them again',
    (state) => {
      const docker = engine(
        { ...old, 'web.dead1': { state: `${state} none 0 1 always` } },
        { state: healthy },
      );
      const options = { project: 'shop', service: 'web', count: 1, timeoutMs: 1000 };
      expect(docker.run(startBeside(docker.context, options), shell)).toMatchObject({
        code: 0,
        stdout: 'new new1\n',
      });
      expect([docker.has('web.dead1'), docker.has('web.old1')]).toEqual([false, true]);
      expect(docker.kept('web-dead1.log')).toBe('last words\n');
      expect(docker.log()).toContain('compose up --detach --no-build --no-recreate --scale web=2 web');
    },
  );
});

describe.each(shells)('what is brought up, in %s', (...shell) => {
  const restarted = 'running healthy 2 0 always';

  it('may have been restarted before', () => {
    const docker = engine({ 'web.old1': { state: restarted } });
    expect(docker.run(up(docker.context, 'shop', ['web'], 1000, 'keep'), shell).code).toBe(0);
  });

  it('is all healthy in time, or has failed', () => {
    const slow = 'running starting 0 0 always';
    const both = (state: string) => {
      const docker = engine({ 'web.old1': {}, 'api.a1': { state } });
      return docker.run(up(docker.context, 'shop', ['web', 'api'], 1000, 'recreate'), shell);
    };
    expect(both(healthy).code).toBe(0);
    expect(both(slow)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not healthy after 1 s: a1 (starting)') as string,
    });
  });

  it('has the whole time to get healthy, also where it begins late in a second', async () => {
    const docker = engine({ 'web.old1': { state: 'running starting 0 0 always' } });
    const tenth = (): string => readFileSync('/proc/uptime', 'utf8').split(' ')[0]?.at(-2) ?? '';
    await until(() => tenth() === '9', 'the end of a second');
    const started = performance.now();
    expect(docker.run(up(docker.context, 'shop', ['web'], 1000, 'keep'), shell).code).toBe(1);
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
  });

  it('all of it may have been restarted before', () => {
    const docker = engine({ 'web.old1': { state: restarted }, 'api.a1': { state: restarted } });
    expect(docker.run(up(docker.context, 'shop', ['web', 'api'], 1000, 'keep'), shell).code).toBe(0);
    expect(docker.log()).toContain('compose up --detach --no-build --no-recreate web api');
  });

  it('may not be restarted now', () => {
    const docker = engine({ 'web.old1': { state: restarted } }, { state: 'running healthy 1 0 always' });
    const result = docker.run(up(docker.context, 'shop', ['web'], 1000, 'keep'), shell);
    expect([result.code, result.stderr.includes('not healthy: new1')]).toEqual([1, true]);
  });
});

it('a job that is brought up may end', () => {
  const jobs = (state: string) => {
    const docker = engine({ 'job.j1': { state } });
    return docker.run(up(docker.context, 'shop', ['job'], 1000, 'keep')).code;
  };
  expect(jobs('exited none 0 0 no')).toBe(0);
  expect(jobs('exited none 0 0')).toBe(0);
  expect(jobs('exited none 0 1 no')).toBe(1);
  expect(jobs('exited none 0 0 always')).toBe(1);
});

describe.each(shells)('traffic, in %s', (...shell) => {
  const both = { ...old, 'web.new1': { address: '172.18.0.3' }, 'api.a1': { address: '172.18.0.4' } };
  const send = (containers: Readonly<Record<string, Fake>>, ...without: string[]) => {
    const docker = engine(containers);
    const routes = [
      { service: 'web', names: ['web', 'www'], without },
      { service: 'api', names: ['api'], without: [] },
    ];
    return { docker, result: docker.run(route(docker.context, 'shop', 'proxy', routes), shell) };
  };

  it('goes to all that run, by their address in the proxy’s network', () => {
    const { docker, result } = send(both);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(docker.pins()).toBe(
      'pins=172.18.0.3 web www # ops\n172.18.0.9 web www # ops\n172.18.0.4 api # ops\n',
    );
  });

  it('leaves out the ones that go, and those that do not run', () => {
    const { docker } = send({ ...both, 'web.sick1': { state: 'exited none 0 1 always' } }, 'old1');
    expect(docker.pins()).toBe('pins=172.18.0.3 web www # ops\n172.18.0.4 api # ops\n');
  });

  it('goes to the others when one has vanished since', () => {
    const { docker, result } = send({ 'web.a1': { address: 'vanished' }, ...both });
    expect(result.code).toBe(0);
    expect(docker.pins()).toContain('172.18.0.3 web www # ops\n172.18.0.9 web www # ops\n');
  });

  it.each([
    ['none is left', old, ['old1']],
    ['the new one has ended', { ...old, 'web.new1': { state: 'exited none 0 0 no' } }, ['old1']],
    ['the new one has no address', { ...old, 'web.new1': { address: '' } }, ['old1']],
    ['Docker 29 says that the new one has none', { ...old, 'web.new1': { address: 'invalid IP' } }, ['old1']],
  ])('stays where it is when %s', (_, containers, without) => {
    const { docker, result } = send({ ...containers, 'api.a1': {} }, ...without);
    expect(result).toMatchObject({
      code: 1,
      stderr: 'No running container of web can be reached by the proxy.\n',
    });
    expect(docker.has('pins')).toBe(false);
  });

  it('stays where it is when the proxy is gone', () => {
    const docker = engine(old);
    docker.loseProxy();
    const routes = [{ service: 'web', names: ['web'], without: [] }];
    expect(docker.run(route(docker.context, 'shop', 'proxy', routes), shell)).toMatchObject({
      code: 1,
      stderr: 'No such object: proxy\nThe container of the proxy is gone, or in no network.\n',
    });
  });

  it('goes by Docker’s names again when nothing is to be pinned', () => {
    const docker = engine({});
    expect(docker.run(route(docker.context, 'shop', 'proxy', []), shell).code).toBe(0);
    expect(docker.pins()).toBe('pins=\n');
  });
});

describe.each(shells)('watching, in %s', (...shell) => {
  const observe = (containers: Readonly<Record<string, Fake>>, durationMs = 0) => {
    const docker = engine(containers);
    return docker.run(
      watch(docker.context, 'shop', [{ service: 'web', without: ['old1'] }], durationMs),
      shell,
    );
  };
  const sick = { 'web.old1': { state: 'running unhealthy 0 0 always' } };

  it('takes the time that it is given, and looks at the new ones only', () => {
    const began = performance.now();
    expect(observe({ ...sick, 'web.new1': {} }, 1500)).toMatchObject({ code: 0, stderr: '' });
    expect(performance.now() - began).toBeGreaterThan(1400);
  });

  it.each([
    ['one is unhealthy', { 'web.new1': { state: 'running unhealthy 0 0 always' } }],
    ['one was restarted', { 'web.new1': { state: 'running healthy 1 0 always' } }],
    ['one has ended', { 'web.new1': { state: 'exited none 0 0 no' } }],
  ])('fails when %s', (_, containers) => {
    expect(observe({ ...sick, ...containers }).code).toBe(1);
  });

  it('fails when none is there', () => {
    expect(observe(sick)).toMatchObject({ code: 1, stderr: 'No new container is there to watch.\n' });
  });
});

it('stops and removes what goes, and what is gone already is no failure', () => {
  const docker = engine({ ...old, 'web.new1': {} });
  expect(docker.run(retire(docker.context, ['old1', 'gone1'], 2500))).toMatchObject({ code: 0 });
  expect([docker.has('web.old1'), docker.has('web.new1')]).toEqual([false, true]);
  const log = docker.log();
  expect(log).toContain('stop --time 3 old1');
  // It has its grace before it goes.
  expect(log.indexOf('stopped old1')).toBeLessThan(log.indexOf('rm --force old1'));
  expect(docker.kept('retired-old1.log')).toBe('last words\n');
});

it('stops all at once', () => {
  const docker = engine({ 'web.old1': {}, 'web.old2': {} });
  expect(docker.run(retire(docker.context, ['old1', 'old2'], undefined)).code).toBe(0);
  const log = docker.log().filter((line) => line.startsWith('stop'));
  expect(log.slice(0, 2).toSorted()).toEqual(['stop old1', 'stop old2']);
});

it('lists the addresses of new containers', () => {
  const ended = { state: 'exited none 0 0 no', address: '172.18.0.4' };
  const docker = engine({ ...old, 'web.new1': { address: '172.18.0.3' }, 'web.new2': ended });
  expect(docker.run(addresses(docker.context, 'shop', 'web', ['old1'], 8000)).stdout).toBe(
    '172.18.0.3 8000\n',
  );
});

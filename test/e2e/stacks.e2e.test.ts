import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { targetFile } from '../../src/sandbox/state.ts';
import { selfSigned } from '../support/certificate.ts';
import { sandbox, type TestSandbox } from '../support/sandbox.ts';
import {
  expectClean,
  expectUnnoticed,
  hostsOf,
  opsFor,
  pushRelease,
  serving,
  underLoad,
} from '../support/shop-server.ts';

/** Stacks that people have and the sample app is not: what ops has to find out by itself. */

const file = 'docker-compose.prod.yml';
/** A service without a health check, as most are. */
const worker = `
  worker:
    image: ops-sandbox/python-app:trixie
    command: [sleep, infinity]
    init: true
    restart: unless-stopped
`;
/** db, backend, nginx, worker. */
const containers = 4;

let server: TestSandbox;
let ops: ReturnType<typeof opsFor>;

beforeAll(async () => {
  server = await sandbox({ name: 'e2e-shop' });
  await server.reset('after');
  // Nobody says which service is the proxy, which may be rolled, which keeps state.
  const { services: _, ...target } = parse(targetFile(server.state)) as Record<string, unknown>;
  writeFileSync(join(server.root, 'ops.yaml'), stringify({ targets: { plain: target } }));
  ops = opsFor({ ...server, name: 'plain' });
});

afterAll(async () => {
  rmSync(join(server.root, 'ops.yaml'), { force: true });
  await server.rest();
});

async function push(version: string, files?: Readonly<Record<string, string>>): Promise<string> {
  return await pushRelease(server, version, files);
}

const proxyId = async (): Promise<string> =>
  await server.sh('docker inspect --format "{{.Id}}" shop-nginx-1');

describe('a proxy in an image that the project builds, and a service without a health check', () => {
  it('runs on while the app is built without cache and replaced', async () => {
    const compose = await server.sh(`cat /srv/app/${file}`);
    const built = compose
      .replace('image: ops-sandbox/nginx:1.26', 'build: ./nginx')
      .replace(/ {4}volumes:\n {6}- \.\/nginx\/nginx\.conf\S*\n/, '')
      .replace('\nvolumes:\n  db-data:', `${worker}\nvolumes:\n  db-data:`);
    expect(built).not.toContain('/etc/nginx/nginx.conf');
    expect(built).toContain('sleep, infinity');
    // With something in it that no two builds have in common.
    const dockerfile =
      'FROM ops-sandbox/nginx:1.26\nCOPY nginx.conf /etc/nginx/nginx.conf\nRUN date +%s%N > /built\n';
    await push('one', { [file]: built, 'nginx/Dockerfile': dockerfile });
    const first = await ops(['deploy', '--json']);
    expect([first.stderr, first.code]).toEqual(['', 0]);
    const again = await ops(['deploy', '--json']);
    expect([again.code, hostsOf(again)[0]?.outcome]).toEqual([0, 'nothing-to-do']);
    const before = await proxyId();

    await push('two');
    const env = { OPS_BUILD_CACHE: 'false' };
    const done = await underLoad(server, async () => await ops(['deploy', '--json'], { env }));
    expect([done.value.code, hostsOf(done.value)[0]?.outcome]).toEqual([0, 'live']);
    expect(done.value.stdout).toMatch(/Not built again.*: nginx/);
    expectUnnoticed(done);
    expect((await serving(server)).version).toBe('two');
    expect(await proxyId()).toBe(before);
    await expectClean(server, { containers });

    const back = await underLoad(server, async () => await ops(['rollback', '--json']));
    expect(back.value.code).toBe(0);
    expectUnnoticed(back);
    expect((await serving(server)).version).toBe('one');
    expect(await proxyId()).toBe(before);
    await expectClean(server, { containers });
  });

  it('is replaced only with consent when its configuration changes', async () => {
    const conf = await server.sh('cat /srv/app/nginx/nginx.conf');
    const marked = conf.replace('location / {', 'location / {\n      add_header X-Shop-Conf new always;');
    await push('three', { 'nginx/nginx.conf': marked });
    const refused = await ops(['deploy', '--json']);
    expect(refused.code).toBe(4);
    expect(refused.stdout).toContain('NEEDS_DOWNTIME');
    expect((await ops(['deploy', '--allow-downtime'])).code).toBe(0);
    expect((await fetch(`${server.url()}/version`)).headers.get('x-shop-conf')).toBe('new');
    await expectClean(server, { containers });
  });
});

describe('a release that brings a new worker, and fails', () => {
  const ran = async (service: string): Promise<string> =>
    await server.sh(
      `docker ps --all --quiet --filter label=com.docker.compose.project=shop --filter label=com.docker.compose.service=${service}`,
    );

  it('is put back, and the worker does not go on without it', async () => {
    const plain = await server.sh(`cat /srv/app/${file}`);
    const more = plain.replace(
      '\nvolumes:\n  db-data:',
      `${worker.replace('worker:', 'mailer:')}\nvolumes:\n  db-data:`,
    );
    expect(more).toContain('mailer:');
    await push('mailer', { [file]: more, 'backend/fault.txt': 'never-healthy' });
    const failed = await ops(['deploy'], { env: { OPS_HEALTH_TIMEOUT: '6s' } });
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain('Stop and remove what only the failed release has: mailer');
    expect(await ran('mailer')).toBe('');
    await expectClean(server, { containers });

    await push('mailer again', { 'backend/fault.txt': '' });
    expect((await ops(['deploy', '--json'])).code).toBe(0);
    expect(await ran('mailer')).not.toBe('');
    await push('no mailer', { [file]: plain });
    const without = await ops(['deploy', '--json']);
    expect(without.code).toBe(0);
    // A commit that leaves a service out was meant; what becomes of its containers is said, and left to people.
    expect(without.stdout).toContain('mailer is not among the services of the Compose files');
    await server.sh('docker rm --force shop-mailer-1');
    await expectClean(server, { containers });
  });
});

describe('a site that sends everybody to https', () => {
  it('is deployed and checked over https, as visitors meet it', async () => {
    const conf = await server.sh('cat /srv/app/nginx/nginx.conf');
    const compose = await server.sh(`cat /srv/app/${file}`);
    const secure = conf.replace(
      'listen 80;',
      [
        'listen 80;',
        'server_name shop.test;',
        'location = /nginx-health { return 200 "ok\\n"; }',
        'location / { return 301 https://shop.test$request_uri; }',
        '}',
        'server {',
        'listen 443 ssl;',
        'server_name shop.test;',
        'ssl_certificate /etc/nginx/tls.crt;',
        'ssl_certificate_key /etc/nginx/tls.key;',
      ].join('\n'),
    );
    const { key, certificate } = selfSigned('shop.test', 'DNS:shop.test');
    await push('secure', {
      [file]: compose.replace("- '80:80'", "- '80:80'\n      - '443:443'"),
      'nginx/Dockerfile':
        'FROM ops-sandbox/nginx:1.26\nCOPY tls.crt tls.key /etc/nginx/\nCOPY nginx.conf /etc/nginx/nginx.conf\n',
      'nginx/nginx.conf': secure,
      'nginx/tls.crt': certificate,
      'nginx/tls.key': key,
    });
    const first = await ops(['deploy', '--json', '--allow-downtime']);
    expect([first.stderr, first.code]).toEqual(['', 0]);
    const answer = await fetch(`${server.url()}/version`, { redirect: 'manual' });
    expect(answer.status).toBe(301);

    await push('secure two');
    const second = await ops(['deploy', '--json']);
    expect([second.code, hostsOf(second)[0]?.probe?.failed]).toEqual([0, 0]);
    expect(hostsOf(second)[0]?.probe?.requests).toBeGreaterThan(20);
    expect(await version()).toContain('secure two');

    const check = await ops(['check', '--json', '--only', 'response-time', '--only', 'health']);
    expect(check.stdout).toContain('with TLS for shop.test');
    const { hosts } = check.json() as { hosts: { checks: { id: string; status: string }[] }[] };
    expect(hosts[0]?.checks.map(({ id, status }) => [id, status])).toEqual([
      ['response-time', 'pass'],
      ['health', 'pass'],
    ]);
  });

  it('gets its release back when the new one answers with errors behind the redirect', async () => {
    await push('broken', { 'backend/fault.txt': 'answers-500' });
    const failed = await ops(['deploy', '--json'], {
      env: { OPS_STABILITY: '5s', OPS_HEALTH_PATH: '/version' },
    });
    expect([failed.code, hostsOf(failed)[0]?.outcome]).toEqual([5, 'restored']);
    expect(await version()).toContain('secure two');
    await expectClean(server, { containers });
  });

  /** What a visitor of https gets. */
  const version = async (): Promise<string> =>
    await server.sh('docker exec shop-nginx-1 curl -fsSk -H "Host: shop.test" https://127.0.0.1/version');
});

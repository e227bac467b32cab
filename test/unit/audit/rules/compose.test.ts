import { describe, expect, it } from 'vitest';
import { composeDatabasePublished } from '../../../../src/audit/rules/compose-database-published.ts';
import { composeDependsOnUnhealthy } from '../../../../src/audit/rules/compose-depends-on-unhealthy.ts';
import { composeFileMount } from '../../../../src/audit/rules/compose-file-mount.ts';
import { composeImageLatest } from '../../../../src/audit/rules/compose-image-latest.ts';
import { composeNoHealthcheck } from '../../../../src/audit/rules/compose-no-healthcheck.ts';
import { composeNoLogRotation } from '../../../../src/audit/rules/compose-no-log-rotation.ts';
import { composeNoRestart } from '../../../../src/audit/rules/compose-no-restart.ts';
import { composeSourceMounted } from '../../../../src/audit/rules/compose-source-mounted.ts';
import { composeStopGrace } from '../../../../src/audit/rules/compose-stop-grace.ts';
import { containerNoLimits } from '../../../../src/audit/rules/container-no-limits.ts';
import type { Rule } from '../../../../src/audit/rule.ts';
import type { Verdict } from '../../../../src/audit/finding.ts';
import {
  composeStack,
  judge,
  mended,
  planFor,
  type ComposeStackOptions,
} from '../../../support/compose-stack.ts';

interface Case extends Omit<ComposeStackOptions, 'texts'> {
  name: string;
  rule: Rule;
  /** The services. */
  compose: string;
  texts?: Readonly<Record<string, string>>;
  /** `fail app medium` */
  verdicts: string[];
  /** What the services are after the fix; nothing fails then. */
  fixed?: string;
}

const dockerfile = { 'app/Dockerfile': 'FROM python:3.13\nCMD ["gunicorn", "main:app"]\n' };
const checked = {
  'app/Dockerfile': 'FROM python:3.13\nHEALTHCHECK CMD curl -f localhost\nCMD ["gunicorn", "main:app"]\n',
};

const cases: Case[] = [
  {
    name: 'tags that name a base system and no version',
    rule: composeImageLatest,
    compose:
      'db: {image: "postgres:alpine"}\ncache: {image: "redis:bookworm"}\nproxy: {image: "nginx:stable-alpine"}\nmq: {image: "rabbitmq:3-management"}\napi: {image: "me/api:release-4"}',
    verdicts: ['fail db medium', 'fail cache low', 'fail proxy low', 'pass mq', 'pass api'],
  },
  {
    name: 'a job that ends by itself is not started over and over',
    rule: composeNoRestart,
    compose:
      "buckets: {image: minio/mc:1, entrypoint: ['/bin/sh', '-c', 'mc mb store/files; exit 0;']}\ncreatebuckets: {image: minio/mc:1}\nconfigurator: {image: 'erp:1'}",
    verdicts: [],
  },
  {
    name: 'settings that are written in Python are no sources of the app',
    rule: composeSourceMounted,
    compose: 'app: {build: ., volumes: ["./conf:/etc/app"]}',
    texts: { Dockerfile: 'FROM python:3.13\nCMD ["gunicorn", "main:app"]\n', 'conf/app.conf.py': 'A = 1\n' },
    verdicts: ['pass app'],
  },
  {
    name: 'a database, an app and a proxy without limits',
    rule: containerNoLimits,
    compose: 'db: {image: postgres:17}\napp: {build: app}\nproxy: {image: nginx:1.27}',
    texts: dockerfile,
    verdicts: ['fail db medium', 'fail app medium', 'fail proxy low'],
    fixed:
      "db: {image: postgres:17, deploy: {resources: {limits: {memory: 512M, cpus: '0.5'}}}}\napp: {build: app, deploy: {resources: {limits: {memory: 512M, cpus: '0.5'}}}}\nproxy: {image: nginx:1.27, deploy: {resources: {limits: {memory: 512M, cpus: '0.5'}}}}",
  },
  {
    name: 'limits in the old syntax, one of them missing',
    rule: containerNoLimits,
    compose: 'db:\n  image: postgres:17\n  mem_limit: 1g\n  # last',
    verdicts: ['fail db low'],
    fixed: 'db:\n  image: postgres:17\n  mem_limit: 1g\n  cpus: 0.5\n  # last',
  },
  {
    name: 'limits in both syntaxes',
    rule: containerNoLimits,
    compose:
      'db: {image: postgres:17, mem_limit: 1g, cpus: 1}\ncache: {image: redis:7, deploy: {resources: {limits: {cpus: "1", memory: 64M}}}}',
    verdicts: ['pass db', 'pass cache'],
  },
  {
    name: 'a limit from a variable that nobody sets',
    rule: containerNoLimits,
    compose: 'db: {image: postgres:17, mem_limit: "$MEMORY", cpus: 1}',
    verdicts: ['unknown db'],
  },
  {
    name: 'an app and a worker whose image comes from elsewhere: nobody knows what they need',
    rule: containerNoLimits,
    compose:
      'app: {image: other/app:1, command: gunicorn app:app}\njobs: {image: other/app:1, command: bundle exec sidekiq}',
    verdicts: ['fail app medium', 'fail jobs medium'],
  },
  {
    name: 'more workers than the limit would be for: nothing is proposed',
    rule: containerNoLimits,
    compose:
      'app: {build: app, command: gunicorn main:app -w 12}\njobs: {build: app, command: celery -A main worker}',
    texts: dockerfile,
    verdicts: ['fail app medium', 'fail jobs medium'],
  },
  {
    name: 'limits that only the running container shows',
    rule: containerNoLimits,
    compose: 'db: {image: postgres:17}',
    containers: { db: [{ memoryLimitBytes: 1e9, cpuLimit: 1 }] },
    verdicts: ['pass db'],
  },
  {
    name: 'a job that ends needs no limits',
    rule: containerNoLimits,
    compose:
      'prepare: {image: app:1}\napp: {image: app:1, depends_on: {prepare: {condition: service_completed_successfully}}}',
    verdicts: ['fail prepare info', 'fail app low'],
  },
  {
    name: 'a database without a health check gets one',
    rule: composeNoHealthcheck,
    compose: 'db:\n  image: postgres:17\ncache:\n  image: redis:7-alpine',
    verdicts: ['fail db low', 'fail cache low'],
    fixed: `db:
  image: postgres:17
  healthcheck:
    test: [CMD-SHELL, 'pg_isready -q -h 127.0.0.1 -U "$\${POSTGRES_USER:-postgres}" -d "$\${POSTGRES_DB:-$\${POSTGRES_USER:-postgres}}"']
    interval: 10s
    timeout: 5s
    retries: 5
    start_period: 30s
cache:
  image: redis:7-alpine
  healthcheck:
    test: [CMD, redis-cli, ping]
    interval: 10s
    timeout: 5s
    retries: 5
    start_period: 30s`,
  },
  {
    name: 'an app whose image has no health check',
    rule: composeNoHealthcheck,
    compose: 'app: {build: app}',
    texts: dockerfile,
    verdicts: ['fail app medium'],
  },
  {
    name: 'a health check in the Dockerfile',
    rule: composeNoHealthcheck,
    compose: 'app: {build: app}',
    texts: checked,
    verdicts: ['pass app'],
  },
  {
    name: 'an image that nobody has seen, one that runs, a worker',
    rule: composeNoHealthcheck,
    compose:
      'one: {image: me/one:1}\ntwo: {image: me/two:1}\nworker: {image: me/one:1, command: celery -A main worker}\noff: {image: x:1, healthcheck: {disable: true}}',
    containers: { two: [{ health: 'healthy' }] },
    verdicts: ['unknown one info', 'pass two', 'fail off info'],
  },
  {
    name: 'a list of dependencies, one of them with a health check',
    rule: composeDependsOnUnhealthy,
    compose:
      'db:\n  image: postgres:17\n  healthcheck: {test: pg_isready}\ncache: {image: redis:7}\nworker:\n  image: app:1\n  depends_on:\n    - db\n    - cache\n  restart: always',
    verdicts: ['fail worker low'],
    fixed:
      'db:\n  image: postgres:17\n  healthcheck: {test: pg_isready}\ncache: {image: redis:7}\nworker:\n  image: app:1\n  depends_on:\n    db:\n      condition: service_healthy\n    cache:\n      condition: service_started\n  restart: always',
  },
  {
    name: 'dependencies that are waited for, or cannot be',
    rule: composeDependsOnUnhealthy,
    compose:
      'db: {image: postgres:17, healthcheck: {test: pg_isready}}\ncache: {image: redis:7}\na: {image: a:1, depends_on: {db: {condition: service_healthy}, cache: {condition: service_started}}}\nb: {image: b:1, depends_on: [cache]}\nc: {image: c:1, depends_on: [nobody]}',
    verdicts: ['pass a'],
  },
  {
    name: 'services without a restart policy',
    rule: composeNoRestart,
    compose:
      'db:\n  image: postgres:17\ntool:\n  image: tool:1\njob:\n  image: job:1\n  restart: "no"\nmigrate:\n  image: app:1\nok:\n  image: a:1\n  restart: unless-stopped\nswarm:\n  image: a:1\n  deploy: {restart_policy: {condition: on-failure}}',
    verdicts: ['fail db medium', 'fail tool low', 'fail job info', 'pass ok', 'pass swarm'],
    fixed:
      'db:\n  image: postgres:17\n  restart: unless-stopped\ntool:\n  image: tool:1\n  restart: unless-stopped\njob:\n  image: job:1\n  restart: unless-stopped\nmigrate:\n  image: app:1\nok:\n  image: a:1\n  restart: unless-stopped\nswarm:\n  image: a:1\n  deploy: {restart_policy: {condition: on-failure}}',
  },
  {
    name: 'logs without a limit, and with one',
    rule: composeNoLogRotation,
    compose:
      "a:\n  image: a:1\nb:\n  image: b:1\n  logging: {driver: local}\nc:\n  image: c:1\n  logging: {options: {max-size: 1m}}\nd:\n  image: d:1\n  logging:\n    driver: json-file\n    options:\n      max-file: '9'",
    verdicts: ['fail a low', 'pass b', 'pass c', 'fail d low'],
    fixed:
      "a:\n  image: a:1\n  logging:\n    driver: json-file\n    options:\n      max-size: 10m\n      max-file: '3'\nb:\n  image: b:1\n  logging: {driver: local}\nc:\n  image: c:1\n  logging: {options: {max-size: 1m}}\nd:\n  image: d:1\n  logging:\n    driver: json-file\n    options:\n      max-file: '3'\n      max-size: 10m",
  },
  {
    name: 'the daemon of the host rotates, or does not',
    rule: composeNoLogRotation,
    compose: 'a: {image: a:1}\nb: {image: b:1}',
    containers: { a: [{ logDriver: 'json-file', logMaxSize: '10m' }], b: [{ logDriver: 'json-file' }] },
    verdicts: ['pass a', 'fail b medium'],
  },
  {
    name: 'published databases, and one of them on 127.0.0.1',
    rule: composeDatabasePublished,
    compose:
      'db:\n  image: postgres:17\n  ports:\n    - "5432:5432" # for me\n    - 5433\n    - 0.0.0.0:5434:5432\ncache:\n  image: redis:7\n  ports: [127.0.0.1:6379:6379]\nqueue:\n  image: rabbitmq:4\n  ports:\n    - target: 5672\n      published: "5672"\napp:\n  image: a:1\n  ports: ["80:80"]\ninner:\n  image: mysql:8\n  expose: [3306]',
    verdicts: ['fail db high', 'pass cache', 'fail queue high'],
    fixed:
      'db:\n  image: postgres:17\n  ports:\n    - "127.0.0.1:5432:5432" # for me\n    - 127.0.0.1::5433\n    - 127.0.0.1:5434:5432\ncache:\n  image: redis:7\n  ports: [127.0.0.1:6379:6379]\nqueue:\n  image: rabbitmq:4\n  ports:\n    - target: 5672\n      published: "5672"\n      host_ip: 127.0.0.1\napp:\n  image: a:1\n  ports: ["80:80"]\ninner:\n  image: mysql:8\n  expose: [3306]',
  },
  {
    name: 'a database published where a variable says',
    rule: composeDatabasePublished,
    compose:
      'db: {image: postgres:17, ports: ["${BIND}:5432:5432"]}\ndb2: {image: postgres:17, ports: ["${BIND:-127.0.0.1}:1:1"]}',
    verdicts: ['unknown db', 'pass db2'],
  },
  {
    name: 'images with and without a version',
    rule: composeImageLatest,
    compose:
      'a: {image: postgres}\nb: {image: "registry:5000/x"}\nc: {image: "x:latest"}\nd: {image: "x:1"}\ne: {image: "x@sha256:00"}\nf: {image: "x:${TAG:-latest}"}\ng: {build: app, image: g}\nh: {image: "x:${TAG}"}',
    texts: dockerfile,
    verdicts: ['fail a medium', 'fail b low', 'fail c low', 'pass d', 'pass e'],
  },
  {
    name: 'sources that are mounted over those of the image',
    rule: composeSourceMounted,
    compose:
      'a: {build: app, volumes: ["./app:/app"]}\nb: {build: app, volumes: ["./app/src:/app/src:ro"]}\nc: {build: app, volumes: ["./app/uploads:/app/uploads", "data:/data", "./app/main.py:/app/main.py"]}\nd: {build: app, volumes: [".:/app"]}\ndb: {image: postgres:17, volumes: [".:/x"]}',
    texts: { ...dockerfile, 'app/src/main.py': '', 'app/uploads/a.txt': '', 'app/main.py': '' },
    verdicts: ['fail a medium', 'fail b medium', 'pass c', 'fail d medium'],
  },
  {
    name: 'one file or a directory',
    rule: composeFileMount,
    compose:
      'a: {image: nginx:1, volumes: ["./n.conf:/etc/nginx/nginx.conf"]}\nb: {image: nginx:1, volumes: ["./conf:/etc/nginx/conf.d"]}',
    texts: { 'n.conf': '', 'conf/a.conf': '' },
    verdicts: ['fail a info'],
  },
  {
    name: 'an app that is given less time than it takes',
    rule: composeStopGrace,
    compose:
      'a:\n  build: app\nb:\n  build: app\n  stop_grace_period: 1m\nc:\n  build: app\n  stop_grace_period: 20s # slow\nd: {image: d:1}',
    texts: dockerfile,
    verdicts: ['fail a low', 'pass b', 'fail c low'],
    fixed:
      'a:\n  build: app\n  stop_grace_period: 35s\nb:\n  build: app\n  stop_grace_period: 1m\nc:\n  build: app\n  stop_grace_period: 35s # slow\nd: {image: d:1}',
  },
];

const short = (rule: Rule, verdicts: readonly Verdict[]) =>
  verdicts.map(({ status, subject, severity }) =>
    [status, subject, ...(status === 'fail' ? [severity ?? rule.severity] : severity ? [severity] : [])].join(
      ' ',
    ),
  );

describe('rules about Compose files', () => {
  it.each(cases)('$rule.id: $name', ({ rule, compose, texts = {}, verdicts, fixed, ...rest }) => {
    const file = (services: string) => `services:\n  ${services.replaceAll('\n', '\n  ')}\n`;
    const all = { 'compose.yaml': file(compose), ...texts };
    const stack = composeStack({ ...rest, texts: all });
    const plan = planFor(...stack.services.map(({ name }) => name));
    const found = judge(rule, stack, plan);
    expect(short(rule, found)).toEqual(verdicts);
    for (const { message, at } of found) {
      expect(message).toMatch(/^[^\n]+\.$/);
      expect(at).toBeDefined();
    }
    if (fixed === undefined) return;
    const after = mended(all, found);
    expect(after['compose.yaml']).toBe(file(fixed));
    const again = judge(rule, composeStack({ ...rest, texts: after }), plan);
    expect(again.filter(({ status }) => status === 'fail')).toEqual([]);
  });
});

import { FlowList, type YamlValue } from '../../readers/compose/yaml-value.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import { composeFix, healthcheckOf, isOneOff } from '../subjects/compose.ts';
import type { Fix, Verdict } from '../finding.ts';
import { rule } from '../rule.ts';

export const composeNoHealthcheck = rule({
  id: 'compose-no-healthcheck',
  category: 'operations',
  severity: 'medium',
  title: {
    fail: 'Nothing tells whether the service works',
    pass: 'The service has a health check',
  },
  why: 'Docker knows only whether a process runs. With a health check it knows whether the service answers: `depends_on` can wait for it, a deploy can keep the old container until the new one works, and a hung process is seen. Ask something cheap that needs no other service.',
  example: {
    language: 'yaml',
    bad: 'services:\n  db:\n    image: postgres:17',
    good: 'services:\n  db:\n    image: postgres:17\n    healthcheck:\n      test: [CMD, pg_isready, -q, -h, 127.0.0.1]\n      interval: 10s',
  },
  references: [
    'https://docs.docker.com/reference/compose-file/services/#healthcheck',
    'https://docs.docker.com/reference/dockerfile/#healthcheck',
    'https://www.postgresql.org/docs/current/app-pg-isready.html',
  ],
  evaluate: (stack) =>
    stack.services
      .filter((service) => service.role !== 'worker' && !isOneOff(stack, service))
      .map((service) => judge(stack, service)),
});

function judge(stack: Stack, service: Service): Verdict {
  const found = healthcheckOf(service);
  const common = {
    subject: service.name,
    at: service.compose.nameAt,
    confidence: service.live ? 'live' : 'static',
  } as const;
  switch (found) {
    case 'compose':
    case 'image':
    case 'live':
      return {
        ...common,
        status: 'pass',
        message:
          found === 'compose'
            ? `${service.name} has a health check.`
            : `The image of ${service.name} brings a health check.`,
      };
    case 'unknown':
      return {
        ...common,
        status: 'unknown',
        severity: 'info',
        message: `${service.name} has no health check in the Compose file; whether its image brings one cannot be seen here.`,
      };
    case 'disabled':
      return {
        ...common,
        status: 'fail',
        severity: 'info',
        message: `The health check of ${service.name} is switched off.`,
      };
    case 'none':
      return {
        ...common,
        status: 'fail',
        severity: service.role === 'app' ? 'medium' : 'low',
        message: `${service.name} counts as up as soon as its process starts, whether it answers or not.`,
        current: 'no health check',
        expected: 'a health check',
        fix: fixOf(stack, service),
      };
  }
}

/** Commands that the official images have on board, and that need no password. */
function readyTest({ role, compose }: Service): YamlValue | undefined {
  const image = compose.build ? '' : (compose.image?.value ?? '');
  if (role === 'postgres') return new FlowList(['CMD-SHELL', postgresTest]);
  if (/(?:^|\/)(?:redis|valkey|redis-stack-server)(?:[:@]|$)/.test(image))
    return new FlowList(['CMD', 'redis-cli', 'ping']);
  if (/(?:^|\/)mysql(?:[:@]|$)/.test(image))
    return new FlowList(['CMD', 'mysqladmin', 'ping', '-h', '127.0.0.1', '--silent']);
  if (/(?:^|\/)mariadb(?:[:@]|$)/.test(image))
    return new FlowList(['CMD', 'healthcheck.sh', '--connect', '--innodb_initialized']);
  if (/(?:^|\/)rabbitmq(?:[:@]|$)/.test(image))
    return new FlowList(['CMD', 'rabbitmq-diagnostics', '-q', 'ping']);
  return undefined;
}

/** Over TCP, because the server that prepares a new volume listens on its socket only. `$$` is Compose's `$`. */
const postgresTest =
  'pg_isready -q -h 127.0.0.1 -U "$${POSTGRES_USER:-postgres}" -d "$${POSTGRES_DB:-$${POSTGRES_USER:-postgres}}"';

function fixOf(stack: Stack, service: Service): Fix {
  const test = readyTest(service);
  const title = `Add a health check to ${service.name}`;
  if (test === undefined)
    return {
      title,
      edits: [],
      manual: `Add \`healthcheck.test\` to \`${service.name}\`: a request to a path that needs no other service, with a program that the image has, such as \`[CMD, curl, -fsS, -o, /dev/null, http://127.0.0.1:PORT/health]\`.`,
      requires: 'recreate',
    };
  return composeFix(
    stack,
    service,
    { healthcheck: { test, interval: '10s', timeout: '5s', retries: 5, start_period: '30s' } },
    { title, manual: `Add \`healthcheck\` to \`${service.name}\`.` },
  );
}

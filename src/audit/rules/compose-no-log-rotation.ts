import type { Service, Stack } from '../../stack/stack.ts';
import { composeFix, isOneOff, isUnresolved, valueOf } from '../subjects/compose.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';

export const composeNoLogRotation = rule({
  id: 'compose-no-log-rotation',
  category: 'operations',
  severity: 'low',
  title: {
    fail: "The container's log grows without end",
    pass: "The container's log is rotated",
  },
  why: 'Docker keeps what a container prints in a JSON file that is never cut, unless `max-size` says so. An access log fills the disk in months, a loop that logs its error in hours, and a full disk stops PostgreSQL. `/etc/docker/daemon.json` can set it for all new containers; in the Compose file it holds on every host.',
  example: {
    language: 'yaml',
    bad: 'services:\n  backend:\n    image: shop',
    good: "services:\n  backend:\n    image: shop\n    logging:\n      driver: json-file\n      options:\n        max-size: 10m\n        max-file: '3'",
  },
  references: [
    'https://docs.docker.com/engine/logging/drivers/json-file/#options',
    'https://docs.docker.com/engine/logging/configure/',
  ],
  evaluate: (stack) =>
    stack.services
      .filter((service) => !isOneOff(stack, service) && !isUnresolved(service, 'logging', 'driver'))
      .map((service) => judge(stack, service)),
});

function judge(stack: Stack, service: Service): Verdict {
  const running = service.live?.containers.find(({ logDriver }) => logDriver !== undefined);
  const written = valueOf(service, 'logging', 'driver');
  const driver = running?.logDriver ?? written ?? 'json-file';
  const size = running ? running.logMaxSize : valueOf(service, 'logging', 'options', 'max-size');
  const common = {
    subject: service.name,
    at: service.compose.get('logging')?.at ?? service.compose.nameAt,
    confidence: running ? 'live' : 'static',
  } as const;
  if (driver !== 'json-file')
    return { ...common, status: 'pass', message: `${service.name} logs through the driver ${driver}.` };
  if (size !== undefined && size !== '-1' && size !== '')
    return {
      ...common,
      status: 'pass',
      message: `The log of ${service.name} is cut at ${size}.`,
      current: size,
    };
  if (isUnresolved(service, 'logging', 'options', 'max-size'))
    return {
      ...common,
      status: 'unknown',
      message: `\`max-size\` of ${service.name} comes from a variable without a value.`,
    };
  return {
    ...common,
    status: 'fail',
    ...(running ? { severity: 'medium' } : {}),
    message: running
      ? `The log of ${service.name} is kept without a limit.`
      : `No \`max-size\` is set for the log of ${service.name}; unless the Docker daemon of the host has one, the log grows without end.`,
    current: 'no max-size',
    expected: 'max-size 10m, max-file 3',
    ...(running
      ? {
          evidence: [{ source: `docker inspect ${running.name}`, text: `LogConfig: ${driver}, no max-size` }],
        }
      : {}),
    fix: composeFix(
      stack,
      service,
      { logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } } },
      {
        title: `Rotate the log of ${service.name}`,
        manual: `Set \`logging.options.max-size: 10m\` and \`max-file: '3'\` for \`${service.name}\`.`,
        risk: 'Only the last 30 MB of the log are kept.',
      },
    ),
  };
}

import { parseDuration } from '../../readers/compose/units.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import { composeFix, isUnresolved, valueOf } from '../subjects/compose.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';

/** Seconds that Docker waits between SIGTERM and SIGKILL. */
const dockerDefault = 10;
/** Seconds that the server itself needs after its last request. */
const margin = 5;

export const composeStopGrace = rule({
  id: 'compose-stop-grace',
  category: 'operations',
  severity: 'low',
  title: {
    fail: 'Docker kills the app before its requests are done',
    pass: 'Docker waits as long as the app takes to stop',
  },
  why: 'When a container is stopped, the server gets SIGTERM and finishes the requests that it has, for as long as its graceful timeout (gunicorn: 30 s). Docker kills it after `stop_grace_period`, 10 s unless set. If that is shorter, each deploy cuts off the slow requests.',
  example: { language: 'yaml', bad: 'stop_grace_period: 10s', good: 'stop_grace_period: 35s' },
  references: [
    'https://docs.docker.com/reference/compose-file/services/#stop_grace_period',
    'https://docs.gunicorn.org/en/stable/settings.html#graceful-timeout',
  ],
  evaluate: (stack) => stack.services.flatMap((service) => judge(stack, service)),
});

function judge(stack: Stack, service: Service): Verdict[] {
  const graceful = service.app?.gracefulTimeout;
  if (service.app === undefined || graceful === undefined || isUnresolved(service, 'stop_grace_period'))
    return [];
  const written = valueOf(service, 'stop_grace_period');
  const grace = written === undefined ? dockerDefault : parseDuration(written);
  if (grace === undefined) return [];
  const at = service.compose.get('stop_grace_period')?.at ?? service.compose.nameAt;
  const { kind } = service.app;
  const common = { subject: service.name, at, confidence: 'static', current: `${grace} s` } as const;
  if (grace >= graceful.value)
    return [
      {
        ...common,
        status: 'pass',
        message: `Docker waits ${grace} s for ${service.name}, ${kind} takes at most ${graceful.value} s.`,
      },
    ];
  const wanted = Math.ceil(graceful.value) + margin;
  return [
    {
      ...common,
      status: 'fail',
      message: `Docker kills ${service.name} ${grace} s after it asked it to stop${written === undefined ? ', the default' : ''}, but ${kind} gives its requests ${graceful.value} s to end.`,
      expected: `${wanted} s`,
      ...(graceful.source.at
        ? { evidence: [{ at: graceful.source.at, text: `graceful timeout ${graceful.value} s` }] }
        : {}),
      fix: composeFix(
        stack,
        service,
        { stop_grace_period: `${wanted}s` },
        {
          title: `Let Docker wait ${wanted} s for ${service.name} to stop`,
          manual: `Set \`stop_grace_period: ${wanted}s\` for \`${service.name}\`.`,
          risk: 'A container that hangs takes that long to stop.',
        },
      ),
    },
  ];
}

import type { Service, Stack } from '../../stack/stack.ts';
import { composeFix, isOneOff, isUnresolved, valueOf } from '../subjects/compose.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';

export const composeNoRestart = rule({
  id: 'compose-no-restart',
  category: 'operations',
  severity: 'medium',
  title: {
    fail: 'The service stays down after a crash or a reboot',
    pass: 'The service is started again after a crash or a reboot',
  },
  why: 'Without a restart policy a container that ends stays so: one exception at start, one kill for memory, one reboot of the host for a kernel update, and the service is down until somebody looks.',
  example: {
    language: 'yaml',
    bad: 'services:\n  backend:\n    image: shop',
    good: 'services:\n  backend:\n    image: shop\n    restart: unless-stopped',
  },
  references: [
    'https://docs.docker.com/reference/compose-file/services/#restart',
    'https://docs.docker.com/engine/containers/start-containers-automatically/',
  ],
  evaluate: (stack) =>
    stack.services
      .filter((service) => !isOneOff(stack, service) && !isUnresolved(service, 'restart'))
      .map((service) => judge(stack, service)),
});

function judge(stack: Stack, service: Service): Verdict {
  const written = valueOf(service, 'restart') ?? policyOf(service);
  const [running] = service.live?.containers ?? [];
  const policy = running?.restartPolicy || written;
  const at = service.compose.get('restart')?.at ?? service.compose.nameAt;
  const common = { subject: service.name, at, confidence: running ? 'live' : 'static' } as const;
  if (policy !== undefined && policy !== 'no' && policy !== 'none')
    return {
      ...common,
      status: 'pass',
      message: `${service.name} has the restart policy ${policy}.`,
      current: policy,
    };
  // Somebody wrote it down: `no` is a choice, and the usual one of a job.
  const chosen = written !== undefined;
  return {
    ...common,
    status: 'fail',
    ...(chosen ? { severity: 'info' } : service.role === 'other' ? { severity: 'low' } : {}),
    message: chosen
      ? `${service.name} is not restarted when it ends: its restart policy is ${written}.`
      : `${service.name} has no restart policy: it stays down after a crash, and after a reboot of the host.`,
    current: written ?? 'no',
    expected: 'unless-stopped',
    fix: composeFix(
      stack,
      service,
      { restart: 'unless-stopped' },
      {
        title: `Start ${service.name} again when it ends`,
        manual: `Set \`restart: unless-stopped\` for \`${service.name}\`.`,
      },
    ),
  };
}

/** `deploy.restart_policy`, whose condition is `any` unless it is set. */
function policyOf(service: Service): string | undefined {
  const policy = service.compose.get('deploy', 'restart_policy');
  if (policy === undefined) return undefined;
  const condition = valueOf(service, 'deploy', 'restart_policy', 'condition') ?? 'any';
  return condition === 'any' ? 'always' : condition;
}

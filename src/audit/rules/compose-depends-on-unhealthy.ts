import type { YamlValue } from '../../readers/compose/yaml-value.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import { composeFix, healthcheckOf, listText } from '../subjects/compose.ts';
import type { Verdict } from '../finding.ts';
import { rule } from '../rule.ts';

export const composeDependsOnUnhealthy = rule({
  id: 'compose-depends-on-unhealthy',
  category: 'operations',
  severity: 'low',
  title: {
    fail: 'The service starts before what it needs is ready',
    pass: 'The service waits until what it needs is healthy',
  },
  why: '`depends_on` as a list waits only until the other container has started, not until the database in it takes connections. The service then fails its first requests, or exits and is started again. `condition: service_healthy` waits for the health check that is there already.',
  example: {
    language: 'yaml',
    bad: 'depends_on:\n  - db',
    good: 'depends_on:\n  db:\n    condition: service_healthy',
  },
  references: ['https://docs.docker.com/compose/how-tos/startup-order/'],
  evaluate: (stack) => stack.services.flatMap((service) => judge(stack, service)),
});

function judge(stack: Stack, service: Service): Verdict[] {
  const { dependsOn } = service.compose;
  const checked = [...dependsOn].filter(([name]) => {
    const other = stack.services.find((candidate) => candidate.name === name);
    const health = other ? healthcheckOf(other) : 'unknown';
    return health === 'compose' || health === 'image';
  });
  if (checked.length === 0) return [];
  const early = checked.filter(([, { condition }]) => condition === 'service_started');
  const at = early[0]?.[1].at ?? checked[0]?.[1].at ?? service.compose.nameAt;
  const common = { subject: service.name, at, confidence: 'static' } as const;
  const names = listText(early.map(([name]) => name));
  const several = early.length > 1;
  if (early.length === 0)
    return [
      {
        ...common,
        status: 'pass',
        message: `${service.name} waits until ${listText(checked.map(([name]) => name))} ${checked.length > 1 ? 'are' : 'is'} healthy.`,
      },
    ];
  const values = Object.fromEntries(
    [...dependsOn].map(([name, { condition }]): [string, YamlValue] => [
      name,
      { condition: early.some(([one]) => one === name) ? 'service_healthy' : condition },
    ]),
  );
  return [
    {
      ...common,
      status: 'fail',
      // A proxy answers 502 for a moment; an app that meets no database exits.
      ...(service.role === 'proxy' || service.role === 'other-proxy' ? { severity: 'info' } : {}),
      message: `${service.name} is started as soon as ${names} ${several ? 'have' : 'has'} been started, although ${several ? 'they have health checks' : `${names} has a health check`} that could be waited for.`,
      current: 'service_started',
      expected: 'service_healthy',
      fix: composeFix(
        stack,
        service,
        { depends_on: values },
        {
          title: `Let ${service.name} wait until ${names} ${several ? 'are' : 'is'} healthy`,
          manual: `Give \`depends_on\` of \`${service.name}\` the condition \`service_healthy\` for ${names}.`,
          risk: `${service.name} is not started as long as ${several ? 'one of them' : names} is unhealthy.`,
        },
      ),
    },
  ];
}

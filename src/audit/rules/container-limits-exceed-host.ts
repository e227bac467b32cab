import { sizeText } from '../subjects/compose.ts';
import type { Service } from '../../stack/stack.ts';
import { rule } from '../rule.ts';

export const containerLimitsExceedHost = rule({
  id: 'container-limits-exceed-host',
  category: 'resources',
  severity: 'medium',
  title: {
    fail: 'The memory limits add up to more than the host has',
    pass: 'The memory limits fit the host',
  },
  why: 'A limit protects only if all of them together fit: when every container uses what it may, the host runs out before a single limit is reached, and the kernel chooses what dies. Leave some memory for the system and its file cache.',
  references: [
    'https://docs.docker.com/engine/containers/resource_constraints/#understand-the-risks-of-running-out-of-memory',
  ],
  dependsOn: ['container-no-limits'],
  evaluate({ services, machine }) {
    const shares = services.flatMap(shareOf);
    if (machine === undefined || shares.length === 0) return [];
    const total = shares.reduce((sum, { bytes }) => sum + bytes, 0);
    const swap = machine.swapBytes ?? 0;
    const list = shares
      .toSorted((one, other) => other.bytes - one.bytes)
      .map(({ service, count, each }) => `${service.name} ${count > 1 ? `${count} × ` : ''}${sizeText(each)}`)
      .join(', ');
    const common = {
      subject: 'host',
      confidence: machine.source === 'live' ? 'live' : 'static',
      current: sizeText(total),
      expected: `at most ${sizeText(machine.memoryBytes)}`,
    } as const;
    if (total <= machine.memoryBytes)
      return [
        {
          ...common,
          status: 'pass',
          message: `The limits are ${sizeText(total)} together (${list}); the host has ${sizeText(machine.memoryBytes)}.`,
        },
      ];
    const [largest] = shares.toSorted((one, other) => other.bytes - one.bytes);
    const at = largest?.service.limits.memoryBytes?.at;
    return [
      {
        ...common,
        ...(at ? { at } : {}),
        status: 'fail',
        severity: total <= machine.memoryBytes + swap ? 'low' : 'medium',
        message: `The limits are ${sizeText(total)} together (${list}), but the host has ${sizeText(machine.memoryBytes)}${swap > 0 ? ` and ${sizeText(swap)} of swap` : ''}.`,
        evidence: shares.flatMap(({ service }) =>
          service.limits.memoryBytes
            ? [
                {
                  at: service.limits.memoryBytes.at,
                  text: `${service.name}: ${sizeText(service.limits.memoryBytes.value)}`,
                },
              ]
            : [],
        ),
        fix: {
          title: 'Lower the limits until they fit, or take a larger host',
          edits: [],
          manual:
            'Lower `deploy.resources.limits.memory` of what uses least of it; `ops tune` proposes limits that fit.',
          requires: 'recreate',
        },
      },
    ];
  },
});

interface Share {
  service: Service;
  count: number;
  each: number;
  bytes: number;
}

/** What the containers of a service may use: as they run, else as the files say. */
function shareOf(service: Service): Share[] {
  const running = service.live?.containers.filter((container) => container.running) ?? [];
  if (running.length > 0) {
    const limits = running.map(({ memoryLimitBytes }) => memoryLimitBytes);
    const bytes = limits.reduce((sum, limit) => sum + limit, 0);
    return bytes > 0 ? [{ service, count: running.length, each: Math.max(...limits), bytes }] : [];
  }
  const each = service.limits.memoryBytes?.value;
  const count = service.replicas;
  return each === undefined || count === 0 ? [] : [{ service, count, each, bytes: each * count }];
}

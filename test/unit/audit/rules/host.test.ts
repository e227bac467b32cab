import { expect, it } from 'vitest';
import { containerLimitsExceedHost } from '../../../../src/audit/rules/container-limits-exceed-host.ts';
import { containerNoLimits } from '../../../../src/audit/rules/container-no-limits.ts';
import { hostNoSwap } from '../../../../src/audit/rules/host-no-swap.ts';
import type { Machine } from '../../../../src/stack/stack.ts';
import { composeStack, judge } from '../../../support/compose-stack.ts';

const gigabyte = 1024 ** 3;
const compose =
  'services:\n  db: {image: postgres:17, mem_limit: 1g}\n  app: {image: app:1, scale: 2, mem_limit: 768m}\n  tool: {image: tool:1}\n';
const machine = (memory: number, swap: number, source: Machine['source'] = 'given'): Machine => ({
  cpus: 2,
  memoryBytes: memory * gigabyte,
  swapBytes: swap * gigabyte,
  source,
});

it.each([
  ['without a machine there is nothing to compare', undefined, undefined, []],
  ['limits that fit', machine(4, 0), undefined, [['pass', undefined]]],
  ['limits beyond the memory', machine(2, 0), undefined, [['fail', 'medium']]],
  ['limits beyond the memory, within the swap', machine(2, 1), undefined, [['fail', 'low']]],
  [
    'what runs counts, not what is written',
    machine(2, 0),
    {
      db: [{ memoryLimitBytes: gigabyte }],
      app: [{ memoryLimitBytes: gigabyte }, { running: false }],
      tool: [{}],
    },
    [['pass', undefined]],
  ],
])('container-limits-exceed-host: %s', (_, host, containers, expected) => {
  const stack = composeStack({
    texts: { 'compose.yaml': compose },
    ...(host ? { machine: host } : {}),
    ...(containers ? { containers } : {}),
  });
  const found = judge(containerLimitsExceedHost, stack);
  expect(found.map(({ status, severity }) => [status, severity])).toEqual(expected);
});

it('adds the limits up with the replicas', () => {
  const stack = composeStack({ texts: { 'compose.yaml': compose }, machine: machine(2, 0) });
  expect(judge(containerLimitsExceedHost, stack)[0]?.message).toBe(
    'The limits are 2.5 GB together (app 2 × 768 MB, db 1 GB), but the host has 2 GB.',
  );
});

it('no limits, nothing to add up', () => {
  const stack = composeStack({
    texts: { 'compose.yaml': 'services: {a: {image: a:1}}' },
    machine: machine(2, 0),
  });
  expect(judge(containerLimitsExceedHost, stack)).toEqual([]);
});

it.each([
  ['a small host without swap', machine(2, 0, 'live'), ['fail']],
  ['a small host with swap', machine(2, 1, 'live'), ['pass']],
  ['a large host', machine(16, 0, 'live'), []],
  ['a host that was only given', machine(2, 0), []],
  ['no host', undefined, []],
])('host-no-swap: %s', (_, host, expected) => {
  const stack = composeStack({ texts: { 'compose.yaml': compose }, ...(host ? { machine: host } : {}) });
  expect(judge(hostNoSwap, stack).map(({ status }) => status)).toEqual(expected);
});

it('says what a plan that does not fit says, and leaves the limits to a person', () => {
  const stack = composeStack({
    texts: { 'compose.yaml': 'services: {app: {image: a:1}}' },
    machine: machine(2, 0),
  });
  const [verdict] = judge(containerNoLimits, stack, { feasible: false, reason: 'Too small.', next: [] });
  expect(verdict?.fix?.edits).toEqual([]);
  expect(verdict?.fix?.manual).toMatch(/^Too small\. Set /);
  expect(verdict?.message).toBe(
    'app may take all 2 GB of memory and all 2 CPUs of the host: no memory limit and no CPU limit is set.',
  );
});

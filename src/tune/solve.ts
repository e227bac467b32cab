import { decideConnections, type Connections } from './connections.ts';
import { cpuSetting } from './cpus.ts';
import { impossible, invalid, tooSmall } from './infeasible.ts';
import { layOut, running, type Layout } from './layout.ts';
import { notesOf } from './notes.ts';
import type { FixedShare } from './budget.ts';
import type { Plan, TuneInput, TunedSetting, TuneService } from './plan.ts';
import { poolSettings } from './pools.ts';
import { databaseSettings } from './postgres.ts';
import { proxySettings } from './proxy.ts';
import { sources } from './sources.ts';
import { composeSize } from './units.ts';
import { staffSettings } from './workers.ts';

/**
 * Workers, pools, connections, PostgreSQL's memory, container limits and the proxy's workers that fit the machine and
 * each other, also while a deploy runs old and new containers side by side. The same input gives the same plan.
 */
export function solve(input: TuneInput): Plan {
  const wrong = invalid(input);
  if (wrong !== undefined) return wrong;
  const layout = layOut(input);
  if (layout === undefined) return tooSmall(input, (memoryBytes) => fits(input, memoryBytes));
  const connections = decideConnections(input, layout);
  if ('reason' in connections) return impossible(connections.reason, connections.next);
  return {
    feasible: true,
    settings: settingsOf(input, layout, connections),
    notes: notesOf(input, layout, connections),
  };
}

/** Whether the same services would fit a machine with that memory. */
function fits(input: TuneInput, memoryBytes: number): boolean {
  const other = { ...input, machine: { ...input.machine, memoryBytes } };
  const layout = layOut(other);
  return layout !== undefined && !('reason' in decideConnections(other, layout));
}

function settingsOf(input: TuneInput, layout: Layout, connections: Connections): readonly TunedSetting[] {
  const { machine } = input;
  return running(input).flatMap((service) => {
    const is = (one: { service: TuneService }): boolean => one.service === service;
    const staff = connections.staffs.find(is);
    const client = connections.clients.find(is);
    const proxy = layout.proxies.find(is);
    const database = connections.databases.find(({ input }) => is(input));
    const share = layout.fixed.find(is);
    return [
      ...(staff ? staffSettings(staff, machine) : []),
      ...(client && connections.each > 0 ? poolSettings(client, connections.each, connections.slots) : []),
      ...(proxy ? proxySettings(proxy, machine) : []),
      ...(database ? databaseSettings(database.input, database.size, connections.formula) : []),
      ...(share
        ? [...fixedSettings(share), ...connections.pooler.filter((one) => one.service === service.name)]
        : []),
      ...cpuSetting(service, machine),
    ];
  });
}

function fixedSettings({ service, bytes, limitFormula }: FixedShare): readonly TunedSetting[] {
  if (limitFormula === undefined) return [];
  return [
    {
      service: service.name,
      name: 'memory',
      value: composeSize(bytes),
      amount: bytes,
      formula: limitFormula,
      source: sources.limits,
      requires: 'recreate',
    },
  ];
}

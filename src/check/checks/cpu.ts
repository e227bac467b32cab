import { check } from '../check.ts';
import { expectation, judge, withUnit } from '../threshold.ts';

export const cpu = check({
  id: 'cpu',
  title: 'CPU',
  describe:
    "The share of the host's CPU (all cores are 100 %) that the containers of the stack use, averaged over `checks.cpuWindowMs` while the check makes its requests: from the kernel's counters, read twice. Each service, and how busy the whole host is, stand beside it; when the stack is within the threshold and the host is not, something else uses the CPU, and the check warns.",
  unit: '%',
  direction: 'below',
  defaults: { fail: 40 },
  needs: ['containers', 'cpu', 'system'],
  evaluate({ containers, cpu, system }, thresholds) {
    const expected = expectation({ direction: 'below', unit: '%' }, thresholds);
    const busy = cpu.hostBusy === undefined ? undefined : cpu.hostBusy * 100;
    const cores = Math.max(1, system.cpus);
    const share = (seconds: number): number => (seconds / cpu.windowSeconds / cores) * 100;
    const seconds = new Map<string, number>();
    for (const { id, service } of containers) {
      const used = cpu.containers[id];
      if (used !== undefined) seconds.set(service, (seconds.get(service) ?? 0) + used);
    }
    const window = `over ${withUnit(cpu.windowSeconds, undefined)} s on ${cores} core${cores === 1 ? '' : 's'}`;
    const detail = [...seconds]
      .sort(([, one], [, other]) => other - one)
      .map(([service, used]) => `${service}: ${withUnit(share(used), '%')} of the host`);
    if (seconds.size === 0) {
      if (busy === undefined)
        return { status: 'unknown', expected, message: 'Neither cgroups nor /proc/stat can be read.' };
      return {
        status: judge(busy, 'below', thresholds),
        value: busy,
        expected,
        message: `The whole host is ${withUnit(busy, '%')} busy ${window}; the containers cannot be told apart.`,
      };
    }
    const value = share([...seconds.values()].reduce((sum, used) => sum + used, 0));
    const own = judge(value, 'below', thresholds);
    const other = busy !== undefined && own === 'pass' && judge(busy, 'below', thresholds) !== 'pass';
    return {
      status: other ? 'warn' : own,
      value,
      expected,
      message: `The stack uses ${withUnit(value, '%')} of the host ${window}${busy === undefined ? '' : `; the whole host is ${withUnit(busy, '%')} busy`}${other ? ', with something else' : ''}.`,
      detail,
    };
  },
});

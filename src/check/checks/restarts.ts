import { check } from '../check.ts';
import { expectation, judge } from '../threshold.ts';

export const restarts = check({
  id: 'restarts',
  title: 'Restarts',
  describe:
    'How often Docker restarted the containers of the stack since they were created. A container that is restarting right now, and any process that was killed for lack of memory (also a single worker, whose container went on), fails whatever the threshold.',
  unit: 'restarts',
  direction: 'atMost',
  defaults: { warn: 0, fail: 3 },
  needs: ['containers', 'memory'],
  evaluate({ containers, memory }, thresholds) {
    const expected = `${expectation({ direction: 'atMost', unit: 'restarts' }, thresholds)}, no OOM kill`;
    if (containers.length === 0)
      return { status: 'unknown', expected, message: 'The stack has no container.' };
    const value = containers.reduce((sum, container) => sum + container.restarts, 0);
    const restarting = containers.filter(({ state }) => state === 'restarting').map(({ name }) => name);
    const killed = containers.flatMap((container) => {
      const count = memory[container.id]?.oomKills ?? 0;
      return count > 0 || container.oomKilled ? [`${container.name} (${Math.max(1, count)})`] : [];
    });
    const detail = containers
      .filter((container) => container.restarts > 0)
      .map((container) => `${container.name}: ${container.restarts} restarts`);
    const said = [
      ...(restarting.length > 0 ? [`${restarting.join(', ')} restarting now`] : []),
      ...(killed.length > 0 ? [`killed for lack of memory: ${killed.join(', ')}`] : []),
      `${value} restart${value === 1 ? '' : 's'} of ${containers.length} containers`,
    ];
    return {
      status: restarting.length + killed.length > 0 ? 'fail' : judge(value, 'atMost', thresholds),
      value,
      expected,
      message: `${said.join('; ')}.`,
      detail,
    };
  },
});

import { check } from '../check.ts';
import { expectation, judge, withUnit } from '../threshold.ts';

export const memory = check({
  id: 'memory',
  title: 'Memory',
  describe:
    "The fuller of two: the host's memory (what is not `MemAvailable`), and that of the container nearest to its own limit (without page cache that the kernel can drop).",
  unit: '%',
  direction: 'below',
  defaults: { warn: 85, fail: 95 },
  needs: ['system', 'containers', 'memory'],
  evaluate({ system, containers, memory }, thresholds) {
    const expected = expectation({ direction: 'below', unit: '%' }, thresholds);
    const { totalKb, availableKb } = system.memory;
    if (!(totalKb > 0)) return { status: 'unknown', expected, message: '/proc/meminfo cannot be read.' };
    const host = {
      name: 'the host',
      used: (1 - availableKb / totalKb) * 100,
      text: `${size(availableKb * 1024)} of ${size(totalKb * 1024)} available`,
    };
    const own = containers.flatMap((container) => {
      const bytes = memory[container.id]?.usedBytes;
      return bytes === undefined ? [] : [{ container, bytes }];
    });
    const limited = own
      .filter(({ container }) => container.memoryLimit > 0)
      .map(({ container, bytes }) => ({
        name: container.name,
        used: (bytes / container.memoryLimit) * 100,
        text: `${size(bytes)} of its limit of ${size(container.memoryLimit)}`,
      }));
    const fullest = [host, ...limited].reduce((one, other) => (other.used > one.used ? other : one));
    return {
      status: judge(fullest.used, 'below', thresholds),
      value: fullest.used,
      expected,
      message: `Fullest is ${fullest.name}: ${withUnit(fullest.used, '%')}, ${fullest.text}.`,
      detail: [
        `the host: ${host.text}`,
        ...own.map(({ container, bytes }) =>
          container.memoryLimit > 0
            ? `${container.name}: ${size(bytes)} of ${size(container.memoryLimit)}`
            : `${container.name}: ${size(bytes)}, no limit`,
        ),
      ],
    };
  },
});

/** `1.5 GiB`, `256 MiB`. */
function size(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${Math.round(mib)} MiB`;
}

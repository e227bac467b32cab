import { check } from '../check.ts';
import { expectation, judge, withUnit } from '../threshold.ts';

export const disk = check({
  id: 'disk',
  title: 'Disk',
  describe:
    "The fuller of the two file systems that a deploy writes to: that of the app directory, and that of Docker's data (images, volumes, the database).",
  unit: '%',
  direction: 'below',
  defaults: { warn: 80, fail: 90 },
  needs: ['system'],
  evaluate({ system }, thresholds) {
    const expected = expectation({ direction: 'below', unit: '%' }, thresholds);
    const { appFreeKb, appTotalKb, dockerFreeKb, dockerTotalKb } = system.disk;
    const disks = [
      { name: 'The disk of the app directory', free: appFreeKb, total: appTotalKb },
      { name: "The disk of Docker's data", free: dockerFreeKb ?? 0, total: dockerTotalKb ?? 0 },
    ]
      .filter(({ total }) => total > 0)
      .map((one) => ({ ...one, used: (1 - one.free / one.total) * 100 }));
    const [first, ...others] = disks;
    if (!first) return { status: 'unknown', expected, message: 'df says nothing about the disks.' };
    const fullest = others.reduce((one, other) => (other.used > one.used ? other : one), first);
    return {
      status: judge(fullest.used, 'below', thresholds),
      value: fullest.used,
      expected,
      message: `${fullest.name} is ${withUnit(fullest.used, '%')} full, ${(fullest.free / 1024 ** 2).toFixed(1)} GiB are free.`,
    };
  },
});

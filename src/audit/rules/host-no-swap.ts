import { sizeText } from '../subjects/compose.ts';
import { rule } from '../rule.ts';

/** With more than this a swap file is a matter of taste. */
const smallBytes = 4 * 1024 ** 3;

export const hostNoSwap = rule({
  id: 'host-no-swap',
  category: 'resources',
  severity: 'low',
  title: { fail: 'A small host has no swap', pass: 'The host has swap' },
  why: 'On a small host a build or a nightly job is enough to use up the memory. Without swap the kernel then kills a process, often the largest: PostgreSQL. A swap file of the size of the memory takes what nobody uses and turns the kill into a slow minute that can be seen.',
  references: ['https://www.kernel.org/doc/html/latest/admin-guide/mm/concepts.html#reclaim'],
  evaluate({ machine }) {
    if (machine?.source !== 'live' || machine.swapBytes === undefined || machine.memoryBytes > smallBytes)
      return [];
    const common = { subject: 'host', confidence: 'live', current: sizeText(machine.swapBytes) } as const;
    const evidence = [
      {
        source: '/proc/meminfo',
        text: `MemTotal ${sizeText(machine.memoryBytes)}, SwapTotal ${sizeText(machine.swapBytes)}`,
      },
    ];
    if (machine.swapBytes > 0)
      return [
        {
          ...common,
          status: 'pass',
          message: `The host has ${sizeText(machine.swapBytes)} of swap.`,
          evidence,
        },
      ];
    const size = Math.max(1, Math.min(2, Math.ceil(machine.memoryBytes / 1024 ** 3)));
    return [
      {
        ...common,
        status: 'fail',
        message: `The host has ${sizeText(machine.memoryBytes)} of memory and no swap: when it runs out, the kernel kills a process.`,
        expected: `${size} GB`,
        evidence,
        fix: {
          title: `Add ${size} GB of swap`,
          edits: [],
          manual: `\`fallocate -l ${size}G /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile\`, and the line \`/swapfile none swap sw 0 0\` in \`/etc/fstab\`.`,
          requires: 'reload',
          risk: 'A host that swaps all the time is slow; watch `vmstat`.',
        },
      },
    ];
  },
});

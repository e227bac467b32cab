import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // oclif writes to process.stdout itself; vitest's interception would lose the order.
    disableConsoleIntercept: true,
    // Code that is counted line by line takes several times as long.
    env: { TEST_PATIENCE: process.argv.includes('--coverage') ? '5' : '1' },
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'html'] },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 10_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          // Real servers on loopback ports: one file at a time keeps two small cores honest about time-outs.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          globalSetup: ['test/support/e2e-setup.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 900_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.faults.test.ts'],
          globalSetup: ['test/support/e2e-setup.ts'],
          // Two at a time are no faster on two cores, and a server that waits for a CPU is a fault of its own.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 900_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});

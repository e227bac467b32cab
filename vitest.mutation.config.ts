import { defineConfig } from 'vitest/config';

/** The tests that `npm run test:mutation` holds against each change of src/plan, src/deploy and src/shell. */
export default defineConfig({
  test: {
    include: [
      'test/unit/{plan,deploy,shell}/**/*.test.ts',
      'test/integration/{shell/**/*,host/session}.test.ts',
    ],
    env: { TEST_SHELLS: 'sh' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

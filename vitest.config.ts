import { defineConfig } from 'vitest/config';

const integrationTests = '**/*.integration.test.ts';
const endToEndTests = '**/*.e2e.test.ts';
const elsewhere = ['**/node_modules/**', '**/fixtures/**'];

/** Missing programs are built before the first test, so that no test's time runs out meanwhile. */
const realPrograms = { globalSetup: './tools/test-setup.ts' };

/**
 * Real programs on a machine that others use too: one more try where nobody watches. What needed it is said at the end of
 * `stormproof test`.
 */
const retry = process.env.CI === undefined ? 0 : 1;

export default defineConfig({
  test: {
    teardownTimeout: 60_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...elsewhere, integrationTests, endToEndTests],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          ...realPrograms,
          retry,
          name: 'integration',
          include: [integrationTests],
          exclude: elsewhere,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // These mostly wait (for elections, deadlines, restarts): three files leave two cores half idle.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...realPrograms,
          retry,
          name: 'e2e',
          include: [endToEndTests],
          exclude: elsewhere,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // A storm wants the machine for itself.
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';

const integrationTests = '**/*.integration.test.ts';
const endToEndTests = '**/*.e2e.test.ts';
const elsewhere = ['**/node_modules/**', '**/fixtures/**'];

/** Tests with real processes run one file at a time: they share two cores, the disk and the port range. */
const realPrograms = {
  globalSetup: './tools/test-setup.ts',
  fileParallelism: false,
  maxWorkers: 1,
  sequence: { groupOrder: 1 },
};

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
          name: 'integration',
          include: [integrationTests],
          exclude: elsewhere,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...realPrograms,
          name: 'e2e',
          include: [endToEndTests],
          exclude: elsewhere,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // None needs a second on a quiet machine; some draw photos of sixty megapixels.
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'servers',
          include: ['test/{contract,workflows,end-to-end,replay}/**/*.test.ts'],
          globalSetup: 'test/global-setup.ts',
          setupFiles: 'test/own-servers.ts',
          // Each with servers of its own; more would only wait for each other.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

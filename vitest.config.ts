import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // Reading the same modules anew for each of a hundred files would be most of the work.
          isolate: false,
          // Some draw photos of sixty megapixels, which takes its time on a busy machine.
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

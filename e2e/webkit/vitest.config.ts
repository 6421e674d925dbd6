import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['*.test.ts'],
    globalSetup: ['../../client/build/global-setup.ts', './global-setup.ts'],
    // Each test has a browser of its own, and two at once are enough for two cores.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 30_000,
    retry: 0,
  },
});

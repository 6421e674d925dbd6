import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { nodeFlags } from '../../server/testing/processes.ts';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    globalSetup: '../../client/build/global-setup.ts',
    include: ['*.test.ts'],
    execArgv: [...nodeFlags],
    // Each test file uses the whole machine, and some measure how long people wait.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // This reporter prints the figures of tests that passed.
    reporters: ['verbose'],
    retry: 0,
    // Long enough for a machine that has other work too.
    expect: { poll: { timeout: 20_000 } },
  },
});

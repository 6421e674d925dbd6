import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    globalSetup: '../../client/build/global-setup.ts',
    include: ['*.test.ts'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Each loads the machine as much as it bears, and some of them look at how long others wait.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // The one that tells the figures of a test that passed.
    reporters: ['verbose'],
    retry: 0,
    // What is waited for comes soon, or after whatever else the machine has to do.
    expect: { poll: { timeout: 20_000 } },
  },
});

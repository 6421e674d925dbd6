import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { nodeFlags } from '../../server/testing/processes.ts';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    globalSetup: ['../../client/build/global-setup.ts', './global-setup.ts'],
    include: ['*.test.ts'],
    execArgv: [...nodeFlags],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});

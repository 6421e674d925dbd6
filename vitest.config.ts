import { defineConfig } from 'vitest/config';
import { nodeFlags } from './server/testing/processes.ts';

export default defineConfig({
  test: {
    globalSetup: ['./client/build/global-setup.ts', './server/testing/global-setup.ts'],
    // On two cores the default is one worker.
    maxWorkers: 2,
    include: ['server/**/*.test.ts', 'client/**/*.test.ts', 'dev/**/*.test.ts'],
    execArgv: [...nodeFlags],
    // Programs that tests start keep what V8 has compiled of them.
    env: { NODE_COMPILE_CACHE: 'node_modules/.cache/compiled' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Long enough for a machine that has other work too.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default'],
  },
});

import { defineConfig } from 'playwright/test';
import { launchArgs } from './chromium.ts';

const executablePath = process.env['CHROMIUM_PATH'];

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../test-results/chromium',
  globalSetup: './global-setup.ts',
  forbidOnly: Boolean(process.env['CI']),
  reporter: process.env['CI'] ? 'list' : 'line',
  fullyParallel: true,
  workers: 2,
  // A journey that passes only at the second try fails for some people.
  retries: 0,
  timeout: 60_000,
  globalTimeout: 1_800_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: 'chromium',
    headless: true,
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: 'only-on-failure',
    // Recording every journey would slow all of them: `--trace on` records one.
    launchOptions: { args: [...launchArgs], ...(executablePath && { executablePath }) },
  },
});

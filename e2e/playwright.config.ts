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
  timeout: 30_000,
  globalTimeout: 600_000,
  expect: { timeout: 5_000 },
  use: {
    browserName: 'chromium',
    headless: true,
    actionTimeout: 5_000,
    navigationTimeout: 10_000,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: { args: [...launchArgs], ...(executablePath && { executablePath }) },
  },
});

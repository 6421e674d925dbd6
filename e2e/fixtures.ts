/**
 * What every journey starts from: the real server, a page, a passkey provider, and a watch that
 * fails the test for anything the browser complains of.
 *
 * Import `test` and `expect` from here, never from Playwright itself, or nothing is watched.
 */
import { test as base, type Expect } from 'playwright/test';
import type { TestApp } from '../server/testing/app.ts';
import {
  type AuthenticatorOptions,
  attachAuthenticator,
  passkeyProvider,
  type VirtualAuthenticator,
} from './authenticator.ts';
import { type Allowed, ConsoleWatch } from './console-watch.ts';

interface Options {
  /** Environment of the server: `test.use({ appEnv: { USER_VERIFICATION: 'preferred' } })`. */
  appEnv: Record<string, string>;
  /** `test.use({ authenticatorOptions: { ...passkeyProvider, hasPrf: true } })`. */
  authenticatorOptions: AuthenticatorOptions;
}

interface Fixtures {
  app: TestApp;
  /** Plugged into `page`. A second one, or one for another page: `attachAuthenticator`. */
  authenticator: VirtualAuthenticator;
  consoleWatch: ConsoleWatch;
  /** `allowConsole(/reason/, 409)`: expected complaints; a number is a response's status. */
  allowConsole: (...expected: Allowed[]) => void;
}

export const test = base.extend<Options & Fixtures>({
  appEnv: [{}, { option: true }],
  authenticatorOptions: [passkeyProvider, { option: true }],

  app: async ({ appEnv }, use) => {
    const { startTestApp } = await import('../server/testing/app.ts');
    const app = await startTestApp({ env: appEnv });
    await use(app);
    await app.close();
  },

  baseURL: async ({ app }, use) => use(app.origin),

  authenticator: async ({ page, authenticatorOptions }, use) =>
    use(await attachAuthenticator(page, authenticatorOptions)),

  consoleWatch: [
    async ({ context }, use) => {
      const watch = new ConsoleWatch();
      watch.watch(context);
      await use(watch);
      const unexpected = watch.unexpected();
      if (unexpected.length > 0) {
        throw new Error(`The browser complained:\n  ${unexpected.join('\n  ')}`);
      }
    },
    { auto: true },
  ],

  allowConsole: async ({ consoleWatch }, use) =>
    use((...expected) => consoleWatch.allow(...expected)),
});

export const expect: Expect = test.expect;

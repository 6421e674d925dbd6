/**
 * The fixtures of every journey: the real server, a page, a passkey provider, and a watch that fails the test if the
 * browser reports an error.
 *
 * Import `test` and `expect` from here, not from Playwright: otherwise errors are not watched.
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
  /** The authenticator of `page`. `attachAuthenticator` adds another one, also to another page. */
  authenticator: VirtualAuthenticator;
  consoleWatch: ConsoleWatch;
  /** `allowConsole(/reason/, 409)`: expected errors; a number is the status of a response. */
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

/**
 * The fixtures of every Firefox test: a browser of its own, the real server, and a watch that fails the test if a page
 * reports an error.
 *
 * A test that uses the browser is skipped if there is no Firefox.
 */
import { fileURLToPath } from 'node:url';
import { test as base, inject } from 'vitest';
import { startTestApp, type TestApp } from '../../server/testing/app.ts';
import { refuseComplaints, useBrowser } from '../webdriver/use-browser.ts';
import { type FirefoxBrowser, openFirefox } from './driver.ts';

const PICTURES = fileURLToPath(new URL('../../test-results/firefox/', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    firefox: string | null;
  }
}

interface Fixtures {
  app: TestApp;
  browser: FirefoxBrowser;
  /** Expected errors of the page. */
  allowErrors(...expected: RegExp[]): void;
}

export const test = base.extend<Fixtures & { allowed: RegExp[] }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names from the pattern
  allowed: async ({}, use) => use([]),

  allowErrors: async ({ allowed }, use) => use((...expected) => void allowed.push(...expected)),

  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names from the pattern
  app: async ({}, use) => {
    // Asked for PRF, Firefox's virtual authenticator adds the answer to its data without setting the flag that says
    // so (ED, WebAuthn L3 §6.1), and such data is refused. Real authenticators set it.
    const app = await startTestApp({ env: { VAULT: 'off' } });
    await use(app);
    await app.close();
  },

  browser: async ({ allowed, skip, task }, use) => {
    const program = inject('firefox');
    if (program === null) return skip('Firefox is not here');
    await useBrowser(await openFirefox(program), { task, folder: PICTURES }, async (browser) => {
      await use(browser);
      refuseComplaints(await browser.complaints(), allowed);
    });
  },
});

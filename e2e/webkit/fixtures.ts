/**
 * The fixtures of every WebKit test: a browser of its own, the real server behind the stand-in for Safari's passkeys,
 * and a watch that fails the test if a page reports an error.
 *
 * A test that uses the browser is skipped if there is no WebKit.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { test as base, inject } from 'vitest';
import { startTestApp, type TestApp } from '../../server/testing/app.ts';
import { refuseComplaints, useBrowser } from '../webdriver/use-browser.ts';
import { openWebKit, type WebKitBrowser } from './driver.ts';
import type { WebKitPrograms } from './install.ts';
import { Passkeys } from './passkeys.ts';
import { type Handler, type StandIn, standIn } from './stand-in.ts';

const PICTURES = fileURLToPath(new URL('../../test-results/webkit/', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    webKit: WebKitPrograms | null;
  }
}

interface Fixtures {
  browser: WebKitBrowser;
  passkeys: Passkeys;
  /** Set `safari.traits = safari['16.3']` before a page is opened; null: no passkeys at all. */
  safari: StandIn;
  /** Starts the real server; at the end of the test it is closed. */
  startApp(env?: Record<string, string>): Promise<TestApp>;
  /** Serves something else. Resolves to its origin. */
  serve(handler: Handler): Promise<string>;
  /** Expected errors of the page. */
  allowErrors(...expected: RegExp[]): void;
}

export const test = base.extend<Fixtures & { allowed: RegExp[] }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names from the pattern
  allowed: async ({}, use) => use([]),

  allowErrors: async ({ allowed }, use) => use((...expected) => void allowed.push(...expected)),

  safari: async ({ allowed }, use) => {
    const safari = standIn();
    await use(safari);
    refuseComplaints(safari.errors, allowed);
  },

  browser: async ({ skip, task }, use) => {
    const programs = inject('webKit');
    if (programs === null) return skip('WebKit is not here');
    await useBrowser(await openWebKit(programs), { task, folder: PICTURES }, use);
  },

  passkeys: async ({ browser }, use) => use(new Passkeys(browser.driver)),

  startApp: async ({ safari }, use) => {
    const apps: TestApp[] = [];
    await use(async (env = {}) => {
      const app = await startTestApp({ env, wrap: (handler) => safari.wrap(handler) });
      apps.push(app);
      return app;
    });
    for (const app of apps) await app.close();
  },

  serve: async ({ safari }, use) => {
    const servers = new Set<ReturnType<typeof createServer>>();
    await use(async (handler) => {
      const server = createServer(safari.wrap(handler));
      servers.add(server);
      await new Promise<void>((done) => server.listen(0, 'localhost', done));
      return `http://localhost:${(server.address() as AddressInfo).port}`;
    });
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  },
});

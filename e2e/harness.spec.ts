/** Tests of the harness itself, with a small page of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestApp } from '../server/testing/app.ts';
import { attachAuthenticator, passkeyProvider, securityKey } from './authenticator.ts';
import { holdAutofill } from './autofill.ts';
import { test as base, expect } from './fixtures.ts';
import { ceremony, installCeremonies } from './toy-page.ts';

const html = `<!doctype html><html lang="en"><head><title>Toy</title></head><body>
<label>User name <input autocomplete="username webauthn"></label></body></html>`;

/** The same fixtures, with a small page instead of the server. */
const test = base.extend({
  app: async ({ appEnv: _ }, use) => {
    const server = createServer((request, response) => {
      if (request.url !== '/') return response.writeHead(404).end();
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.setHeader('content-security-policy', "default-src 'none'; connect-src 'self'");
      return response.end(html);
    });
    await new Promise<void>((done) => server.listen(0, 'localhost', done));
    const { port } = server.address() as AddressInfo;
    const close = async () => {
      server.closeAllConnections();
      server.close();
    };
    await use({ origin: `http://localhost:${port}`, port, close } as TestApp);
    await close();
  },
});

test.beforeEach(async ({ page }) => {
  await page.addInitScript(installCeremonies);
});

test.describe('the console watch', () => {
  test('a page that behaves passes', async ({ page }) => {
    await page.goto('/');
  });

  const complaints = {
    'a console error': "console.error('oh')",
    'a console warning': "console.warn('oh')",
    'an uncaught error': "setTimeout(() => { throw new Error('oh') })",
    'an unhandled rejection': "void Promise.reject(new Error('oh'))",
    'a failed fetch': "void fetch('/missing')",
    'a CSP violation': "document.head.append(Object.assign(document.createElement('style')))",
  };
  for (const [name, script] of Object.entries(complaints)) {
    test(`${name} is a failure`, async ({ page, consoleWatch, allowConsole }) => {
      await page.goto('/');
      await page.evaluate(script);
      await expect.poll(() => consoleWatch.unexpected().length).toBeGreaterThan(0);
      allowConsole(/oh|Content Security Policy/, 404);
      expect(consoleWatch.unexpected()).toEqual([]);
    });
  }

  test('the test fails without being asked to look', async ({ page }) => {
    test.fail();
    await page.goto('/');
    await page.evaluate("console.error('oh')");
  });
});

test.describe('the authenticator', () => {
  test('keeps what was registered and says what happened', async ({ page, authenticator }) => {
    await page.goto('/');
    const created = await ceremony(page, 'create');
    const [stored] = await authenticator.credentials();
    expect(stored).toMatchObject({ id: created.id, rpId: 'localhost', backedUp: true });
    await ceremony(page, 'get');
    await authenticator.remove(created.id);
    expect(authenticator.events.map(({ event }) => event)).toEqual([
      'Added',
      'Asserted',
      'Deleted',
    ]);
    expect(await authenticator.credentials()).toEqual([]);
  });

  test('refuses if the person is not recognised', async ({ page, authenticator }) => {
    await page.goto('/');
    await authenticator.setUserVerified(false);
    await expect(ceremony(page, 'create')).rejects.toThrow('NotAllowedError');
  });

  test('signs without user verification when bent', async ({ page, authenticator }) => {
    await page.goto('/');
    await ceremony(page, 'create');
    await authenticator.override({ isBadUV: true });
    expect((await ceremony(page, 'get')).userVerified).toBe(false);
    await authenticator.override();
    expect((await ceremony(page, 'get')).userVerified).toBe(true);
  });

  test('leaves a prompt open until it is aborted', async ({ page, authenticator }) => {
    await page.goto('/');
    await authenticator.setPresence(false);
    const open = ceremony(page, 'create');
    await expect.poll(() => page.evaluate(() => window.toy.open)).toBe(1);
    await page.evaluate(() => window.toy.abort());
    await expect(open).rejects.toThrow('AbortError');
  });

  test('shares a page with a security key', async ({ page, authenticator }) => {
    await page.goto('/');
    const key = await attachAuthenticator(page, securityKey);
    const synced = await ceremony(page, 'create', { attachment: 'platform' });
    const bound = await ceremony(page, 'create', { attachment: 'cross-platform' });
    expect((await authenticator.credentials()).map(({ id }) => id)).toEqual([synced.id]);
    expect((await key.credentials()).map(({ id }) => id)).toEqual([bound.id]);
    const again = ceremony(page, 'create', { exclude: [synced.id], attachment: 'platform' });
    await expect(again).rejects.toThrow('InvalidStateError');
  });
});

test.describe('autofill', () => {
  test('waits for a choice', async ({ page, authenticator }) => {
    await page.goto('/');
    const { id } = await ceremony(page, 'create');
    const autofill = await holdAutofill(page, authenticator);
    await page.reload();
    const filled = ceremony(page, 'get', { mediation: 'conditional' });
    await page.getByLabel('User name').fill('someone');
    expect(await page.evaluate(() => window.toy.open)).toBe(1);
    await autofill.choose();
    expect((await filled).id).toBe(id);
  });

  test('is aborted as if it were not held', async ({ page, authenticator }) => {
    const autofill = await holdAutofill(page, authenticator);
    await page.goto('/');
    const filled = ceremony(page, 'get', { mediation: 'conditional' });
    await expect.poll(() => page.evaluate(() => window.toy.open)).toBe(1);
    await expect(ceremony(page, 'get')).rejects.toThrow('OperationError');
    await page.evaluate(() => window.toy.abort());
    await expect(filled).rejects.toThrow('AbortError');
    await expect(autofill.choose()).rejects.toThrow('no conditional request');
  });
});

test.describe('PRF', () => {
  test.use({ authenticatorOptions: { ...passkeyProvider, hasPrf: true } });

  test('is a matter of an option', async ({ page, authenticator }) => {
    await page.goto('/');
    expect((await ceremony(page, 'create')).prf).toBe(true);
    expect(await authenticator.credentials()).toHaveLength(1);
  });
});

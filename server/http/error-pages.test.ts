import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';
import { begin, newRequest, startAppsApp, target } from '../testing/apps.ts';

const app = await startTestApp();
afterAll(() => app.close());

/** As a browser asks when a person follows a link or types an address. */
const open = (path: string, browser = app.browser()) =>
  browser.request('GET', path, undefined, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });

describe('a person who opens', () => {
  it.each(['/nothing', '/sign-in/', '/%E0%A4%A', '/assets/none.js', '/Login'])(
    '%s sees a page with a way on',
    async (path) => {
      const { status, headers, body } = await open(path);
      expect(status).toBe(404);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(body).toContain('<a href="/">');
      expect(body).not.toContain('{{');
    },
  );

  it('/login is led to sign-in', async () => {
    const { status, headers } = await open('/login');
    expect([status, headers.get('location')]).toEqual([303, '/sign-in']);
  });

  it('a page that can’t be made sees a page that says so, and tells nothing internal', async () => {
    const broken = await startTestApp();
    const browser = broken.browser();
    await browser.signUp(broken.newName(), broken.device());
    await broken.deps.store.close();
    const { status, headers, body } = await open('/account', browser);
    expect(status).toBe(503);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(body).toContain('<a href="/">');
    expect(body).not.toMatch(/database|sqlite|error|unavailable/i);
    await broken.close();
  });

  it('a way to an app that can’t be gone right now sees a page that says so', async () => {
    const broken = await startAppsApp();
    const browser = broken.browser();
    const { url } = await newRequest(await broken.as('web'));
    const uid = await begin(browser, url);
    await broken.deps.store.close();
    const query = `?interaction=${uid}`;
    for (const path of [target(url), `/sign-in${query}`, `/consent${query}`]) {
      const { status, headers, body } = await open(path, browser);
      expect([status, headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
      expect(body).toContain('Please try again');
    }
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/finish'],
      ['POST', '/abort'],
    ] as const) {
      const { status, body } = await browser.request(method, `/api/interactions/${uid}${path}`);
      expect([status, body.code]).toEqual([503, 'unavailable']);
    }
    // A program is answered as the protocol says.
    const { status, body } = await browser.get(target(url));
    expect([status, body]).toEqual([503, { error: 'temporarily_unavailable' }]);
    await broken.close();
  });

  it('too much on the way to an app sees a page that says to try again', async () => {
    const limited = await startAppsApp([], { env: { RATE_LIMITS: 'on' } });
    const browser = limited.browser();
    const many = Array.from({ length: 300 }, () => browser.get('/oidc/authorize'));
    await Promise.all(many);
    const { status, headers, body } = await open('/oidc/authorize', browser);
    expect([status, headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(body).toContain('Please try again');
    await limited.close();
  });
});

describe('a program that asks for', () => {
  it.each(['/api/nothing', '/api/session', '/.well-known/nothing', '/providers/x/light'])(
    '%s gets JSON',
    async (path) => {
      const { headers, body } = await open(path);
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(body.code).toMatch(/^(not_found|unauthenticated)$/);
    },
  );

  it('an address of which there is none gets JSON, if it does not ask for a page', async () => {
    expect((await app.browser().get('/nothing')).body.code).toBe('not_found');
  });
});

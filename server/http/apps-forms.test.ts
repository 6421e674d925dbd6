/** Requests and answers of apps that are forms, and what other sites can send. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AppsApp,
  begin,
  finish,
  locationOf,
  newRequest,
  startAppsApp,
  target,
  tokensOf,
} from '../testing/apps.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
/** As a browser sends a form of another site: without cookies that are `SameSite=Lax`. */
const crossSite = { ...form, origin: 'https://web.example.com', 'sec-fetch-site': 'cross-site' };

let app: AppsApp;
let device: SoftwareAuthenticator;
beforeAll(async () => {
  app = await startAppsApp();
  device = app.device();
  await app.browser().signUp('ada', device);
});
afterAll(() => app.close());

describe('an authorization request that is a form of another site', () => {
  it('changes no cookie, and is asked again by the browser, with its cookies', async () => {
    const browser = app.browser();
    const { url } = await newRequest(await app.as('com.example.app'));
    const before = await begin(browser, url);
    const cookies = new Map(browser.cookies);
    const { parameters } = await newRequest(await app.as('web'));
    const body = new URLSearchParams({ ...parameters, client_id: 'web', response_type: 'code' });
    const stranger = app.browser();
    const answer = await stranger.request('POST', '/oidc/authorize', `${body}`, crossSite);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(locationOf(answer)).toBe(`/oidc/authorize?${body}`);
    // The browser follows with its cookies: the interaction of the other app is still its own.
    const after = await begin(browser, `${app.origin}${locationOf(answer)}`);
    expect(browser.cookies.get('latchkey-browser')).toBe(cookies.get('latchkey-browser'));
    await browser.signIn(device);
    expect(await finish(browser, before)).toMatch(/^com\.example\.app:.*code=/);
    expect(await finish(browser, after)).toMatch(/^https:\/\/web\.example\.com.*code=/);
  });

  it.each([
    ['is too long for a request', `state=${'a'.repeat(9000)}`, form, 413],
    ['says something twice', 'state=a&state=b', form, 400],
    ['is no form', '{}', {}, 415],
  ])('is refused if it %s', async (_what, body, headers, status) => {
    const answer = await app.browser().request('POST', '/oidc/authorize', body, headers);
    expect(answer.status).toBe(status);
  });

  it('leads nowhere but to the same place here', async () => {
    const body = new URLSearchParams({ '//evil.example/': '\r\nlocation: https://evil.example/' });
    const answer = await app.browser().request('POST', '/oidc/authorize', `${body}`, crossSite);
    expect(locationOf(answer)).toMatch(/^\/oidc\/authorize\?[^\r\n]*$/);
    expect(answer.headers.get('location')).not.toContain('evil.example/\r');
  });
});

describe('a sign-out that is a form of another site', () => {
  it('signs out by the cookies of the browser that sent it, and goes back to the app', async () => {
    const browser = app.browser();
    const { id_token: hint = '' } = await tokensOf(app, 'web', device, {}, browser);
    const there = 'https://web.example.com/signed-out';
    const body = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: there });
    const answer = await app.browser().request('POST', '/oidc/logout', `${body}`, crossSite);
    expect(locationOf(answer)).toBe(`/oidc/logout?${body}`);
    expect(locationOf(await browser.get(locationOf(answer)))).toBe(there);
    expect((await browser.get('/api/session')).status).toBe(401);
  });
});

describe('an answer that is a form', () => {
  it('posts itself to the app, and from there to where the app goes on', async () => {
    const browser = app.browser();
    await browser.signIn(device);
    const { url } = await newRequest(await app.as('web'), { response_mode: 'form_post' });
    const { status, headers, body } = await browser.get(target(url));
    expect(status).toBe(200);
    expect(body).toMatch(/<form method="post" action="https:\/\/web\.example\.com\/callback">/);
    expect(body).toMatch(/name="code" value="[\w-]{51}"/);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("form-action 'self' https:;");
    // Its one script, by its hash, and no other one.
    expect(policy).toMatch(/script-src 'self' 'sha256-[^']+';/);
  });

  it('is nothing for a native app', async () => {
    const browser = app.browser();
    await browser.signIn(device);
    const { url } = await newRequest(await app.as('com.example.app'), {
      response_mode: 'form_post',
    });
    const { status, headers } = await browser.get(target(url));
    expect(headers.get('location') ?? '').not.toContain('code=');
    expect(status === 303 || status === 400).toBe(true);
  });

  it('is no form to the app if the app does not have that address', async () => {
    const { url } = await newRequest(await app.as('web'), {
      ...{ response_mode: 'form_post', redirect_uri: 'https://evil.example/callback' },
    });
    const { status, headers, body } = await app.browser().get(target(url));
    expect([status, String(body).includes('evil.example')]).toEqual([400, false]);
    expect(headers.get('content-security-policy')).toMatch(/form-action 'self';/);
  });
});

it('signing out without having signed in stores nothing', async () => {
  const before = await app.contents();
  const browser = app.browser();
  const there = 'https://web.example.com/signed-out';
  const query = new URLSearchParams({ client_id: 'web', post_logout_redirect_uri: there });
  for (const path of ['/oidc/logout', `/oidc/logout?${query}`]) {
    const answer = await browser.get(path);
    expect(answer.status).toBe(303);
  }
  const posted = await browser.request('POST', '/oidc/logout', `${query}`, form);
  expect(locationOf(posted)).toBe(`/oidc/logout?${query}`);
  await browser.request('POST', '/oidc/logout/confirm', 'xsrf=x&logout=yes', form);
  expect(await app.contents()).toEqual(before);
});

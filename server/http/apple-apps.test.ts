/** What apps that people sign in to here learn of somebody whom Apple let in. */
import { createHash, randomUUID } from 'node:crypto';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppleApp, locationOf, signInWithApple, startAppleApp } from '../testing/apple/web.ts';
import type { Person } from '../testing/apple/world.ts';
import { type AppsApp, begin, finish, newRequest, redeem, startAppsApp } from '../testing/apps.ts';
import { type TestBrowser, TestNativeApp } from '../testing/browser.ts';

const id = 'com.example.app';

let app: AppsApp & AppleApp;
beforeAll(async () => {
  app = await startAppleApp({}, (options) => startAppsApp([], options));
});
afterAll(() => app.close());

async function signedIn() {
  const installed = new TestNativeApp(app.origin);
  const nonce = randomUUID();
  const hashed = createHash('sha256').update(nonce).digest('hex');
  const person = app.standIn.addPerson('Ann');
  const given = { ...(await app.standIn.native(person, { nonce: hashed })), nonce };
  const { status, body } = await installed.post('/api/apple/native', given);
  expect(status).toBe(200);
  return { installed, person, userId: body.user.id as string };
}

async function tokensFor(installed: TestNativeApp, parameters: Record<string, string> = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const answer = await installed.postForm('/oidc/challenge', {
    ...{ client_id: id, scope: 'openid offline_access', code_challenge_method: 'S256' },
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    ...parameters,
  });
  if (answer.status !== 200) return answer;
  const code = answer.body.authorization_code;
  const config = await app.as(id);
  const given = { code, code_verifier: verifier };
  return {
    ...answer,
    tokens: await client.genericGrantRequest(config, 'authorization_code', given),
  };
}

describe('an app of ours whose person Apple let in', () => {
  it('gets the same tokens as after a passkey, which claim no more than there is', async () => {
    const { installed, userId } = await signedIn();
    const answer = await tokensFor(installed);
    if (!('tokens' in answer)) throw new Error(`no tokens: ${answer.status}`);
    const claims = answer.tokens.claims();
    expect(claims).toMatchObject({ sub: userId, aud: id, auth_time: expect.any(Number) });
    expect(claims).not.toHaveProperty('acr');
    expect(claims?.amr ?? []).toEqual([]);
  });

  it.each(['phr', 'phrh'])('gets none if it asks for %s', async (acr) => {
    const { installed } = await signedIn();
    const { status, body } = await tokensFor(installed, { acr_values: acr });
    expect([status, body.error]).toEqual([403, 'insufficient_authorization']);
  });

  it('loses them when the person withdraws the consent at Apple', async () => {
    const { installed, person } = await signedIn();
    const answer = await tokensFor(installed);
    if (!('tokens' in answer)) throw new Error(`no tokens: ${answer.status}`);
    const config = await app.as(id);
    const refreshed = await client.refreshTokenGrant(config, answer.tokens.refresh_token ?? '');
    app.advance(1000);
    const payload = await app.standIn.notification(person, 'consent-revoked');
    const notified = await installed.post('/api/apple/notifications', { payload });
    expect(notified.status).toBe(200);
    const again = client.refreshTokenGrant(config, refreshed.refresh_token ?? '');
    await expect(again).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

/** Sets out from the sign-in page of an app and comes back from Apple; resolves to the page after that. */
async function comeWithApple(browser: TestBrowser, uid: string, person: Person | null) {
  const path = `/sign-in/apple?interaction=${uid}`;
  const returned = await signInWithApple(app, browser, person, { path });
  expect(locationOf(returned)).toBe(`/sign-in?interaction=${uid}`);
  return browser.get(locationOf(returned));
}

async function request(browser: TestBrowser, parameters: Record<string, string> = {}) {
  const config = await app.as(id);
  const { url, checks } = await newRequest(config, parameters);
  const uid = await begin(browser, url);
  return { uid, redeem: (callback: string) => redeem(config, new URL(callback), checks) };
}

/** Who came with Apple before, and may have added a passkey. */
async function known({ hasPasskey }: { hasPasskey: boolean }) {
  const [browser, device] = [app.browser(), app.device()];
  const person = app.standIn.addPerson('Ann');
  await browser.get(locationOf(await signInWithApple(app, browser, person)));
  if (hasPasskey) expect((await browser.addPasskey(device)).status).toBe(201);
  await browser.request('DELETE', '/api/session');
  return { browser, device, person };
}

describe('on the way to an app, in a browser', () => {
  it('who is new is offered a passkey, and then goes on to it', async () => {
    const browser = app.browser();
    const { uid, redeem } = await request(browser);
    const page = await comeWithApple(browser, uid, app.standIn.addPerson('Ann'));
    expect([page.status, page.body.includes('"said":"welcome"')]).toEqual([200, true]);
    const tokens = await redeem(await finish(browser, uid));
    expect(tokens.claims()?.sub).toBe((await browser.get('/api/session')).body.user.id);
    expect(tokens.claims()).not.toHaveProperty('acr');
  });

  it('who is known goes on at once', async () => {
    const { browser, person } = await known({ hasPasskey: false });
    const { uid, redeem } = await request(browser);
    const next = await comeWithApple(browser, uid, person);
    const { pathname, search } = new URL(locationOf(next));
    await redeem(locationOf(await browser.get(pathname + search)));
  });

  it('who cancels at Apple is back on the way, and goes on otherwise', async () => {
    const { browser, device } = await known({ hasPasskey: true });
    const { uid, redeem } = await request(browser);
    const page = await comeWithApple(browser, uid, null);
    expect([page.status, page.body.includes('"said":null')]).toEqual([200, true]);
    await browser.signIn(device);
    expect((await redeem(await finish(browser, uid))).claims()?.['acr']).toBe('phr');
  });

  it('Apple shows nothing that the app asks for: a passkey does', async () => {
    const { browser, device, person } = await known({ hasPasskey: true });
    const { uid, redeem } = await request(browser, { acr_values: 'phr' });
    for (const _attempt of ['first', 'second']) {
      expect((await comeWithApple(browser, uid, person)).status).toBe(200);
      const { status, body } = await browser.post(`/api/interactions/${uid}/finish`);
      expect([status, body.code]).toEqual([403, 'step_up_required']);
    }
    await browser.signIn(device, { purpose: 'step-up' });
    expect((await redeem(await finish(browser, uid))).claims()?.['acr']).toBe('phr');
  });

  it('an app that asks for a fresh sign-in, and for no passkey, gets that of Apple', async () => {
    const { browser, person } = await known({ hasPasskey: true });
    await signInWithApple(app, browser, person);
    const { uid, redeem } = await request(browser, { prompt: 'login' });
    const { body } = await browser.get(`/api/interactions/${uid}`);
    expect(body.needs).toBe('step-up');
    const next = new URL(locationOf(await comeWithApple(browser, uid, person)));
    const callback = locationOf(await browser.get(next.pathname + next.search));
    expect((await redeem(callback)).claims()).not.toHaveProperty('acr');
  });

  it('an app that asks for a passkey hears that there is none', async () => {
    const { browser, person } = await known({ hasPasskey: false });
    const { uid } = await request(browser, { acr_values: 'phr' });
    await comeWithApple(browser, uid, person);
    const callback = new URL(await finish(browser, uid));
    expect(callback.searchParams.get('error')).toBe('unmet_authentication_requirements');
  });
});

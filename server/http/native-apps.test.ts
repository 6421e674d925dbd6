/** Apps that do the ceremonies themselves, without a browser, and get tokens. */
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppsApp, api, startAppsApp } from '../testing/apps.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { GetBend } from '../testing/bend.ts';
import { TestNativeApp } from '../testing/browser.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../testing/logout-receiver.ts';

const id = 'com.example.app';
const ours = {
  client_id: 'backed',
  first_party: true,
  application_type: 'native',
  redirect_uris: ['com.example.backed:/callback'],
};

let backEnd: LogoutReceiver;
let app: AppsApp;
beforeAll(async () => {
  backEnd = await startLogoutReceiver();
  app = await startAppsApp([{ ...ours, backchannel_logout_uri: backEnd.uri }], {
    env: {
      APPLE_APP_IDS: 'A1B2C3D4E5.com.example.app',
      ANDROID_APPS: `com.example.app@${Array(32).fill('0A').join(':')}`,
    },
  });
});
afterAll(async () => {
  await app.close();
  await backEnd.close();
});

/** As Apple's and Google's systems write client data for an app. */
const clientData = (members: object) => ({ ...members, crossOrigin: undefined });
const platforms = {
  iOS: () => 'https://localhost',
  Android: () => `android:apk-key-hash:${Buffer.alloc(32, 0x0a).toString('base64url')}`,
};

const nativeApp = () => new TestNativeApp(app.origin);

async function signedUp(platform: keyof typeof platforms = 'iOS') {
  const device = new SoftwareAuthenticator({ origin: platforms[platform]() });
  const installed = nativeApp();
  const { status, body } = await installed.signUp(app.newName(), device, { clientData });
  expect(status).toBe(201);
  return { device, installed, userId: body.user.id as string };
}

async function challenge(
  installed: TestNativeApp,
  parameters: Readonly<Record<string, string>> = {},
) {
  const verifier = client.randomPKCECodeVerifier();
  const answer = await installed.postForm('/oidc/challenge', {
    client_id: id,
    scope: 'openid offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  });
  return { ...answer, verifier };
}

async function redeem(code: string, verifier: string, parameters = {}, asClient = id) {
  const config = await app.as(asClient);
  const all = { code, code_verifier: verifier, ...parameters };
  return client.genericGrantRequest(config, 'authorization_code', all);
}

describe('a native app', () => {
  it.each(['iOS', 'Android'] as const)(
    'on %s signs up, signs in and gets tokens',
    async (platform) => {
      const { device, userId } = await signedUp(platform);
      const installed = nativeApp();
      const bend: GetBend = { clientData };
      expect((await installed.signIn(device, {}, bend)).status).toBe(200);
      const { status, body, headers, verifier } = await challenge(installed, { nonce: 'n' });
      expect([status, Object.keys(body)]).toEqual([200, ['authorization_code']]);
      expect(headers.get('cache-control')).toBe('no-store');
      const tokens = await redeem(body.authorization_code, verifier);
      expect(tokens.claims()).toMatchObject({
        ...{ sub: userId, aud: id, nonce: 'n' },
        ...{ acr: 'phr', amr: ['pop', 'user', 'swk'] },
      });
      const config = await app.as(id);
      const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
      expect(next.refresh_token).not.toBe(tokens.refresh_token);
    },
  );

  it('gets a token for a back end', async () => {
    const { installed } = await signedUp();
    const { body, verifier } = await challenge(installed, { scope: 'read', resource: api });
    const tokens = await redeem(body.authorization_code, verifier);
    const [, payload = ''] = tokens.access_token.split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      ...{ aud: api, scope: 'read', acr: 'phr' },
    });
  });

  it('is told of in the activity of its person', async () => {
    const { installed, userId } = await signedUp();
    await challenge(installed, { scope: 'openid profile' });
    const [entry] = (await app.deps.store.listAudit(userId, { limit: 1 })).entries;
    expect(entry).toMatchObject({
      kind: 'app-signed-in',
      evidence: { client: id, acr: 'phr', scope: 'openid profile' },
    });
  });

  it('loses its tokens with the session', async () => {
    const { installed } = await signedUp();
    const { body, verifier } = await challenge(installed, { scope: 'openid' });
    const tokens = await redeem(body.authorization_code, verifier);
    await installed.request('DELETE', '/api/session');
    const refreshed = client.refreshTokenGrant(await app.as(id), tokens.refresh_token ?? '');
    await expect(refreshed).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('signs out, and its back end is told which sign-in has ended', async () => {
    const { device, installed, userId } = await signedUp();
    const onTablet = nativeApp();
    await onTablet.signIn(device, {}, { clientData });
    const tokensOn = async (one: TestNativeApp) => {
      const { body, verifier } = await challenge(one, { client_id: ours.client_id });
      return redeem(body.authorization_code, verifier, {}, ours.client_id);
    };
    const [tokens, others] = [await tokensOn(installed), await tokensOn(onTablet)];
    expect((await installed.request('DELETE', '/api/session')).status).toBe(204);
    await app.deps.oidc?.tellApps();
    expect(backEnd.received).toHaveLength(1);
    const { sub, sid } = await backEnd.verify(app.issuer, ours.client_id);
    expect([sub, sid]).toEqual([userId, tokens.claims()?.sid]);
    expect(others.claims()?.sid).not.toBe(sid);
  });

  it.each([
    ['nobody is signed in', {}, false],
    ['more assurance is asked for', { acr_values: 'phrh' }, true],
    ['a fresher sign-in is asked for', { max_age: '0' }, true],
  ])('gets no code if %s', async (_, parameters, isSignedIn) => {
    const { installed } = await signedUp();
    if (!isSignedIn) await installed.request('DELETE', '/api/session');
    const { status, body } = await challenge(installed, parameters);
    expect([status, body.error]).toEqual([403, 'insufficient_authorization']);
    expect(body.authorization_code).toBeUndefined();
  });

  it('that is disabled or signed out meanwhile can’t redeem its code', async () => {
    const { installed } = await signedUp();
    const { body, verifier } = await challenge(installed, { scope: 'openid' });
    await installed.request('DELETE', '/api/session');
    await expect(redeem(body.authorization_code, verifier)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});

describe('a code without a browser is refused', () => {
  it.each([
    ['to an unknown client', { client_id: 'nobody' }, 400, 'invalid_client'],
    ['to a client of others', { client_id: 'net.example.stranger' }, 400, 'unauthorized_client'],
    ['to a client on the web', { client_id: 'web' }, 400, 'unauthorized_client'],
    ['to a client in the browser', { client_id: 'spa' }, 400, 'unauthorized_client'],
    ['without a client', { client_id: '' }, 400, 'invalid_request'],
    ['without PKCE', { code_challenge: '' }, 400, 'invalid_request'],
    ['with plain PKCE', { code_challenge_method: 'plain' }, 400, 'invalid_request'],
    ['for an unknown resource', { resource: 'https://other.example/' }, 400, 'invalid_target'],
    ['for a bad age', { max_age: '-1' }, 400, 'invalid_request'],
  ])('%s', async (_, parameters, status, error) => {
    const { installed } = await signedUp();
    const { body, ...answer } = await challenge(installed, parameters);
    expect([answer.status, body.error]).toEqual([status, error]);
  });

  it('of a foreign page', async () => {
    const { installed } = await signedUp();
    const answer = await installed.request('POST', '/oidc/challenge', 'client_id=a', {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'cross-site',
    });
    expect([answer.status, answer.body.code]).toEqual([403, 'cross_site_request']);
  });

  it('in another form than a form', async () => {
    const { installed } = await signedUp();
    const answer = await installed.post('/oidc/challenge', { client_id: id });
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type']);
    expect((await installed.get('/oidc/challenge')).status).toBe(404);
  });
});

describe('a code that went through no redirect', () => {
  it('is good once, for its client and its verifier', async () => {
    const { installed } = await signedUp();
    const { body, verifier } = await challenge(installed);
    const invalid = { error: 'invalid_grant' };
    const code = body.authorization_code;
    await expect(redeem(code, client.randomPKCECodeVerifier())).rejects.toMatchObject(invalid);
    await expect(redeem(code, verifier, {}, 'backed')).rejects.toMatchObject(invalid);
    await redeem(code, verifier);
    await expect(redeem(code, verifier)).rejects.toMatchObject(invalid);
  });

  it('is bound to the key that the app names', async () => {
    const { installed } = await signedUp();
    const { body, verifier } = await challenge(installed, { dpop_jkt: 'A'.repeat(43) });
    await expect(redeem(body.authorization_code, verifier)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('is given to no browser: its redirect leads nowhere', async () => {
    const { installed } = await signedUp();
    const query = new URLSearchParams({
      ...{ client_id: id, response_type: 'code', scope: 'openid', prompt: 'none' },
      ...{ redirect_uri: 'urn:latchkey:first-party' },
      ...{ code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' },
    });
    const { status, body } = await installed.get(`/oidc/authorize?${query}`);
    expect([status, String(body)]).toEqual([400, expect.stringContaining('invalid_redirect_uri')]);
  });
});

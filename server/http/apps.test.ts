/** Sign-in for apps, with openid-client (and once with another library) as the app. */
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AppsApp,
  api,
  begin,
  finish,
  locationOf,
  native,
  newRequest,
  redeem,
  signInTo,
  startAppsApp,
  target,
  tokensOf,
} from '../testing/apps.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';

let app: AppsApp;
let device: SoftwareAuthenticator;
let userId: string;
const keys = await generateKeyPair('ES256', { extractable: true });
const byKey = {
  client_id: 'by-key',
  first_party: true,
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  jwks: { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] },
  redirect_uris: ['https://web.example.com/callback'],
};

beforeAll(async () => {
  app = await startAppsApp([byKey]);
  device = app.device();
  const { body } = await app.browser().signUp('ada', device);
  userId = body.user.id;
});
afterAll(() => app.close());

describe('the document of the provider', () => {
  it.each([
    '/oidc/.well-known/openid-configuration',
    '/.well-known/openid-configuration/oidc',
    '/.well-known/oauth-authorization-server/oidc',
  ])('at %s says what there is', async (path) => {
    const { body } = await app.browser().get(path);
    expect(body).toMatchObject({
      issuer: app.issuer,
      authorization_endpoint: `${app.issuer}/authorize`,
      authorization_challenge_endpoint: `${app.issuer}/challenge`,
      acr_values_supported: ['phr', 'phrh'],
      code_challenge_methods_supported: ['S256'],
      prompt_values_supported: ['none', 'login', 'consent', 'create'],
      response_types_supported: ['code'],
      ui_locales_supported: expect.arrayContaining(['en']),
    });
  });

  it.each([
    '/oidc/.well-known/openid-configuration',
    '/.well-known/openid-configuration/oidc',
    '/.well-known/oauth-authorization-server/oidc',
  ])('at %s is for scripts too, with headers of theirs', async (path) => {
    // MCP clients name the version of their protocol in all that they ask.
    const { status, headers } = await app.browser().request('OPTIONS', path, undefined, {
      origin: 'https://inspector.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'mcp-protocol-version',
    });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([
      ...[204, 'https://inspector.example'],
    ]);
    expect(headers.get('access-control-allow-headers')).toBe('mcp-protocol-version');
  });
});

describe('an app', () => {
  it.each([
    ['com.example.app', 'com.example.app:/callback'],
    ['web', 'https://web.example.com/callback'],
    ['spa', 'https://spa.example.com/callback'],
  ])('that is %s signs its people in by code and PKCE', async (id, redirectUri) => {
    const config = await app.as(id);
    const { url, checks } = await newRequest(config, { scope: 'openid profile' });
    const callback = await signInTo(app.browser(), device, url);
    expect(callback.href.startsWith(`${redirectUri}?code=`)).toBe(true);
    expect(callback.searchParams.get('iss')).toBe(app.issuer);
    const tokens = await client.authorizationCodeGrant(config, callback, checks);
    expect(tokens.claims()).toMatchObject({
      ...{ sub: userId, iss: app.issuer, aud: id },
      ...{ acr: 'phr', amr: ['pop', 'user', 'swk'], auth_time: expect.any(Number) },
    });
    const info = await client.fetchUserInfo(config, tokens.access_token, userId);
    expect(info).toEqual({ sub: userId, name: 'ada', preferred_username: 'ada' });
  });

  it('that proves itself by a key needs no secret', async () => {
    const auth = client.PrivateKeyJwt({ key: keys.privateKey, kid: 'k' });
    const config = await client.discovery(new URL(app.issuer), 'by-key', undefined, auth, {
      execute: [client.allowInsecureRequests],
    });
    const { url, checks } = await newRequest(config);
    const callback = await signInTo(app.browser(), device, url);
    expect((await redeem(config, callback, checks)).claims()?.sub).toBe(userId);
  });

  it('with another library works as well', async () => {
    const insecure = { [oauth.allowInsecureRequests]: true };
    const issuer = new URL(app.issuer);
    const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
    const server = await oauth.processDiscoveryResponse(issuer, found);
    const [me, verifier] = [{ client_id: 'spa' }, oauth.generateRandomCodeVerifier()];
    const url = new URL(server.authorization_endpoint ?? '');
    url.search = new URLSearchParams({
      ...{ client_id: 'spa', response_type: 'code', scope: 'openid', state: 'a state' },
      redirect_uri: 'https://spa.example.com/callback',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString();
    const callback = await signInTo(app.browser(), device, url);
    const parameters = oauth.validateAuthResponse(server, me, callback, 'a state');
    const answer = await oauth.authorizationCodeGrantRequest(
      ...([server, me, oauth.None(), parameters] as const),
      ...(['https://spa.example.com/callback', verifier, insecure] as const),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, me, answer);
    expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toBe(userId);
  });

  it('may push its request first', async () => {
    const config = await app.as('web');
    const { parameters, checks } = await newRequest(config);
    const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    const callback = await signInTo(app.browser(), device, url);
    expect((await redeem(config, callback, checks)).claims()?.sub).toBe(userId);
    // It was for once.
    const again = await app.browser().get(target(url));
    expect([again.status, again.body]).toEqual([
      400,
      expect.stringContaining('invalid_request_uri'),
    ]);
  });
});

/** Until when those of a kind last, the longest first. */
async function lasting(model: string): Promise<number[]> {
  const tables = (await app.contents()) as [string, Record<string, string>[]][];
  const rows = tables.find(([name]) => name === 'oidc_records')?.[1] ?? [];
  const ofKind = rows.filter((row) => row['model'] === model);
  return ofKind.map((row) => Number(row['expires_at'])).sort((one, other) => other - one);
}

describe('refresh tokens', () => {
  it('are outlasted by their grant, which not each of them writes to', async () => {
    const config = await app.as('web');
    const scope = 'openid offline_access';
    const { refresh_token: first = '' } = await tokensOf(app, 'web', device, { scope });
    const before = await lasting('Grant');
    app.advance(1000);
    const { refresh_token: second = '' } = await client.refreshTokenGrant(config, first);
    expect(await lasting('Grant')).toEqual(before);
    app.advance(2 * 86_400_000);
    await client.refreshTokenGrant(config, second);
    const [[grant = 0], [token = 0]] = [await lasting('Grant'), await lasting('RefreshToken')];
    expect(grant).toBeGreaterThanOrEqual(token);
    expect(grant).toBeGreaterThan(before[0] ?? 0);
    app.advance(-2 * 86_400_000 - 1000);
  });

  it('rotate; one that was used before ends all that came of it', async () => {
    const config = await app.as('web');
    const first = await tokensOf(app, 'web', device);
    const second = await client.refreshTokenGrant(config, first.refresh_token ?? '');
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.claims()?.sub).toBe(userId);
    const refresh = (token = '') => client.refreshTokenGrant(config, token);
    app.advance(1_001);
    await expect(refresh(first.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(refresh(second.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(client.fetchUserInfo(config, second.access_token, userId)).rejects.toThrow();
    const browser = app.browser();
    await browser.signIn(device);
    const { body } = await browser.get('/api/activity');
    const kinds = body.activity.map(({ kind }: { kind: string }) => kind);
    expect(kinds).toContain('refresh-token-reused');
  });

  it('of an app without a secret may be used again for ten seconds, if an answer was lost', async () => {
    const config = await app.as('com.example.app');
    const { refresh_token: token = '' } = await tokensOf(app, 'com.example.app', device);
    const lost = await client.refreshTokenGrant(config, token);
    const repeated = await client.refreshTokenGrant(config, token);
    expect(repeated.refresh_token).not.toBe(lost.refresh_token);
    app.advance(10_001);
    await expect(client.refreshTokenGrant(config, token)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    // Whoever has it, both are out.
    for (const { refresh_token: later = '' } of [lost, repeated]) {
      await expect(client.refreshTokenGrant(config, later)).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    }
  });

  it('are another app’s to nobody', async () => {
    const { refresh_token: token = '' } = await tokensOf(app, 'web', device);
    await expect(client.refreshTokenGrant(await app.as('spa'), token)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});

describe('DPoP', () => {
  it('binds tokens to a key; a proof is good once', async () => {
    const config = await app.as('com.example.app');
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const { url, checks } = await newRequest(config, { scope: 'openid profile' });
    const callback = await signInTo(app.browser(), device, url);
    const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, {
      DPoP,
    });
    expect(tokens.token_type).toBe('dpop');
    const info = await client.fetchUserInfo(config, tokens.access_token, userId, { DPoP });
    expect(info.sub).toBe(userId);
    const token = tokens.refresh_token ?? '';
    const next = await client.refreshTokenGrant(config, token, undefined, { DPoP });
    expect(next.token_type).toBe('dpop');
    // Without the key, and with another one.
    const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    for (const wrong of [undefined, { DPoP: other }]) {
      await expect(client.refreshTokenGrant(config, token, undefined, wrong)).rejects.toMatchObject(
        {
          error: 'invalid_grant',
        },
      );
    }
    await expect(client.fetchUserInfo(config, tokens.access_token, userId)).rejects.toThrow();
  });
});

describe('a back end', () => {
  const verify = (token: string) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${app.issuer}/jwks`)), {
      ...{ issuer: app.issuer, audience: api, typ: 'at+jwt' },
    });

  it('verifies access tokens that were asked for it (RFC 8707, RFC 9068)', async () => {
    const tokens = await tokensOf(app, 'web', device, { scope: 'openid read', resource: api });
    const { payload } = await verify(tokens.access_token);
    expect(payload).toMatchObject({
      ...{ sub: userId, client_id: 'web', scope: 'read', acr: 'phr' },
      ...{ amr: ['pop', 'user', 'swk'], auth_time: expect.any(Number) },
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    const config = await app.as('web');
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect((await verify(next.access_token)).payload).toMatchObject({ scope: 'read', acr: 'phr' });
  });

  it('is not known if it is not configured', async () => {
    const { url } = await newRequest(await app.as('web'), {
      resource: 'https://other.example.com/',
    });
    const callback = new URL(locationOf(await app.browser().get(target(url))));
    expect(callback.searchParams.get('error')).toBe('invalid_target');
  });

  it('may ask about a token, and an app gives back its own', async () => {
    const config = await app.as('web');
    const { access_token: access, refresh_token: refresh = '' } = await tokensOf(
      app,
      'web',
      device,
    );
    const ask = (token: string) => client.tokenIntrospection(config, token);
    expect(await ask(access)).toMatchObject({ active: true, sub: userId, client_id: 'web' });
    expect(await ask(refresh)).toMatchObject({ active: true });
    await client.tokenRevocation(config, refresh);
    expect([await ask(access), await ask(refresh)]).toEqual([{ active: false }, { active: false }]);
  });
});

describe('an interaction', () => {
  it('says who asks, and how it can be finished', async () => {
    const [browser, config] = [app.browser(), await app.as('com.example.app')];
    const { url } = await newRequest(config, {
      ...{ login_hint: 'ada', ui_locales: 'de en', prompt: 'login' },
    });
    const path = `/api/interactions/${await begin(browser, url)}`;
    const asked = {
      ...{ client: { name: 'Example' }, prompt: 'login', loginHint: 'ada', locales: ['de', 'en'] },
    };
    expect((await browser.get(path)).body).toEqual({ ...asked, needs: 'sign-in' });
    const early = await browser.post(`${path}/finish`);
    expect([early.status, early.body.code]).toEqual([401, 'unauthenticated']);
    await browser.signIn(device);
    expect((await browser.get(path)).body).toEqual({ ...asked, needs: null });
    expect((await browser.post(`${path}/finish`)).body.redirectTo).toMatch(app.issuer);
  });

  it('is one browser’s alone', async () => {
    const [browser, other] = [app.browser(), app.browser()];
    const { url } = await newRequest(await app.as('com.example.app'));
    const path = `/api/interactions/${await begin(browser, url)}`;
    await other.signIn(device);
    const answers = await Promise.all([
      ...[other.get(path), other.post(`${path}/finish`), other.post(`${path}/abort`)],
      ...[browser.get('/api/interactions/unknown'), browser.post('/api/interactions/x/finish')],
    ]);
    for (const { status, body } of answers) expect([status, body.code]).toEqual([404, 'not_found']);
  });

  it('that is given up tells the app so', async () => {
    const browser = app.browser();
    const { url, parameters } = await newRequest(await app.as('com.example.app'));
    const { body } = await browser.post(`/api/interactions/${await begin(browser, url)}/abort`);
    const callback = new URL(locationOf(await browser.get(target(body.redirectTo))));
    expect(callback.protocol).toBe('com.example.app:');
    expect(Object.fromEntries(callback.searchParams)).toMatchObject({
      ...{ error: 'access_denied', state: parameters.state, iss: app.issuer },
    });
  });

  it('in another tab disturbs none', async () => {
    const browser = app.browser();
    const [one, two] = [await app.as('com.example.app'), await app.as('web')];
    const requests = [await newRequest(one), await newRequest(two), await newRequest(one)] as const;
    const uids = [];
    for (const { url } of requests) uids.push(await begin(browser, url));
    await browser.signIn(device);
    const callbacks = await Promise.all(uids.map((uid) => finish(browser, uid)));
    for (const [index, config] of [one, two, one].entries()) {
      const [callback, request] = [callbacks[index] ?? '', requests[index] ?? requests[0]];
      const tokens = await redeem(config, new URL(callback), request.checks);
      const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
      expect(next.claims()?.sub).toBe(userId);
    }
  });
});

describe('signing out', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const uri = native.post_logout_redirect_uris[0] ?? '';

  async function signedIn() {
    const [browser, config] = [app.browser(), await app.as('com.example.app')];
    const { url, checks } = await newRequest(config);
    const tokens = await redeem(config, await signInTo(browser, device, url), checks);
    const ask = (more: Readonly<Record<string, string>>) =>
      target(client.buildEndSessionUrl(config, { post_logout_redirect_uri: uri, ...more }));
    const refresh = () => client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    return { browser, ask, hint: tokens.id_token ?? '', refresh };
  }

  it('from an app that names the session ends it here, and goes back to the app', async () => {
    const { browser, ask, hint, refresh } = await signedIn();
    const answer = await browser.get(ask({ id_token_hint: hint, state: 'gone' }));
    expect(locationOf(answer)).toBe('com.example.app:/signed-out?state=gone');
    expect(browser.cookies.has('latchkey-session')).toBe(false);
    expect((await browser.get('/api/session')).status).toBe(401);
    await expect(refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
    // Who is signed out already is not asked either.
    expect(locationOf(await browser.get(ask({ state: 'gone' })))).toMatch(/state=gone$/);
    expect(browser.cookies.has('latchkey-oidc')).toBe(false);
  });

  it.each([
    ['yes', '&logout=yes', 401],
    ['no', '', 200],
  ])('is asked for otherwise: %s', async (_answer, logout, status) => {
    const { browser, ask } = await signedIn();
    const page = await browser.get(ask({}));
    expect(page.headers.get('content-security-policy')).toContain(
      "form-action 'self' https: com.example.app:",
    );
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const wrong = await browser.request('POST', '/oidc/logout/confirm', `xsrf=x${logout}`, form);
    expect(wrong.status).toBe(400);
    const answer = await browser.request(
      'POST',
      '/oidc/logout/confirm',
      `xsrf=${xsrf}${logout}`,
      form,
    );
    expect(locationOf(answer)).toMatch(uri);
    expect((await browser.get('/api/session')).status).toBe(status);
  });

  it('goes nowhere but where the app may be', async () => {
    const { browser, ask, hint } = await signedIn();
    const elsewhere = { post_logout_redirect_uri: 'https://evil.example/', id_token_hint: hint };
    expect((await browser.get(ask(elsewhere))).status).toBe(400);
    expect((await browser.get('/api/session')).status).toBe(200);
  });

  it('here ends what apps have, but for offline access', async () => {
    const browser = app.browser();
    const config = await app.as('com.example.app');
    const bound = await tokensOf(app, 'com.example.app', device, {}, browser);
    const scope = 'openid offline_access';
    const offline = await tokensOf(app, 'com.example.app', device, { scope }, browser);
    expect(offline.scope).toBe(scope);
    await browser.request('DELETE', '/api/session');
    await expect(client.refreshTokenGrant(config, bound.refresh_token ?? '')).rejects.toMatchObject(
      {
        error: 'invalid_grant',
      },
    );
    await expect(client.fetchUserInfo(config, bound.access_token, userId)).rejects.toThrow();
    const next = await client.refreshTokenGrant(config, offline.refresh_token ?? '');
    expect(next.claims()?.sub).toBe(userId);
  });
});

/** Requests of apps that are not as they should be, and races: what is refused, and that nothing breaks. */
import { connect } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as client from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type AppsApp,
  begin,
  locationOf,
  newRequest,
  redeem,
  secret,
  signInTo,
  startAppsApp,
  target,
  tokensOf,
} from '../testing/apps.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';

let app: AppsApp;
let device: SoftwareAuthenticator;
let signing: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  signing = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(signing.publicKey)), kid: 'signing', alg: 'ES256' };
  app = await startAppsApp([
    {
      ...{ client_id: 'signing', first_party: true, jwks: { keys: [key] } },
      token_endpoint_auth_method: 'private_key_jwt',
      redirect_uris: ['https://signing.example.com/callback'],
    },
  ]);
  device = app.device();
  await app.browser().signUp('ada', device);
});
afterAll(() => app.close());
afterEach(() => {
  vi.useRealTimers();
});

const refused = (error: string) => expect.objectContaining({ error });
const twenty = <Result>(each: () => Promise<Result>) =>
  Promise.allSettled(Array.from({ length: 20 }, each));
const winners = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.filter(({ status }) => status === 'fulfilled').length;

async function callbackOf(id: string, parameters: Readonly<Record<string, string>> = {}) {
  const config = await app.as(id);
  const { url, checks } = await newRequest(config, parameters);
  return { config, checks, callback: await signInTo(app.browser(), device, url) };
}

describe('an authorization request', () => {
  /** With an address that the app has, the app hears of it; otherwise nobody is sent anywhere. */
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['without PKCE', { code_challenge: '', code_challenge_method: '' }, 'invalid_request'],
    ['with PKCE in plain text', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['whose challenge has no method', { code_challenge_method: '' }, 'invalid_request'],
    ['with a challenge of another form', { code_challenge: 'short' }, 'invalid_request'],
    ['for a token at once', { response_type: 'token' }, 'unsupported_response_type'],
    ['for an ID token at once', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['with an unknown prompt', { prompt: 'guess' }, 'invalid_request'],
    ['that wants to ask nobody and somebody', { prompt: 'none login' }, 'invalid_request'],
    ['with an age that is none', { max_age: 'old' }, 'invalid_request'],
    ['with a scope of odd letters', { scope: 'openid \u0000' }, 'invalid_scope'],
    ['in a request object', { request: 'e30.e30.' }, 'request_not_supported'],
    ['elsewhere', { request_uri: 'https://evil.example/r' }, 'request_uri_not_supported'],
    ['with claims of its own', { claims: '{"id_token":{"email":null}}' }, 'login_required'],
    ['with a hint that is no token', { id_token_hint: 'x' }, 'invalid_request'],
    ['of nobody who is signed in', {}, 'login_required'],
    [
      'for what nobody can show',
      { acr_values: 'urn:example:gold' },
      'unmet_authentication_requirements',
    ],
  ])('%s comes back as an error', async (_what, parameters, error) => {
    const { url } = await newRequest(await app.as('web'), { prompt: 'none', ...parameters });
    for (const [name, value] of Object.entries(parameters)) {
      if (value === '') url.searchParams.delete(name);
    }
    const callback = new URL(locationOf(await app.browser().get(target(url))));
    expect(callback.origin + callback.pathname).toBe('https://web.example.com/callback');
    // Some answers stand behind a #, as that response type has it.
    const said = new URLSearchParams(callback.search || callback.hash.slice(1));
    expect([said.get('error'), said.get('code')]).toEqual([error, null]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['another site', { redirect_uri: 'https://evil.example/callback' }],
    ['another path', { redirect_uri: 'https://web.example.com/callback/more' }],
    ['another query', { redirect_uri: 'https://web.example.com/callback?next=1' }],
    ['another port', { redirect_uri: 'https://web.example.com:8443/callback' }],
    ['a site that looks alike', { redirect_uri: 'https://web.example.com.evil.example/callback' }],
    ['a user in it', { redirect_uri: 'https://web.example.com@evil.example/callback' }],
    ['an address without http', { redirect_uri: 'javascript:alert(1)' }],
    ['what is no address', { redirect_uri: '/callback' }],
    ['none', { redirect_uri: '' }],
    ['another app’s', { redirect_uri: 'com.example.app:/callback' }],
    ['that of codes without a redirect', { redirect_uri: 'urn:latchkey:first-party' }],
    ['an unknown app', { client_id: 'unknown' }],
    ['an app with an odd name', { client_id: 'a\u0000b' }],
  ])('for %s sends nobody anywhere', async (_what, parameters) => {
    const { url } = await newRequest(await app.as('web'));
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const { status, headers } = await app.browser().get(target(url));
    expect([status, headers.get('location')]).toEqual([400, null]);
  });

  it('that stands twice in itself is refused', async () => {
    const { url } = await newRequest(await app.as('web'));
    url.searchParams.append('redirect_uri', 'https://evil.example/');
    expect((await app.browser().get(target(url))).status).toBe(400);
  });

  it('of an app with a loopback address may have any port, and no other host', async () => {
    const config = await app.as('net.example.stranger');
    const ask = async (redirectUri: string) => {
      const { url } = await newRequest(config, { redirect_uri: redirectUri });
      return (await app.browser().get(target(url))).status;
    };
    expect(await ask('http://127.0.0.1:49152/callback')).toBe(303);
    expect(await ask('http://localhost:49152/callback')).toBe(400);
    expect(await ask('http://127.0.0.1:49152/other')).toBe(400);
  });
});

describe('a code', () => {
  it.each<[string, (given: Awaited<ReturnType<typeof callbackOf>>) => Promise<unknown>]>([
    [
      'with another verifier',
      ({ config, callback, checks }) =>
        redeem(config, callback, { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }),
    ],
    [
      'with another redirect URI',
      ({ config, callback, checks }) => {
        const other = new URL(callback);
        other.pathname = '/other';
        return redeem(config, other, checks);
      },
    ],
    [
      'by another app',
      async ({ callback, checks }) => {
        const { client_id: id, ...rest } = { client_id: 'spa', ...checks };
        const config = await app.as(id);
        return redeem(config, callback, rest);
      },
    ],
    [
      'too late',
      ({ config, callback, checks }) => {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
        return redeem(config, callback, checks);
      },
    ],
    [
      'that is none',
      ({ config, callback, checks }) => {
        callback.searchParams.set('code', 'A'.repeat(43));
        return redeem(config, callback, checks);
      },
    ],
  ])('%s gets nothing', async (_what, act) => {
    await expect(act(await callbackOf('web'))).rejects.toEqual(refused('invalid_grant'));
  });

  it('without a verifier gets nothing', async () => {
    const { callback } = await callbackOf('web');
    const answer = await token({
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: 'https://web.example.com/callback',
    });
    expect(answer).toEqual([400, 'invalid_grant']);
  });

  it('that went through a redirect is not redeemed without one', async () => {
    const { callback, checks } = await callbackOf('web');
    const answer = await token({
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      code_verifier: checks.pkceCodeVerifier,
    });
    expect(answer).toEqual([400, 'invalid_grant']);
  });

  it('that is replayed ends what came of it', async () => {
    const { config, callback, checks } = await callbackOf('web');
    const tokens = await redeem(config, callback, checks);
    app.advance(1_001);
    await expect(redeem(config, callback, checks)).rejects.toEqual(refused('invalid_grant'));
    const { refresh_token: refresh = '', access_token: access } = tokens;
    await expect(client.refreshTokenGrant(config, refresh)).rejects.toEqual(
      refused('invalid_grant'),
    );
    await expect(client.fetchUserInfo(config, access, client.skipSubjectCheck)).rejects.toThrow();
  });

  it('is redeemed by one of twenty at once', async () => {
    const { config, callback, checks } = await callbackOf('web');
    const outcomes = await twenty(() => redeem(config, callback, checks));
    expect(winners(outcomes)).toBe(1);
    const won = outcomes.find((each) => each.status === 'fulfilled')?.value.refresh_token ?? '';
    await expect(client.refreshTokenGrant(config, won)).resolves.toBeDefined();
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refused('invalid_grant'));
    }
  });
});

describe('what a client signs', () => {
  it.each([60, 60.5, 1e15, 1e300])('proves it once: good for %s seconds', async (seconds) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: 'signing', sub: 'signing', aud: app.issuer, jti: crypto.randomUUID() };
    const assertion = await new SignJWT({ ...claims, iat: now, exp: now + seconds })
      .setProtectedHeader({ alg: 'ES256', kid: 'signing' })
      .sign(signing.privateKey);
    const form = {
      ...{ grant_type: 'refresh_token', refresh_token: 'x', client_assertion: assertion },
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    expect(await token(form, { authorization: '' })).toEqual([400, 'invalid_grant']);
    expect(await token(form, { authorization: '' })).toEqual([401, 'invalid_client']);
  });

  it('with a clock that is ahead is not good again once the library has forgotten it', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    const { config, checks, callback } = await callbackOf('spa');
    const handle = client.getDPoPHandle(config, { publicKey, privateKey });
    const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, {
      DPoP: handle,
    });
    const proof = await new SignJWT({ htm: 'POST', htu: `${app.issuer}/token`, jti: 'ahead' })
      .setIssuedAt(Math.floor(Date.now() / 1000) + 290)
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(privateKey);
    const refresh = () =>
      token(
        { grant_type: 'refresh_token', client_id: 'spa', refresh_token: `${tokens.refresh_token}` },
        { authorization: '', dpop: proof },
      );
    expect(await refresh()).toEqual([200, undefined]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 320_000 });
    expect(await refresh()).toEqual([400, 'invalid_dpop_proof']);
  });
});

describe('twenty at once', () => {
  it('of one refresh token: one wins, and is not undone by the others', async () => {
    const config = await app.as('web');
    const { refresh_token: refresh = '' } = await tokensOf(app, 'web', device);
    const outcomes = await twenty(() => client.refreshTokenGrant(config, refresh));
    expect(winners(outcomes)).toBe(1);
    const won = outcomes.find((each) => each.status === 'fulfilled')?.value.refresh_token ?? '';
    await expect(client.refreshTokenGrant(config, won)).resolves.toBeDefined();
  });

  it('of one refresh token that an app without a secret may repeat: all belong together', async () => {
    const config = await app.as('com.example.app');
    const { refresh_token: refresh = '' } = await tokensOf(app, 'com.example.app', device);
    const outcomes = await twenty(() => client.refreshTokenGrant(config, refresh));
    expect(winners(outcomes)).toBe(20);
    app.advance(11_000);
    await expect(client.refreshTokenGrant(config, refresh)).rejects.toThrow();
    for (const outcome of outcomes) {
      const { refresh_token: next = '' } = outcome.status === 'fulfilled' ? outcome.value : {};
      await expect(client.refreshTokenGrant(config, next)).rejects.toThrow();
    }
  });

  it('of one DPoP proof: one is accepted', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const proof = await new SignJWT({ htm: 'POST', htu: `${app.issuer}/token`, jti: 'once' })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .setIssuedAt()
      .sign(privateKey);
    const { refresh_token: refresh = '' } = await tokensOf(app, 'com.example.app', device);
    const body = {
      grant_type: 'refresh_token',
      refresh_token: refresh,
      client_id: 'com.example.app',
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => token(body, { authorization: '', dpop: proof })),
    );
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(([, error]) => error))).toEqual(
      new Set([undefined, 'invalid_dpop_proof']),
    );
  });

  it('of one pushed request: one code', async () => {
    const config = await app.as('web');
    const { parameters } = await newRequest(config);
    const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
    const browser = app.browser();
    await browser.signIn(device);
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.get(target(url))));
    const codes = answers.filter(({ headers }) => headers.get('location')?.includes('code='));
    expect(codes).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
  });
});

describe('a path of the provider', () => {
  it.each([
    '/oidc/AUTHORIZE',
    '/oidc/Authorize/x',
    '/oidc/Token',
    '/oidc/logout/Confirm',
    '/oidc/.Well-Known/openid-configuration',
  ])('has one spelling, which is not %s', async (path) => {
    const { url } = await newRequest(await app.as('web'));
    const { status, body } = await app.browser().get(path + url.search);
    expect([status, body.code]).toEqual([404, 'not_found']);
  });
});

describe('the token endpoint', () => {
  it.each<
    [string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, number, string]
  >([
    ['a wrong secret', {}, basic('web', 'wrong'), 401, 'invalid_client'],
    ['an unknown client', {}, basic('unknown', secret), 401, 'invalid_client'],
    ['no client', {}, { authorization: '' }, 400, 'invalid_request'],
    [
      'a client that forgot its secret',
      { client_id: 'web' },
      { authorization: '' },
      401,
      'invalid_client',
    ],
    ['a grant that is none', { grant_type: 'password' }, {}, 400, 'unsupported_grant_type'],
    ['no grant', { grant_type: '' }, {}, 400, 'invalid_request'],
    ['a refresh token that is none', { refresh_token: 'x' }, {}, 400, 'invalid_grant'],
    ['a very long token', { refresh_token: 'x'.repeat(50_000) }, {}, 400, 'invalid_grant'],
    ['odd letters', { refresh_token: '\u0000\ud800' }, {}, 400, 'invalid_grant'],
    ['another content type', {}, { 'content-type': 'application/json' }, 400, 'invalid_request'],
    ['a broken header', {}, { authorization: 'Basic !!!' }, 400, 'invalid_request'],
    ['a broken proof', {}, { dpop: 'x' }, 400, 'invalid_dpop_proof'],
    ['another site’s script', {}, { origin: 'https://evil.example' }, 400, 'invalid_request'],
  ])('refuses %s', async (_what, body, headers, status, error) => {
    const form = { grant_type: 'refresh_token', refresh_token: 'A'.repeat(43), ...body };
    expect(await token(form, headers)).toEqual([status, error]);
  });

  it('is not for scripts of pages in a sandbox, whose origin an app has too', async () => {
    const body = { grant_type: 'refresh_token', client_id: 'com.example.app', refresh_token: 'x' };
    const headers = { authorization: '', origin: 'null' };
    expect(await token(body, headers)).toEqual([400, 'invalid_request']);
    expect(await token(body, { authorization: '' })).toEqual([400, 'invalid_grant']);
  });

  it('does not read what never ends', async () => {
    expect(await token({ refresh_token: 'x'.repeat(100_000) })).toEqual([400, 'invalid_request']);
  });
});

describe('whoever says to be somebody else', () => {
  it.each<[string, string]>([
    ['in the Host', 'GET /oidc/.well-known/openid-configuration HTTP/1.1\r\nHost: evil.example'],
    [
      'in the target',
      'GET http://evil.example/oidc/.well-known/openid-configuration HTTP/1.1\r\nHost: evil.example',
    ],
    [
      'in what proxies say',
      'GET /oidc/.well-known/openid-configuration HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\nForwarded: host=evil.example',
    ],
    [
      'at the other place',
      'GET /.well-known/oauth-authorization-server/oidc HTTP/1.1\r\nHost: evil.example',
    ],
    [
      'for OpenID there too',
      'GET /.well-known/openid-configuration/oidc HTTP/1.1\r\nHost: evil.example',
    ],
  ])('%s changes nothing', async (_where, head) => {
    const said = await raw(`${head}\r\nConnection: close\r\n\r\n`);
    expect(said).not.toContain('evil.example');
    const document = JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1));
    expect(document.issuer).toBe(app.issuer);
    for (const [name, value] of Object.entries(document)) {
      if (/endpoint$|_uri$/.test(name)) expect(value).toMatch(new RegExp(`^${app.issuer}/`));
    }
  });

  it('in a proof’s address is not believed', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const proof = await new SignJWT({
      htm: 'POST',
      htu: 'https://evil.example/oidc/token',
      jti: 'h',
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .setIssuedAt()
      .sign(privateKey);
    const form = { grant_type: 'refresh_token', refresh_token: 'x' };
    expect(await token(form, { dpop: proof, 'x-forwarded-host': 'evil.example' })).toEqual([
      ...[400, 'invalid_dpop_proof'],
    ]);
  });

  it('with a session of the library’s making is nobody', async () => {
    const { url } = await newRequest(await app.as('web'), { prompt: 'none' });
    const browser = app.browser();
    const { body } = await browser.signIn(device);
    await browser.request('DELETE', '/api/session');
    for (const forged of [`ours.${body.user.id}`, 'A'.repeat(43), 'ours.']) {
      browser.cookies.set('latchkey-oidc', forged);
      const callback = new URL(locationOf(await browser.get(target(url))));
      expect(callback.searchParams.get('error')).toBe('login_required');
    }
  });
});

describe('nobody who reads the database', () => {
  it('finds a code, a token or an interaction that could be used', async () => {
    const browser = app.browser();
    const { url, checks } = await newRequest(await app.as('web'));
    const uid = await begin(browser, url);
    await browser.signIn(device);
    const { body } = await browser.post(`/api/interactions/${uid}/finish`);
    const held = JSON.stringify(await app.contents());
    const callback = new URL(locationOf(await browser.get(target(body.redirectTo))));
    const code = callback.searchParams.get('code') ?? 'none';
    const withCode = JSON.stringify(await app.contents());
    const tokens = await redeem(await app.as('web'), callback, checks);
    const withTokens = JSON.stringify(await app.contents());
    expect(withCode).toContain('AuthorizationCode');
    expect(withTokens).toContain('RefreshToken');
    for (const value of [code, tokens.access_token, tokens.refresh_token ?? 'none']) {
      expect(held + withCode + withTokens).not.toContain(value);
    }
    expect(held.replaceAll(`authorize/${uid}`, '')).not.toContain(uid);
  });
});

describe('no request', () => {
  it('of a heap of odd ones breaks the server', async () => {
    const odd = [
      '',
      '%00',
      '%ff',
      '[]',
      '{}',
      '\u0000',
      'a'.repeat(3000),
      '%F0%9F%98%80',
      '..',
      '\\',
    ];
    const paths = ['authorize', 'authorize/x', 'token', 'userinfo', 'par', 'introspect', 'revoke'];
    const names = [
      'client_id',
      'redirect_uri',
      'scope',
      'resource',
      'id_token_hint',
      'request_uri',
    ];
    const browser = app.browser();
    await browser.signIn(device);
    for (const path of [...paths, 'logout', 'logout/confirm', 'jwks', 'x', '']) {
      for (const value of odd) {
        const query = names.map((name) => `${name}=${encodeURIComponent(value)}`).join('&');
        const type = { 'content-type': 'application/x-www-form-urlencoded' };
        const answers = await Promise.all([
          browser.get(`/oidc/${path}?${query}&response_type=code&${names[0]}=web`),
          browser.get(`/oidc/${path}?${query}`),
          browser.request('POST', `/oidc/${path}`, query, type),
          browser.request('PUT', `/oidc/${path}`, query, type),
        ]);
        for (const { status } of answers) expect(status).toBeLessThan(500);
      }
    }
    expect(app.logLines.filter((line) => line.includes('the provider failed'))).toEqual([]);
  });
});

function basic(id: string, password: string) {
  return { authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}` };
}

/** Status and error of the token endpoint, as the client `web` unless the headers say otherwise. */
async function token(
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<[number, string | undefined]> {
  const all = {
    'content-type': 'application/x-www-form-urlencoded',
    ...basic('web', secret.replaceAll(' ', '+')),
    ...headers,
  };
  const sent = Object.entries(all).filter(([, value]) => value !== '');
  const answer = await fetch(`${app.issuer}/token`, {
    method: 'POST',
    headers: Object.fromEntries(sent),
    body: new URLSearchParams(form).toString(),
  });
  const { error } = (await answer.json()) as { error?: string };
  return [answer.status, error];
}

/** What the server says to these bytes. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(app.port, 'localhost', () => socket.end(bytes));
    socket.on('data', (chunk) => {
      said += chunk;
    });
    socket.on('end', () => resolve(said));
    socket.on('error', reject);
  });
}

/** Clients that nobody has configured: their ID is the URL of a document in which they describe themselves. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AppsApp,
  api,
  begin,
  finish,
  locationOf,
  newRequest,
  redeem,
  secret,
  startAppsApp,
  target,
} from '../testing/apps.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { type DocumentHost, startDocumentHost } from '../testing/document-host.ts';

let host: DocumentHost;
let app: AppsApp;
let device: SoftwareAuthenticator;
let browser: TestBrowser;
const redirectUri = 'http://localhost:49152/callback';

beforeAll(async () => {
  host = await startDocumentHost();
  app = await startAppsApp([], {
    env: { OIDC_SELF_DESCRIBED_CLIENTS: 'on' },
    network: host.network,
  });
  device = app.device();
  browser = app.browser();
  await browser.signUp('ada', device);
});
afterAll(async () => {
  await app.close();
  await host.close();
});

let documents = 0;
let id: string;
let members: Readonly<Record<string, unknown>>;
/** As those of MCP clients are. */
beforeEach(() => {
  id = `${host.origin}/${documents++}.json`;
  members = {
    ...{ client_id: id, client_name: 'Somebody’s program', client_uri: 'https://example.com' },
    redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
    token_endpoint_auth_method: 'none',
  };
  host.asked.splice(0);
  host.answer = (_path, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(members));
});

async function asClient(auth = client.None()) {
  return client.discovery(new URL(app.issuer), id, undefined, auth, {
    ...{ algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
  });
}

async function ask(more: Readonly<Record<string, string>> = {}) {
  const config = await asClient();
  const { url, checks } = await newRequest(config, { redirect_uri: redirectUri, ...more });
  return { config, checks, path: target(url) };
}

/** What is answered to a request of the client as it describes itself now. */
async function refusal(more: Readonly<Record<string, string>> = {}) {
  const { status, headers, body } = await browser.get((await ask(more)).path);
  expect(headers.get('location')).toBeNull();
  return [status, String(body)];
}

describe('a client that describes itself', () => {
  it('gets a token for a back end, once its person has said yes', async () => {
    const { config, checks, path } = await ask({ scope: 'openid read', resource: api });
    expect(config.serverMetadata().client_id_metadata_document_supported).toBe(true);
    const uid = await begin(browser, `${app.origin}${path}`);
    const { body } = await browser.get(`/api/interactions/${uid}`);
    // Whose the host is, is proven; what else the document says is not.
    expect(body).toEqual({
      client: { name: 'client.example.com' },
      ...{ prompt: 'consent', scopes: ['openid', 'read'], needs: null },
    });
    const callback = new URL(await finish(browser, uid));
    expect(callback.origin).toBe('http://localhost:49152');
    const tokens = await redeem(config, callback, checks);
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(next.access_token).not.toBe(tokens.access_token);
    const [, payload = ''] = next.access_token.split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      ...{ aud: api, scope: 'read', client_id: id },
    });
    expect(host.asked).toHaveLength(1);
  });

  it('asks its person each time', async () => {
    await finish(browser, await begin(browser, `${app.origin}${(await ask()).path}`));
    const uid = await begin(browser, `${app.origin}${(await ask()).path}`);
    expect((await browser.get(`/api/interactions/${uid}`)).body.prompt).toBe('consent');
    const silent = new URL(locationOf(await browser.get((await ask({ prompt: 'none' })).path)));
    expect(silent.searchParams.get('error')).toMatch(/(consent|interaction)_required/);
  });

  it('asks its person also if it is on a site', async () => {
    members = { ...members, redirect_uris: ['https://client.example.com/callback'] };
    const there = { redirect_uri: 'https://client.example.com/callback' };
    await finish(browser, await begin(browser, `${app.origin}${(await ask(there)).path}`));
    const again = await ask({ ...there, prompt: 'none' });
    const silent = new URL(locationOf(await browser.get(again.path)));
    expect(silent.searchParams.get('error')).toMatch(/(consent|interaction)_required/);
  });

  it('may prove itself by a key', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] };
    members = {
      ...members,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: `${host.origin}/keys.json`,
    };
    host.answer = (path, response) => {
      const body = path === '/keys.json' ? jwks : members;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const { checks, path } = await ask();
    const callback = new URL(await finish(browser, await begin(browser, `${app.origin}${path}`)));
    const config = await asClient(client.PrivateKeyJwt({ key: privateKey, kid: 'k' }));
    expect((await redeem(config, callback, checks)).access_token).toBeTypeOf('string');
    const stranger = await generateKeyPair('ES256');
    const other = await asClient(client.PrivateKeyJwt({ key: stranger.privateKey, kid: 'k' }));
    await expect(client.refreshTokenGrant(other, 'x')).rejects.toMatchObject({
      error: 'invalid_client',
    });
  });
});

describe('what stands in a document', () => {
  it('makes nobody one of ours, shows no picture, and names nobody to be told anything', async () => {
    members = {
      ...members,
      ...{ first_party: true, default_resource: api, self_described: false },
      ...{ logo_uri: 'https://evil.example/logo.svg', policy_uri: 'https://evil.example/' },
      ...{ backchannel_logout_uri: 'http://localhost:1/', sector_identifier_uri: 'https://a.b/' },
      ...{ application_type: 'native', client_name: 'Apple' },
      ...{ post_logout_redirect_uris: ['https://evil.example/'], default_acr_values: ['phrh'] },
    };
    const { path } = await ask();
    const uid = await begin(browser, `${app.origin}${path}`);
    const { body } = await browser.get(`/api/interactions/${uid}`);
    expect(body.client).toEqual({ name: 'client.example.com' });
    expect(body.prompt).toBe('consent');
    await finish(browser, uid);
    const rows = (await app.contents()) as [string, unknown[]][];
    expect(rows.find(([name]) => name === 'oidc_logins')?.[1]).toEqual([]);
    const query = new URLSearchParams({
      ...{ client_id: id, post_logout_redirect_uri: 'https://evil.example/' },
    });
    expect((await browser.get(`/oidc/logout?${query}`)).status).toBe(400);
  });

  it('gives it no code without a browser', async () => {
    const form = `client_id=${id}&code_challenge=${'A'.repeat(43)}&code_challenge_method=S256`;
    const answer = await browser.request('POST', '/oidc/challenge', form, {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([answer.status, answer.body.error]).toEqual([400, 'unauthorized_client']);
  });

  it.each<[string, object]>([
    ['is another client’s', { client_id: 'https://client.example.com/other.json' }],
    ['is nobody’s', { client_id: undefined }],
    ['holds a secret', { client_secret: secret }],
    ['wants to prove itself by a secret', { token_endpoint_auth_method: 'client_secret_post' }],
    ['has no key', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['wants tokens at once', { response_types: ['token'] }],
    ['leads nowhere', { redirect_uris: [] }],
    ['leads to a scheme of anybody’s', { redirect_uris: ['javascript:alert(1)', 'myapp://cb'] }],
    ['leads to a host in plain text', { redirect_uris: ['http://client.example.com/cb'] }],
    [
      'leads to a host named like this machine',
      { redirect_uris: ['http://localhost.evil.example/'] },
    ],
    ['leads to thousands of places', { redirect_uris: Array(21).fill('https://a.example/') }],
  ])('is refused if it %s', async (_what, bent) => {
    members = { ...members, ...bent };
    expect(await refusal()).toEqual([400, expect.stringContaining('invalid_client')]);
  });

  it('says where its person may be sent', async () => {
    for (const uri of [
      ...[
        'http://localhost:1/other',
        'http://127.0.0.2:1/callback',
        'https://evil.example/callback',
      ],
      ...['http://localhost:1@evil.example/callback', 'http://localhost.evil.example/callback'],
    ]) {
      expect(await refusal({ redirect_uri: uri })).toEqual([
        400,
        expect.stringContaining('invalid_redirect_uri'),
      ]);
    }
  });
});

describe('nothing is fetched', () => {
  it.each([
    ['in plain text', (url: string) => url.replace('https:', 'http:')],
    ['without a path', () => `${host.origin}/`],
    ['with a fragment', (url: string) => `${url}#a`],
    ['with a user', (url: string) => url.replace('//', '//user@')],
    ['in another spelling', (url: string) => url.replace('client.', 'CLIENT.')],
    ['with dots in its path', (url: string) => url.replace(/\/(\d)/, '/a/../$1')],
    ['with hidden dots', (url: string) => url.replace(/\/(\d)/, '/a/%2e%2e/$1')],
    ['that is too long', (url: string) => `${url}?${'a'.repeat(500)}`],
    ['at an address', () => 'https://127.0.0.1/a.json'],
    ['of this machine', () => 'https://localhost/a.json'],
  ])('for an ID %s', async (_what, spell) => {
    id = spell(id);
    const path = `/oidc/authorize?${new URLSearchParams({
      ...{ client_id: id, response_type: 'code', scope: 'openid', redirect_uri: redirectUri },
      ...{ code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' },
    })}`;
    const { status, body } = await browser.get(path);
    expect([status, String(body)]).toEqual([400, expect.stringContaining('invalid_client')]);
    expect(host.asked).toEqual([]);
  });

  it('for a request that nothing is wanted for', async () => {
    await browser.get('/oidc/.well-known/openid-configuration');
    await browser.get(`/oidc/jwks?client_id=${encodeURIComponent(id)}`);
    expect(host.asked).toEqual([]);
  });
});

describe('a document', () => {
  it('is fetched once for many who come together, and kept', async () => {
    const { path } = await ask();
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.browser().get(path)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]));
    expect(host.asked).toHaveLength(1);
    app.advance(299_000);
    await browser.get(path);
    expect(host.asked).toHaveLength(1);
    app.advance(2_000);
    await browser.get(path);
    expect(host.asked).toHaveLength(2);
  });

  it('that was bad is not kept, and one that was good is while its host is away', async () => {
    const { path } = await ask();
    const good = members;
    members = {};
    expect((await browser.get(path)).status).toBe(400);
    members = good;
    expect((await browser.get(path)).status).toBe(303);
    const uid = await begin(browser, `${app.origin}${path}`);
    host.answer = (_path, response) => response.writeHead(503).end();
    app.advance(3_000_000);
    expect((await browser.get(`/api/interactions/${uid}`)).status).toBe(200);
    app.advance(90_000_000);
    expect((await browser.get(path)).status).toBe(400);
  });

  it('that is gone ends its interactions, and nothing breaks', async () => {
    const { path } = await ask();
    const uid = await begin(browser, `${app.origin}${path}`);
    host.answer = (_path, response) => response.writeHead(410).end();
    // As in another process, in which it was never read.
    const { describe: look } = await another();
    await expect(look(visitorOf(browser), uid)).rejects.toMatchObject({ code: 'not_found' });
  });
});

async function another() {
  const { openOidc } = await import('../oidc/open.ts');
  return openOidc(app.deps, host.network);
}

function visitorOf({ cookies }: TestBrowser) {
  const none = () => '';
  return {
    caller: {
      browser: cookies.get('latchkey-browser') ?? null,
      ...{ session: null, user: null, userAgent: null, country: null },
    },
    pages: { languages: [], problem: none, signOut: none, signedOut: none, unavailable: none },
    signedOut: () => {},
    mayFetch: async () => true,
  };
}

describe('with rate limits', () => {
  it('strangers make it fetch only so much', async () => {
    const limited = await startAppsApp([], {
      env: { OIDC_SELF_DESCRIBED_CLIENTS: 'on', RATE_LIMITS: 'on' },
      network: host.network,
    });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (let count = 0; count < 40; count++) {
      const body = `grant_type=refresh_token&refresh_token=x&client_id=${host.origin}/many-${count}.json`;
      const { status } = await limited.browser().request('POST', '/oidc/token', body, form);
      expect([400, 401]).toContain(status);
    }
    expect(host.asked).toHaveLength(20);
    await limited.close();
  });

  it('strangers make it fetch keys only so often, also if there are none', async () => {
    const limited = await startAppsApp([], {
      env: { OIDC_SELF_DESCRIBED_CLIENTS: 'on', RATE_LIMITS: 'on' },
      network: host.network,
    });
    members = {
      ...members,
      ...{ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: `${host.origin}/keys.json` },
    };
    host.answer = (path, response) => {
      const status = path === '/keys.json' ? 404 : 200;
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify(members));
    };
    const { privateKey } = await generateKeyPair('ES256');
    for (let count = 0; count < 30; count++) {
      const assertion = await new SignJWT({ jti: String(count) })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuer(id)
        .setSubject(id)
        .setAudience(limited.issuer)
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(privateKey);
      const form = new URLSearchParams({
        ...{ grant_type: 'refresh_token', refresh_token: 'x', client_id: id },
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      });
      const { status } = await fetch(`${limited.issuer}/token`, { method: 'POST', body: form });
      expect([400, 401]).toContain(status);
    }
    expect(host.asked).toHaveLength(20);
    await limited.close();
  });
});

it('without the setting nobody describes themselves', async () => {
  const plain = await startAppsApp([], { network: host.network });
  const { body } = await plain.browser().get('/oidc/.well-known/openid-configuration');
  expect(body.client_id_metadata_document_supported).toBe(false);
  const query = new URLSearchParams({ client_id: id, response_type: 'code', scope: 'openid' });
  expect((await plain.browser().get(`/oidc/authorize?${query}`)).status).toBe(400);
  expect(host.asked).toEqual([]);
  await plain.close();
});

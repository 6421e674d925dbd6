/** The examples in docs/apps.md, run against the provider. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Configuration } from 'openid-client';
import * as client from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type AppsApp,
  api,
  locationOf,
  secret,
  signInTo,
  startAppsApp,
  target,
  tokensOf,
} from '../testing/apps.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { TestNativeApp } from '../testing/browser.ts';
import { codeBlocks, document } from '../testing/documents.ts';

/** Bare imports are found from here. */
const results = fileURLToPath(new URL('../../test-results/', import.meta.url));

let folder: string;
let app: AppsApp;
let logout: Server;
const ended: unknown[] = [];

beforeAll(async () => {
  mkdirSync(results, { recursive: true });
  folder = mkdtempSync(join(results, 'guide-'));
  logout = createServer();
  const { port } = await listening(logout);
  const told = {
    ...{ client_id: 'told', first_party: true, client_secret: secret },
    redirect_uris: ['https://web.example.com/callback'],
    backchannel_logout_uri: `http://localhost:${port}/backchannel-logout`,
  };
  app = await startAppsApp([told], {
    env: { APPLE_APP_IDS: 'A1B2C3D4E5.com.example.app' },
  });
  const { backchannelLogout } = await example('export function backchannelLogout(');
  const { default: express } = await import('express');
  logout.on(
    'request',
    express().use(backchannelLogout('told', (session: unknown) => ended.push(session))),
  );
});
afterAll(async () => {
  logout.close();
  await app.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

async function listening(server: Server): Promise<AddressInfo> {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return server.address() as AddressInfo;
}

let count = 0;
/** The example that has this in it, with the address of the server under test in the place of the guide's. */
// biome-ignore lint/suspicious/noExplicitAny: what it exports, the guide says
async function example(part: string): Promise<any> {
  const block = codeBlocks(document('docs/apps.md')).find(
    ({ language, code }) => language === 'js' && code.includes(part),
  );
  if (block === undefined) throw new Error(`docs/apps.md has no ${part}`);
  const code = block.code
    .replaceAll('https://login.example.com', app.origin)
    // Only a server under test has no https.
    .replace('client.None(),\n', 'client.None(), { execute: [client.allowInsecureRequests] },\n');
  const path = join(folder, `example-${count++}.mjs`);
  writeFileSync(path, code);
  return import(/* @vite-ignore */ pathToFileURL(path).href);
}

async function person() {
  const [browser, device] = [app.browser(), app.device()];
  const { body } = await browser.signUp(app.newName(), device);
  return { browser, device, userId: body.user.id as string };
}

describe('the back end', () => {
  let url: string;
  let server: Server;
  beforeAll(async () => {
    const { app: listener } = (await example('function needs(')) as { app: RequestListener };
    server = createServer(listener);
    url = `http://localhost:${(await listening(server)).port}/notes`;
  });
  afterAll(() => {
    server.close();
  });

  const call = async (token: string | null, method = 'GET') => {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(url, { method, headers });
    return {
      status: response.status,
      wants: response.headers.get('www-authenticate'),
      body: await response.text(),
    };
  };
  const tokenFor = async (scope: string, parameters = {}) => {
    const { device, userId } = await person();
    const all = { scope: `openid ${scope}`, resource: api, ...parameters };
    const tokens = await tokensOf(app, 'com.example.app', device, all);
    return { ...tokens, userId };
  };

  it('lets in whoever brings a token for it, and knows them', async () => {
    const { access_token, userId } = await tokenFor('read');
    const { status, body } = await call(access_token);
    expect([status, JSON.parse(body)]).toEqual([200, { owner: userId }]);
  });

  it('asks for a token', async () => {
    expect(await call(null)).toMatchObject({ status: 401, wants: 'Bearer' });
  });

  it('refuses what is no token for it', async () => {
    const { id_token = '', access_token } = await tokenFor('read');
    const { device } = await person();
    const opaque = await tokensOf(app, 'com.example.app', device, { scope: 'openid' });
    const [head = '', body = '', signature = ''] = access_token.split('.');
    const forged = Buffer.from(body, 'base64url').toString().replace('"read"', '"write"');
    for (const token of [
      ...['nonsense', id_token, opaque.access_token],
      `${head}.${Buffer.from(forged).toString('base64url')}.${signature}`,
      `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${body}.`,
    ]) {
      expect(await call(token)).toMatchObject({
        ...{ status: 401, wants: 'Bearer error="invalid_token"' },
      });
    }
  });

  it('refuses a token of another scope', async () => {
    const { access_token } = await tokenFor('write');
    expect(await call(access_token)).toMatchObject({
      ...{ status: 403, wants: 'Bearer error="insufficient_scope", scope="read"' },
    });
  });

  it('asks for a step-up', async () => {
    const { access_token } = await tokenFor('write');
    expect(await call(access_token, 'DELETE')).toMatchObject({
      status: 401,
      wants: 'Bearer error="insufficient_user_authentication", acr_values="phrh", max_age="300"',
    });
  });

  it('does not take a token that is bound to a key for an ordinary one', async () => {
    const { newKey } = await example('newKey');
    const config = await app.as('spa');
    const DPoP = await newKey(config);
    const { device } = await person();
    const tokens = await boundTokens(config, device, DPoP);
    expect(tokens.token_type).toBe('dpop');
    expect((await call(tokens.access_token)).status).toBe(401);
  });
});

async function boundTokens(
  config: Configuration,
  device: SoftwareAuthenticator,
  DPoP: client.DPoPHandle,
) {
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    ...{ redirect_uri: 'https://spa.example.com/callback', scope: 'openid read', resource: api },
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const callback = await signInTo(app.browser(), device, url);
  return client.authorizationCodeGrant(
    config,
    callback,
    { pkceCodeVerifier: verifier },
    undefined,
    { DPoP },
  );
}

describe('the page in the browser', () => {
  /** A page with an address and a memory, as far as the example uses them. */
  function page(href = 'https://spa.example.com/') {
    const stored = new Map<string, string>();
    const location = {
      href,
      assign(url: URL | string) {
        location.href = String(url);
      },
    };
    vi.stubGlobal('location', location);
    vi.stubGlobal('history', { replaceState: () => {} });
    vi.stubGlobal('sessionStorage', {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => void stored.set(name, value),
      removeItem: (name: string) => void stored.delete(name),
    });
    return location;
  }

  it('signs in, knows silently who it is, and signs out', async () => {
    const location = page();
    const { signIn, comeBack, signInSilently, signOut } = await example(
      'export async function comeBack',
    );
    const { browser, device, userId } = await person();
    await browser.request('DELETE', '/api/session');
    await signIn();
    location.href = (await signInTo(browser, device, location.href)).href;
    const tokens = await comeBack();
    expect(tokens.claims().sub).toBe(userId);

    await signInSilently();
    location.href = locationOf(await browser.get(target(location.href)));
    const again = await comeBack();
    expect(again.claims().sub).toBe(userId);

    signOut(again.id_token);
    expect(new URL(location.href).pathname).toBe('/oidc/logout');
  });

  it('hears that the person gave up', async () => {
    const location = page();
    const { signIn, comeBack } = await example('export async function comeBack');
    await signIn();
    location.href = 'https://spa.example.com/callback?error=access_denied';
    expect(await comeBack()).toBeNull();
  });
});

describe('the back end that is told of sign-outs', () => {
  it('ends its session, and believes nobody else', async () => {
    const { browser, device, userId } = await person();
    const tokens = await tokensOf(app, 'told', device, {}, browser);
    await browser.request('DELETE', '/api/session');
    await app.deps.oidc?.tellApps();
    expect(ended).toEqual([{ sub: userId, sid: tokens.claims()?.['sid'] }]);
    const { port } = logout.address() as AddressInfo;
    for (const token of ['', 'nonsense', tokens.id_token ?? '']) {
      const { status } = await fetch(`http://localhost:${port}/backchannel-logout`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: token }),
      });
      expect(status).toBe(400);
    }
    expect(ended).toHaveLength(1);
  });
});

describe('the app with passkeys of its own', () => {
  /** The members that the example in Swift sends, and no other. */
  const sent = (members: readonly string[]) => (response: Record<string, unknown>) => ({
    ...{ id: response['id'], rawId: response['id'], type: 'public-key' },
    ...{ authenticatorAttachment: 'platform', clientExtensionResults: {} },
    response: Object.fromEntries(
      members.map((name) => [name, (response['response'] as Record<string, unknown>)[name]]),
    ),
  });
  const clientData = (members: object) => ({ ...members, crossOrigin: undefined });

  it('sends all that the server needs', async () => {
    const device = new SoftwareAuthenticator({ origin: 'https://localhost' });
    const installed = new TestNativeApp(app.origin);
    const name = app.newName();
    const creation = await installed.creationOptions({ username: name });
    const made = await device.create(creation, { clientData });
    const registration = sent(['clientDataJSON', 'attestationObject', 'transports']);
    const signedUp = await installed.verifyRegistration(registration(made as never) as never);
    expect(signedUp.status).toBe(201);
    const again = new TestNativeApp(app.origin);
    const given = await device.get(await again.requestOptions(), { clientData });
    const assertion = sent(['clientDataJSON', 'authenticatorData', 'signature', 'userHandle']);
    expect((await again.verifyAuthentication(assertion(given as never) as never)).status).toBe(200);
  });
});

/** Apps that people sign in to with the server under test. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as client from 'openid-client';
import { startTestApp, type TestApp, type TestAppOptions } from './app.ts';
import type { SoftwareAuthenticator } from './authenticator.ts';
import type { Answer, TestBrowser } from './browser.ts';

export const secret = 'a secret of a client that is long enough for tests';
export const api = 'https://api.example.com/';

/** One app of each kind. */
export const native = {
  client_id: 'com.example.app',
  client_name: 'Example',
  application_type: 'native',
  first_party: true,
  redirect_uris: ['com.example.app:/callback', 'https://app.example.com/callback'],
  post_logout_redirect_uris: ['com.example.app:/signed-out'],
};
const web = {
  client_id: 'web',
  client_name: 'Example on the web',
  first_party: true,
  client_secret: secret,
  redirect_uris: ['https://web.example.com/callback'],
  post_logout_redirect_uris: ['https://web.example.com/signed-out'],
};
const spa = {
  client_id: 'spa',
  first_party: true,
  token_endpoint_auth_method: 'none',
  redirect_uris: ['https://spa.example.com/callback'],
};
const stranger = {
  client_id: 'stranger',
  client_name: 'Somebody else’s',
  client_secret: secret,
  redirect_uris: ['https://stranger.example.net/callback'],
};
const strangeApp = {
  client_id: 'net.example.stranger',
  application_type: 'native',
  redirect_uris: ['net.example.stranger:/callback', 'http://127.0.0.1/callback'],
};
const resources = [{ resource: api, scopes: ['read', 'write'], access_token_ttl: 300 }];

export interface AppsApp extends TestApp {
  readonly issuer: string;
  /** What openid-client knows of the server, as this client. */
  as(id: string): Promise<client.Configuration>;
  /** Changes what the provider keeps of a kind. */
  changePayloads(model: string, change: (payload: object) => object): Promise<void>;
  /** Puts other clients into the file. */
  writeClients(clients: readonly object[]): void;
}

/** The application with clients of every kind. */
export async function startAppsApp(
  more: readonly object[] = [],
  { env = {}, ...options }: TestAppOptions = {},
): Promise<AppsApp> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-clients-'));
  const write = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  const clients = [native, web, spa, stranger, strangeApp, ...more];
  const app = await startTestApp({
    ...options,
    env: {
      OIDC_CLIENTS: write('clients.json', clients),
      OIDC_RESOURCES: write('resources.json', resources),
      ...(process.env.TEST_DATABASE === 'postgres' && {
        OIDC_KEYS: write('keys.json', testKeys()),
      }),
      ...env,
    },
  });
  const issuer = `${app.origin}/oidc`;
  return {
    ...app,
    issuer,
    changePayloads: (model, change) => changePayloads(app, model, change),
    writeClients: (others) => void write('clients.json', others),
    async as(id) {
      const known = clients.find((each) => (each as { client_id: string }).client_id === id);
      const { client_secret: kept } = known as { client_secret?: string };
      const method = kept === undefined ? client.None() : client.ClientSecretBasic(kept);
      const execute = [client.allowInsecureRequests];
      return client.discovery(new URL(issuer), id, undefined, method, { execute });
    },
    close: async () => {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function changePayloads(
  { contents, deps: { now, store } }: TestApp,
  model: string,
  change: (payload: object) => object,
): Promise<void> {
  const tables = (await contents()) as [string, { key: string; model: string }[]][];
  const rows = tables.find(([name]) => name === 'oidc_records')?.[1] ?? [];
  for (const { key } of rows.filter((row) => row.model === model)) {
    const record = await store.findOidcRecord(key, now());
    if (record === null) continue;
    const payload = JSON.stringify(change(JSON.parse(record.payload)));
    await store.commitOidc({
      ...{ consume: null, save: [{ ...record, payload }], remove: [], prolong: [] },
      ...{ logins: [], signOut: null, audit: [] },
    });
  }
}

function testKeys(): object {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'test', alg: 'ES256' }] };
}

/** An authorization request, and what it takes to use its answer. */
export async function newRequest(
  config: client.Configuration,
  parameters: Readonly<Record<string, string>> = {},
) {
  const verifier = client.randomPKCECodeVerifier();
  const state = randomBytes(8).toString('hex');
  const nonce = randomBytes(8).toString('hex');
  const { client_id: id } = config.clientMetadata();
  const all = {
    redirect_uri: redirectUriOf(id),
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...{ state, nonce },
    ...parameters,
  };
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  return { url: client.buildAuthorizationUrl(config, all), parameters: all, checks };
}

function redirectUriOf(id: string): string {
  const known = [native, web, spa, stranger, strangeApp].find((each) => each.client_id === id);
  return known?.redirect_uris[0] ?? 'https://web.example.com/callback';
}

/** The path and query of a URL of ours. */
export const target = (url: string | URL): string => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

/** Where an answer sends the browser. */
export function locationOf({ status, headers, body }: Answer): string {
  const location = headers.get('location');
  if (status === 303 && location !== null) return location;
  throw new Error(`${status} leads nowhere: ${JSON.stringify(body).slice(0, 500)}`);
}

/** Opens an authorization URL; resolves to the interaction that it leads to. */
export async function begin(browser: TestBrowser, url: string | URL): Promise<string> {
  const location = new URL(locationOf(await browser.get(target(url))), 'http://localhost');
  const uid = location.searchParams.get('interaction');
  if (uid === null) throw new Error(`${location.href} is no interaction`);
  return uid;
}

/** Finishes an interaction; resolves to where the browser is after it: the app, or the next interaction. */
export async function finish(browser: TestBrowser, uid: string): Promise<string> {
  const { status, body } = await browser.post(`/api/interactions/${uid}/finish`);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return locationOf(await browser.get(target(body.redirectTo)));
}

/** Signs in to an app with this passkey; resolves to the URL that the app is called back with. */
export async function signInTo(
  browser: TestBrowser,
  device: SoftwareAuthenticator,
  url: string | URL,
): Promise<URL> {
  const uid = await begin(browser, url);
  const { status, body } = await browser.signIn(device);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return new URL(await finish(browser, uid));
}

type Checks = Awaited<ReturnType<typeof newRequest>>['checks'];
type Tokens = Awaited<ReturnType<typeof client.authorizationCodeGrant>>;

/** Redeems the code of a callback. */
export function redeem(
  config: client.Configuration,
  callback: URL,
  checks: Checks,
  parameters?: Readonly<Record<string, string>>,
): Promise<Tokens> {
  return client.authorizationCodeGrant(config, callback, checks, parameters);
}

/** The tokens of a sign-in; without one, of the session that the browser has. */
export async function tokensOf(
  app: AppsApp,
  id: string,
  device: SoftwareAuthenticator,
  parameters: Readonly<Record<string, string>> = {},
  browser = app.browser(),
): Promise<Tokens> {
  const config = await app.as(id);
  const { url, checks } = await newRequest(config, parameters);
  const isSignedIn = (await browser.get('/api/session')).status === 200;
  const callback = isSignedIn
    ? new URL(locationOf(await browser.get(target(url))))
    : await signInTo(browser, device, url);
  return redeem(config, callback, checks);
}

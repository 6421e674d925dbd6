/** Apps, browsers and people who want what is not theirs: whatever was granted stays with whom it was granted to. */
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { offerEnrolment, openAccount } from '../administration/enrolment.ts';
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
  tokensOf,
} from '../testing/apps.ts';
import { TestNativeApp } from '../testing/browser.ts';

let app: AppsApp;
beforeAll(async () => {
  app = await startAppsApp([
    {
      ...{ client_id: 'other-stranger', client_secret: secret },
      redirect_uris: ['https://stranger.example.net/callback'],
    },
  ]);
});
afterAll(() => app.close());

const invalidGrant = { error: 'invalid_grant' };

async function person() {
  const [browser, device] = [app.browser(), app.device()];
  const { body } = await browser.signUp(app.newName(), device);
  return { browser, device, userId: String(body.user.id) };
}

const errorOf = (location: string) => new URL(location, app.origin).searchParams.get('error');

describe('consent', () => {
  async function asked(id = 'stranger', parameters: Readonly<Record<string, string>> = {}) {
    const someone = await person();
    const redirect_uri = 'https://stranger.example.net/callback';
    const config = await app.as(id);
    const { url, checks } = await newRequest(config, { redirect_uri, ...parameters });
    return { ...someone, config, url, checks, uid: await begin(someone.browser, url) };
  }
  const consents = async () => {
    const tables = (await app.contents()) as [string, { model?: string }[]][];
    const rows = tables.find(([name]) => name === 'oidc_records')?.[1] ?? [];
    return rows.filter(({ model }) => model === 'Consent').length;
  };

  it('is not given by another account that signs in on the page', async () => {
    const [one, two] = [await asked(), await person()];
    const before = await consents();
    await one.browser.signIn(two.device);
    expect(errorOf(await finish(one.browser, one.uid))).toBe('login_required');
    expect(await consents()).toBe(before);
  });

  it('is nobody else’s who signs in before the app is reached', async () => {
    const [one, two] = [await asked('stranger', { prompt: 'consent' }), await person()];
    // The other one has allowed it once, but is to be asked this time.
    const { url } = await newRequest(one.config);
    await finish(two.browser, await begin(two.browser, url));
    const { body } = await one.browser.post(`/api/interactions/${one.uid}/finish`);
    await one.browser.signIn(two.device);
    const next = locationOf(await one.browser.get(target(body.redirectTo)));
    expect(next).toMatch(/^\/consent\?interaction=/);
  });

  it('to one app is none to another one, and to one scope none to another one', async () => {
    const { browser, uid } = await asked();
    await finish(browser, uid);
    const silent = async (id: string, scope: string) => {
      const redirect_uri = 'https://stranger.example.net/callback';
      const parameters = { redirect_uri, scope, prompt: 'none' };
      const { url } = await newRequest(await app.as(id), parameters);
      return errorOf(locationOf(await browser.get(target(url))));
    };
    expect(await silent('stranger', 'openid')).toBeNull();
    expect(await silent('stranger', 'openid profile')).toBe('consent_required');
    expect(await silent('stranger', 'openid offline_access')).toBe('consent_required');
    expect(await silent('other-stranger', 'openid')).toBe('consent_required');
  });

  it('is not given by a call of another site', async () => {
    const { browser, uid } = await asked();
    const foreign = { origin: 'https://stranger.example.net', 'sec-fetch-site': 'cross-site' };
    const { status } = await browser.request(
      'POST',
      `/api/interactions/${uid}/finish`,
      {},
      foreign,
    );
    expect(status).toBe(403);
  });
});

describe('an interaction that somebody else began', () => {
  it('is led to by no link, whoever is signed in', async () => {
    const attacker = app.browser();
    const { url } = await newRequest(await app.as('web'));
    const uid = await begin(attacker, url);
    const { browser } = await person();
    expect((await browser.post(`/api/interactions/${uid}/finish`)).status).toBe(404);
    const resumed = await browser.get(`/oidc/authorize/${uid}`);
    expect(resumed.headers.get('location') ?? '').not.toContain('code=');
    // Not with the cookies of the one who began it either, planted beside those of the other one.
    const { body } = await attacker.post(`/api/interactions/${uid}/abort`);
    expect(errorOf(locationOf(await attacker.get(target(body.redirectTo))))).toBe('access_denied');
  });

  it('and that was finished there is not resumed here', async () => {
    const attacker = await person();
    await attacker.browser.request('DELETE', '/api/session');
    const { url } = await newRequest(await app.as('web'));
    const uid = await begin(attacker.browser, url);
    await attacker.browser.signIn(attacker.device);
    const { body } = await attacker.browser.post(`/api/interactions/${uid}/finish`);
    const victim = await person();
    const { status, headers } = await victim.browser.get(target(body.redirectTo));
    expect([status, headers.get('location')]).toEqual([400, null]);
  });
});

describe('a session that can only add a passkey', () => {
  it('signs nobody in to an app, with a browser or without', async () => {
    const operator = { ...app.deps, operator: 'root' };
    const user = await openAccount(operator, app.newName());
    const { link } = await offerEnrolment(operator, { user, created: true, minutes: 60 });
    const enrolled = { token: new URL(link).hash.slice(1) };
    const browser = app.browser();
    expect((await browser.post('/api/enrolment', enrolled)).status).toBe(200);
    const { url } = await newRequest(await app.as('com.example.app'), { prompt: 'none' });
    expect(errorOf(locationOf(await browser.get(target(url))))).toBe('login_required');
    const asked = await newRequest(await app.as('com.example.app'));
    const uid = await begin(browser, asked.url);
    const { status, body } = await browser.post(`/api/interactions/${uid}/finish`);
    expect([status, body.code]).toEqual([401, 'unauthenticated']);

    const installed = new TestNativeApp(app.origin);
    for (const [name, value] of browser.cookies) installed.cookies.set(name, value);
    const answer = await installed.postForm('/oidc/challenge', {
      ...{ client_id: 'com.example.app', scope: 'openid' },
      ...{ code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' },
    });
    expect([answer.status, answer.body.error]).toEqual([403, 'insufficient_authorization']);
  });
});

describe('what an app holds', () => {
  const offline = { scope: 'openid offline_access' };
  type Person = Awaited<ReturnType<typeof person>>;

  it.each<[string, Readonly<Record<string, string>>, (someone: Person) => Promise<unknown>]>([
    ['its person signs out', {}, ({ browser }) => browser.request('DELETE', '/api/session')],
    ['all sessions are ended', offline, ({ userId }) => app.deps.store.endSessions(userId, [])],
    ['the account is disabled', offline, ({ userId }) => app.deps.store.disableUser(userId, 1, [])],
    ['the account is deleted', offline, ({ userId }) => app.deps.store.deleteAccount(userId, 0)],
    [
      'the passkey is revoked',
      offline,
      async ({ userId, device }) =>
        app.deps.store.setCredentialState({
          ...{ userId, id: device.credentials[0]?.id ?? '', state: 'revoked', audit: [] },
        }),
    ],
  ])('is worth nothing once %s', async (_what, parameters, end) => {
    const someone = await person();
    const config = await app.as('web');
    const { browser, device, userId } = someone;
    const tokens = await tokensOf(app, 'web', device, parameters, browser);
    const { url, checks } = await newRequest(config, parameters);
    const unused = new URL(locationOf(await browser.get(target(url))));
    await end(someone);
    await expect(
      client.refreshTokenGrant(config, tokens.refresh_token ?? ''),
    ).rejects.toMatchObject(invalidGrant);
    await expect(redeem(config, unused, checks)).rejects.toMatchObject(invalidGrant);
    await expect(client.fetchUserInfo(config, tokens.access_token, userId)).rejects.toThrow();
    expect(await client.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
  });

  it('tells strangers nothing, whom they belong to or whether they are good', async () => {
    const { browser, device } = await person();
    const tokens = await tokensOf(app, 'web', device, {}, browser);
    for (const id of ['stranger', 'spa']) {
      for (const token of [tokens.access_token, tokens.refresh_token ?? '']) {
        expect(await client.tokenIntrospection(await app.as(id), token)).toEqual({ active: false });
      }
    }
    await client.tokenRevocation(await app.as('stranger'), tokens.access_token).catch(() => {});
    await client
      .tokenRevocation(await app.as('stranger'), tokens.refresh_token ?? '')
      .catch(() => {});
    const config = await app.as('web');
    expect((await client.tokenIntrospection(config, tokens.access_token)).active).toBe(true);
    await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
  });

  it('does not grow: no scope, no resource that was not granted', async () => {
    const { browser, device } = await person();
    const config = await app.as('web');
    const tokens = await tokensOf(
      app,
      'web',
      device,
      { scope: 'openid read', resource: api },
      browser,
    );
    const wider = { scope: 'openid read write' };
    await expect(
      client.refreshTokenGrant(config, tokens.refresh_token ?? '', wider),
    ).rejects.toMatchObject({ error: 'invalid_scope' });
    const elsewhere = { resource: 'https://other.example.com/' };
    await expect(
      client.refreshTokenGrant(config, tokens.refresh_token ?? '', elsewhere),
    ).rejects.toMatchObject({ error: 'invalid_target' });
    // A token for a back end is none for us.
    await expect(
      client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck),
    ).rejects.toThrow();
  });
});

describe('a pushed request', () => {
  it('is one app’s alone', async () => {
    const config = await app.as('web');
    const { parameters } = await newRequest(config);
    const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
    url.searchParams.set('client_id', 'spa');
    const { browser } = await person();
    const { status, headers } = await browser.get(target(url));
    expect(status === 400 || errorOf(headers.get('location') ?? '') !== null).toBe(true);
    expect(headers.get('location') ?? '').not.toContain('code=');
  });

  it('is not changed by what stands beside it', async () => {
    const { browser } = await person();
    const config = await app.as('web');
    const { parameters, checks } = await newRequest(config, { state: 'pushed' });
    const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
    for (const [name, value] of Object.entries({
      ...{ redirect_uri: 'https://evil.example/callback', state: 'other', scope: 'openid profile' },
      code_challenge: 'A'.repeat(43),
    })) {
      url.searchParams.set(name, value);
    }
    const callback = new URL(locationOf(await browser.get(target(url))));
    expect(callback.origin).toBe('https://web.example.com');
    const tokens = await redeem(config, callback, { ...checks, expectedState: 'pushed' });
    expect(tokens.scope).toBe('openid');
  });
});

describe('a person', () => {
  it('is not signed out by somebody else’s token', async () => {
    const [one, two] = [await person(), await person()];
    const theirs = await tokensOf(app, 'web', two.device, {}, two.browser);
    const query = new URLSearchParams({ id_token_hint: theirs.id_token ?? '' });
    const { status } = await one.browser.get(`/oidc/logout?${query}`);
    expect(status).toBe(200);
    expect((await one.browser.get('/api/session')).status).toBe(200);
  });

  it('is not named to an app that asks for another one in silence', async () => {
    const [one, two] = [await person(), await person()];
    const theirs = await tokensOf(app, 'web', two.device, {}, two.browser);
    const { url } = await newRequest(await app.as('web'), {
      ...{ prompt: 'none', id_token_hint: theirs.id_token ?? '' },
    });
    const callback = new URL(locationOf(await one.browser.get(target(url))));
    expect([...callback.searchParams.keys()].sort()).toEqual([
      ...['error', 'error_description', 'iss', 'state'],
    ]);
    expect(callback.searchParams.get('error')).toBe('login_required');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AppsApp,
  begin,
  finish,
  locationOf,
  newRequest,
  startAppsApp,
  target,
} from '../testing/apps.ts';
import type { Answer } from '../testing/browser.ts';

const logo = 'https://images.example.org/logo.png';
const withLogo = {
  client_id: 'with-logo',
  client_name: 'App <with> a logo',
  client_secret: 'a secret of a client that is long enough for tests',
  redirect_uris: ['https://web.example.com/callback'],
  logo_uri: logo,
  policy_uri: 'https://images.example.org/policy',
};
const pushing = {
  client_id: 'pushing',
  first_party: true,
  client_secret: 'a secret of a client that is long enough for tests',
  redirect_uris: ['https://web.example.com/callback'],
  require_pushed_authorization_requests: true,
};

let app: AppsApp;
beforeAll(async () => {
  app = await startAppsApp([withLogo, pushing]);
});
afterAll(() => app.close());

/** What a page was given. */
function dataOf({ status, body }: Answer) {
  const [, json = ''] = /<script type="text\/json" id="page">(.*?)<\/script>/.exec(body) ?? [];
  if (json === '') throw new Error(`${status}: no data in ${String(body).slice(0, 300)}`);
  return JSON.parse(json);
}

async function ask(id: string, parameters: Readonly<Record<string, string>> = {}) {
  const { url, checks } = await newRequest(await app.as(id), parameters);
  return { url, checks };
}

async function person() {
  const [device, browser] = [app.device(), app.browser()];
  await browser.signUp(app.newName(), device);
  return { device, browser };
}

const expireInteractions = () =>
  app.changePayloads('Interaction', (payload) => ({ ...payload, exp: 1 }));

describe('the sign-in page of an interaction', () => {
  it('has what the app asks for, and options for a passkey', async () => {
    const browser = app.browser();
    const { url } = await ask('com.example.app', { login_hint: 'ada', ui_locales: 'de en' });
    const uid = await begin(browser, url);
    const page = await browser.get(`/sign-in?interaction=${uid}`);
    const { to, options } = dataOf(page);
    expect(to).toMatchObject({
      ...{ prompt: 'login', loginHint: 'ada', needs: 'sign-in' },
      finish: { path: `/api/interactions/${uid}/finish` },
      client: { name: 'Example' },
    });
    expect(options.challenge).toBeTruthy();
  });

  it('finishes at once for whoever is signed in well enough by now', async () => {
    const { device, browser } = await person();
    await browser.request('DELETE', '/api/session');
    const uid = await begin(browser, (await ask('com.example.app')).url);
    await browser.signIn(device);
    const next = locationOf(await browser.get(`/sign-in?interaction=${uid}`));
    expect(locationOf(await browser.get(target(next)))).toMatch(/^com\.example\.app:.*code=/);
  });

  it('begins the same request again once it has expired', async () => {
    const browser = app.browser();
    const { url } = await ask('com.example.app');
    const uid = await begin(browser, url);
    await expireInteractions();
    const again = new URL(locationOf(await browser.get(`/sign-in?interaction=${uid}`)));
    expect(Object.fromEntries(again.searchParams)).toEqual(Object.fromEntries(url.searchParams));
    expect(await begin(browser, again)).not.toBe(uid);
  });

  it('says that it has expired if nothing is known of it any more', async () => {
    const page = await app.browser().get('/sign-in?interaction=nothing');
    expect([page.status, page.body]).toEqual([200, expect.stringContaining('This took a while')]);
  });

  it('tells another browser nothing', async () => {
    const uid = await begin(app.browser(), (await ask('com.example.app')).url);
    const page = await app.browser().get(`/sign-in?interaction=${uid}`);
    expect(page.body).toContain('This took a while');
    expect(page.body).not.toContain('Example');
  });

  it('shows logos from where the app has them, and from nowhere else', async () => {
    const browser = app.browser();
    const uid = await begin(browser, (await ask('with-logo')).url);
    const page = await browser.get(`/sign-in?interaction=${uid}`);
    expect(dataOf(page).to.client).toMatchObject({ logo, policy: withLogo.policy_uri });
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("img-src 'self' https://images.example.org data:;");
    const other = await browser.get('/sign-in');
    expect(other.headers.get('content-security-policy')).not.toContain('example.org');
  });

  it('escapes what comes from apps', async () => {
    const browser = app.browser();
    const uid = await begin(browser, (await ask('with-logo', { login_hint: '</script>' })).url);
    const page = await browser.get(`/sign-in?interaction=${uid}`);
    expect(page.body).not.toContain('<with>');
    expect(page.body.match(/<\/script>/g)).toHaveLength(2);
    expect(dataOf(page).to.loginHint).toBe('</script>');
  });

  it('leads nowhere else if the app pushes its requests', async () => {
    const browser = app.browser();
    const config = await app.as('pushing');
    const { parameters } = await newRequest(config);
    const { buildAuthorizationUrlWithPAR } = await import('openid-client');
    const uid = await begin(browser, await buildAuthorizationUrlWithPAR(config, parameters));
    expect(dataOf(await browser.get(`/sign-in?interaction=${uid}`)).to.elsewhere).toBeNull();
  });
});

describe('the page for consent', () => {
  async function asked() {
    const { device, browser } = await person();
    const { url } = await ask('stranger', { scope: 'openid profile' });
    return { device, browser, uid: await begin(browser, url) };
  }

  it('says who asks for what, and as whom', async () => {
    const { browser, uid } = await asked();
    const { body } = await browser.get('/api/session');
    expect(dataOf(await browser.get(`/consent?interaction=${uid}`))).toMatchObject({
      ...{ uid, username: body.user.username, prompt: 'consent' },
      client: { name: 'Somebody else’s' },
      scopes: ['openid', 'profile'],
    });
  });

  it('is where the sign-in page leads, and the other way round', async () => {
    const { browser, uid } = await asked();
    expect(locationOf(await browser.get(`/sign-in?interaction=${uid}`))).toBe(
      `/consent?interaction=${uid}`,
    );
    const other = app.browser();
    const login = await begin(other, (await ask('stranger')).url);
    expect(locationOf(await other.get(`/consent?interaction=${login}`))).toBe(
      `/sign-in?interaction=${login}`,
    );
  });

  it('begins again for whoever signed out meanwhile', async () => {
    const { device, browser, uid } = await asked();
    await browser.request('DELETE', '/api/session');
    const again = locationOf(await browser.get(`/consent?interaction=${uid}`));
    const login = await begin(browser, again);
    await browser.signIn(device);
    expect(await finish(browser, login)).toContain('/consent?interaction=');
  });
});

describe('without apps', () => {
  it('none of these pages is there', async () => {
    const bare = await startAppsApp([], { env: { OIDC_CLIENTS: '' } });
    const browser = bare.browser();
    expect((await browser.get('/consent?interaction=a')).status).toBe(404);
    expect((await browser.get('/oidc/.well-known/openid-configuration')).status).toBe(404);
    expect(dataOf(await browser.get('/sign-in?interaction=a')).to).toBeUndefined();
    await bare.close();
  });
});

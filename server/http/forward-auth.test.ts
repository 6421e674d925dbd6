/** Forward auth, as a proxy asks: who is let in, who is led to the sign-in, and what nobody gets through. */
import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import { startTestApp } from '../testing/app.ts';
import type { Answer, TestBrowser } from '../testing/browser.ts';
import {
  atHome,
  env,
  home,
  locationOf,
  shop,
  startGuarded,
  target,
  wiki,
} from '../testing/guarded-sites.ts';
import { TestSite } from '../testing/proxied-site.ts';

const { app, device, inside, person } = await startGuarded();
afterAll(() => app.close());

const identity = ({ headers }: Answer) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('remote-')));

describe('whoever is not signed in', () => {
  it('is led to the sign-in, with the way back', async () => {
    const answer = await new TestSite(app, wiki, { acr_values: 'phrh', max_age: '300' }).ask(
      '/page?a=1&b=%20',
    );
    const url = locationOf(answer);
    expect([answer.status, url.origin + url.pathname]).toEqual([303, `${home}/sign-in`]);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      ...{ return_to: `${wiki}/page?a=1&b=%20`, acr_values: 'phrh', max_age: '300' },
      binding: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('gets one cookie, of that host alone and out of reach of scripts', async () => {
    const answer = await new TestSite(app, wiki).ask();
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-latchkey-visit=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/i,
      ),
    ]);
    const local = await new TestSite(app, 'http://localhost:8080').ask();
    expect(local.headers.getSetCookie()).toEqual([expect.not.stringMatching(/Secure|__Host-/)]);
  });

  it('hears 401 from nginx, which knows nothing else, and the same way', async () => {
    const answer = await new TestSite(app, wiki, { status: '401' }).ask('/page');
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    expect(locationOf(answer).searchParams.get('return_to')).toBe(`${wiki}/page`);
    expect(answer.headers.getSetCookie()).toHaveLength(1);
  });

  it.each([
    ['a script', { 'sec-fetch-mode': 'cors', accept: 'text/html' }],
    ['a picture', { 'sec-fetch-mode': 'no-cors' }],
    ['a command line', { accept: '*/*' }],
    ['a WebSocket', { upgrade: 'websocket', 'sec-fetch-mode': 'websocket' }],
    ['a WebSocket of a proxy that says no more', { upgrade: 'websocket', accept: 'text/html' }],
  ])('is refused if %s asks, because nobody would see the page', async (_, headers) => {
    for (const query of [{}, { status: '401' }]) {
      const answer = await new TestSite(app, wiki, query).ask('/', headers);
      expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
      expect(answer.headers.get('location')).toBeNull();
    }
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])(
    'and sends something by %s comes back to the front page',
    async (method) => {
      const headers = { 'sec-fetch-mode': 'navigate', 'x-forwarded-method': method };
      const answer = await new TestSite(app, wiki).ask('/delete?all', headers);
      expect(locationOf(answer).searchParams.get('return_to')).toBe(`${wiki}/`);
    },
  );

  it('comes back to the front page if the address is too long to carry', async () => {
    const answer = await new TestSite(app, wiki).ask(`/${'a'.repeat(5000)}`);
    expect(locationOf(answer).searchParams.get('return_to')).toBe(`${wiki}/`);
  });
});

describe('whoever is signed in', () => {
  it('is let in at another host by redirects alone, and the site sees no ticket', async () => {
    const { browser, name, id } = await person();
    const site = new TestSite(app, wiki);
    const toSignIn = locationOf(await site.ask('/page?a=1&b=%20&c'));
    const back = locationOf(await browser.get(atHome(toSignIn)));
    expect(back.href).toMatch(/^https:\/\/wiki\.example\.com\/page\?a=1&b=%20&c&latchkey_ticket=/);
    const redeemed = await site.ask(target(back));
    expect([redeemed.status, redeemed.headers.get('location')]).toEqual([
      303,
      `${wiki}/page?a=1&b=%20&c`,
    ]);
    const answer = await site.ask('/page?a=1&b=%20&c');
    expect([answer.status, answer.body]).toEqual([200, '']);
    expect(identity(answer)).toEqual({
      'remote-user': name,
      'remote-name': name,
      'remote-user-id': id,
      'remote-acr': 'phr',
      'remote-amr': 'pop user swk',
      'remote-auth-time': expect.stringMatching(/^\d{10}$/),
    });
  });

  it('is let in everywhere, and at our own host by the session itself', async () => {
    const { browser, name } = await person();
    for (const origin of [wiki, shop]) {
      expect((await new TestSite(app, origin).open('/', browser)).status).toBe(200);
    }
    const own = new TestSite(app, home);
    const session = browser.cookies.get('__Host-latchkey-session') ?? '';
    own.cookies.set('__Host-latchkey-session', session);
    expect(identity(await own.ask())['remote-user']).toBe(name);
    const url = locationOf(await new TestSite(app, home).ask('/private'));
    expect(url.searchParams.has('binding')).toBe(false);
    expect(locationOf(await browser.get(atHome(url))).href).toBe(`${home}/private`);
  });

  it('is let in whatever asks: a form, a script, a WebSocket', async () => {
    const { site } = await inside();
    for (const headers of [
      { 'x-forwarded-method': 'POST' },
      { 'sec-fetch-mode': 'cors' },
      { upgrade: 'websocket', connection: 'Upgrade', 'x-forwarded-proto': 'wss' },
    ]) {
      expect((await site.ask('/', headers)).status).toBe(200);
    }
  });

  it('is named in UTF-8', async () => {
    const name = 'ж-😀-é';
    const { browser } = await person(name);
    const answer = await new TestSite(app, wiki).open('/', browser);
    const sent = identity(answer)['remote-user'] ?? '';
    expect(Buffer.from(sent, 'latin1').toString()).toBe(name);
  });

  it('may sign in on the way', async () => {
    const { passkey } = await person();
    const browser = app.browser();
    const site = new TestSite(app, wiki);
    const asked = locationOf(await site.ask('/page'));
    const page = await browser.get(atHome(asked));
    expect([page.status, page.body]).toEqual([200, expect.stringContaining('wiki.example.com')]);
    await browser.signIn(passkey);
    const { body } = await browser.post(
      '/api/forward-auth/finish',
      Object.fromEntries(asked.searchParams),
    );
    const back = new URL(body.redirectTo);
    await site.ask(target(back));
    expect((await site.ask('/page')).status).toBe(200);
  });
});

describe('whoever is let in', () => {
  it('is out at once after a sign-out', async () => {
    const { site, browser } = await inside();
    await browser.request('DELETE', '/api/session');
    expect((await site.ask()).status).toBe(303);
  });

  it('is out at once if the account is disabled', async () => {
    const { site, id } = await inside();
    await app.deps.store.disableUser(id, app.deps.now(), []);
    expect((await site.ask()).status).toBe(303);
  });

  it('is out at once if only a way back into the account is left', async () => {
    const { site, browser, name } = await inside();
    const verifier = toBase64Url(randomBytes(32));
    await browser.request('PUT', '/api/recovery/code', { verifier });
    const { status } = await browser.post('/api/recovery/code/verify', {
      username: name,
      verifier,
    });
    expect(status).toBe(200);
    const answer = await site.ask();
    expect(answer.status).toBe(303);
    expect((await browser.get(atHome(locationOf(answer)))).status).toBe(200);
  });

  it('is out when the session is over', async () => {
    const { site } = await inside();
    app.advance(app.deps.config.sessionTtlSeconds * 1000 + 1000);
    expect((await site.ask()).status).toBe(303);
    app.advance(-app.deps.config.sessionTtlSeconds * 1000 - 1000);
  });

  it('stays in through a step-up, which replaces the session', async () => {
    const { site, browser, passkey } = await inside();
    const before = (await browser.get('/api/session')).body.session.id;
    await browser.signIn(passkey, { purpose: 'step-up' });
    expect((await browser.get('/api/session')).body.session.id).not.toBe(before);
    expect((await site.ask()).status).toBe(200);
  });

  it('is out if somebody else signs in in that browser', async () => {
    const { site, browser } = await inside();
    await browser.signUp(app.newName(), device());
    expect((await site.ask()).status).toBe(303);
  });
});

describe('a page may demand', () => {
  const older = async (site: TestSite, seconds: number) => {
    app.advance(seconds * 1000);
    const answer = await site.ask();
    app.advance(-seconds * 1000);
    return answer;
  };

  it('a fresh sign-in: a step-up gives it, and the other pages stay open', async () => {
    const { site, browser, passkey } = await inside();
    const fresh = site.with({ max_age: '300' });
    expect((await older(fresh, 299)).status).toBe(200);
    app.advance(301_000);
    const asked = locationOf(await fresh.ask('/admin'));
    expect((await site.ask()).status).toBe(200);
    const page = await browser.get(atHome(asked));
    expect([page.status, page.body]).toEqual([200, expect.stringContaining('"needs":"step-up"')]);
    const way = Object.fromEntries(asked.searchParams);
    const early = await browser.post('/api/forward-auth/finish', way);
    expect([early.status, early.body.code]).toEqual([403, 'step_up_required']);
    await browser.signIn(passkey, { purpose: 'step-up' });
    const { body } = await browser.post('/api/forward-auth/finish', way);
    await fresh.ask(target(new URL(body.redirectTo)));
    expect((await fresh.ask('/admin')).status).toBe(200);
    app.advance(-301_000);
  });

  it('a key in hardware, which somebody with a synced passkey can’t show', async () => {
    const { site, browser } = await inside();
    const strict = site.with({ acr_values: 'phrh' });
    const asked = locationOf(await strict.ask('/admin'));
    const way = Object.fromEntries(asked.searchParams);
    const { status, body } = await browser.post('/api/forward-auth/finish', way);
    expect([status, body.code]).toEqual([403, 'assurance_unmet']);
    expect((await browser.get(atHome(asked))).status).toBe(200);
    expect((await site.with({ acr_values: 'phr' }).ask()).status).toBe(200);
  });

  it('a verified person', async () => {
    const { site } = await inside();
    expect((await site.with({ user_verified: 'yes' }).ask()).status).toBe(200);
  });

  it('something of a script, which hears what is missing', async () => {
    const { site } = await inside();
    const answer = await site.with({ acr_values: 'phrh' }).ask('/', { 'sec-fetch-mode': 'cors' });
    expect([answer.status, answer.body.code]).toEqual([403, 'step_up_required']);
  });

  it.each([
    { maxage: '300' },
    { max_age: '0' },
    { max_age: '5m' },
    { acr_values: 'high' },
    { user_verified: 'true' },
    { status: '403' },
  ])('nothing that is misspelt: %j lets nobody in', async (query) => {
    const { site } = await inside();
    const answer = await site.with(query as Record<string, string>).ask();
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  });

  it('nothing twice: a visitor’s query behind that of the proxy lets nobody in', async () => {
    const { site } = await inside();
    app.advance(20_000);
    const answer = await site.with(new URLSearchParams('max_age=10&max_age=999')).ask();
    app.advance(-20_000);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  });
});

describe('what a proxy says', () => {
  it.each([
    ['another host', { 'x-forwarded-host': 'evil.example' }],
    ['a host below', { 'x-forwarded-host': 'a.wiki.example.com' }],
    ['a host with more in front', { 'x-forwarded-host': 'evil-wiki.example.com' }],
    ['a host with more behind', { 'x-forwarded-host': 'wiki.example.com.evil.example' }],
    ['another port', { 'x-forwarded-host': 'wiki.example.com:444' }],
    ['another scheme', { 'x-forwarded-proto': 'http' }],
    ['no scheme of the web', { 'x-forwarded-proto': 'ftp' }],
    ['two hosts', { 'x-forwarded-host': 'wiki.example.com, evil.example' }],
    ['a host with a user', { 'x-forwarded-host': 'wiki.example.com@evil.example' }],
    ['a user with a host', { 'x-forwarded-host': 'evil@wiki.example.com' }],
    ['a host with a path', { 'x-forwarded-host': 'wiki.example.com/evil' }],
    ['a host with a backslash', { 'x-forwarded-host': 'wiki.example.com\\evil.example' }],
    ['a host with a query', { 'x-forwarded-host': 'wiki.example.com?' }],
    ['no host', { 'x-forwarded-host': '' }],
  ])('of %s is nobody’s site', async (_, headers) => {
    const { site } = await inside();
    const answer = await site.ask('/', { accept: 'text/html', ...headers });
    expect([answer.status, answer.body.code]).toEqual([403, 'site_unknown']);
    expect(answer.headers.get('location')).toBeNull();
  });

  it('of the default port is the same site', async () => {
    const { site } = await inside();
    const answer = await site.ask('/', { 'x-forwarded-host': 'WIKI.example.com:443' });
    expect(answer.status).toBe(200);
  });

  it.each(['', '*', 'https://evil.example/', 'evil'])(
    'of a target like “%s” is refused',
    async (uri) => {
      const { site } = await inside();
      const answer = await site.ask(uri);
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    },
  );

  it.each(['//evil.example/', '/\\evil.example', '/@evil.example', '/?a\\b', '///evil'])(
    'of a target like %s stays at its site',
    async (uri) => {
      const url = locationOf(await new TestSite(app, wiki).ask(uri));
      const { browser } = await person();
      const answer = await browser.get(atHome(url));
      expect(locationOf(answer).origin).toBe(wiki);
    },
  );

  it('counts for nothing unless the proxy is trusted', async () => {
    const elsewhere = await startTestApp({ env: { ...env, TRUST_PROXY: '192.0.2.1' } });
    const answer = await new TestSite(elsewhere, wiki).ask();
    expect([answer.status, answer.body.code]).toEqual([403, 'site_unknown']);
    await elsewhere.close();
  });
});

describe('the way back from the sign-in', () => {
  const bad = [
    'https://evil.example/',
    'https://wiki.example.com.evil.example/',
    'https://wiki.example.com@evil.example/',
    'https://user@wiki.example.com/',
    'https://wiki.example.com:444/',
    'http://wiki.example.com/',
    '//wiki.example.com/',
    '/account',
    'javascript:alert(1)',
    'data:text/html,hello',
    'https:\\\\evil.example',
    'https://wiki.example.com\\.evil.example/',
    ' https://wiki.example.com/',
    'https://wiki.example.com/\nx',
    'null',
  ];

  it.each(bad)('leads nowhere but to known sites: %j', async (url) => {
    const { browser } = await person();
    for (const someone of [browser, app.browser()]) {
      const page = await someone.get(
        `/sign-in?${new URLSearchParams({ return_to: url, moved: '' })}`,
      );
      expect([page.status, page.headers.get('location')]).toEqual([404, null]);
      expect(page.body).not.toContain('evil');
    }
    const { status, body } = await browser.post('/api/forward-auth/finish', { return_to: url });
    expect([status, body.code]).toEqual([403, 'site_unknown']);
  });

  it('carries a ticket only for somebody who came from there', async () => {
    const { browser } = await person();
    const go = async (query: Record<string, string>) =>
      browser.get(`/sign-in?${new URLSearchParams({ ...query, moved: '' })}`);
    expect(locationOf(await go({ return_to: `${wiki}/page` })).href).toBe(`${wiki}/page`);
    expect((await go({ return_to: `${wiki}/`, binding: 'short' })).status).toBe(404);
    const forged = `${wiki}/?latchkey_ticket=of-somebody&a=1`;
    expect(locationOf(await go({ return_to: forged })).href).toBe(`${wiki}/?a=1`);
  });

  it('is for a page of ours alone to go', async () => {
    const { browser } = await person();
    const way = { return_to: `${wiki}/` };
    const answer = await browser.request('POST', '/api/forward-auth/finish', way, {
      origin: wiki,
      'sec-fetch-site': 'same-site',
    });
    expect([answer.status, answer.body.code]).toEqual([403, 'cross_site_request']);
  });

  it('is not there for whoever is signed out', async () => {
    const { status, body } = await app
      .browser()
      .post('/api/forward-auth/finish', { return_to: `${wiki}/` });
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });
});

describe('two sites at two ports of a host', () => {
  it('keep their cookies apart', async () => {
    const sites = ['https://apps.example.com', 'https://apps.example.com:8443'];
    const ports = await startTestApp({ env: { ...env, FORWARD_AUTH_ORIGINS: sites.join() } });
    const browser = ports.browser();
    await browser.signUp('ada', device());
    const [one, other] = sites.map((origin) => new TestSite(ports, origin)) as [TestSite, TestSite];
    for (const site of [one, other]) await site.open('/', browser);
    for (const [name, value] of other.cookies) one.cookies.set(name, value);
    expect(one.cookies.size).toBe(2);
    expect((await one.ask()).status).toBe(200);
    await ports.close();
  });
});

describe('without sites', () => {
  it('there is nothing to ask, and the sign-in knows no way back', async () => {
    const alone = await startTestApp();
    const browser: TestBrowser = alone.browser();
    expect((await browser.get('/api/forward-auth')).status).toBe(404);
    await browser.signUp('ada', alone.device());
    const page = await browser.get(`/sign-in?${new URLSearchParams({ return_to: `${wiki}/` })}`);
    expect([page.status, page.headers.get('location')]).toEqual([303, '/account']);
    await alone.close();
  });

  it('the sites of an untrusted proxy are a mistake at start', async () => {
    await expect(startTestApp({ env: { ...env, TRUST_PROXY: 'off' } })).rejects.toThrow(
      /FORWARD_AUTH_ORIGINS: needs TRUST_PROXY/,
    );
  });
});

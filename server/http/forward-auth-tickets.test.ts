/** What a browser brings from the sign-in to a site behind a proxy, and keeps there: the ticket and the cookie. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';
import {
  atHome,
  env,
  locationOf,
  shop,
  startGuarded,
  target,
  wiki,
} from '../testing/guarded-sites.ts';
import { TestSite } from '../testing/proxied-site.ts';

const { app, inside, person } = await startGuarded();
afterAll(() => app.close());

describe('a ticket', () => {
  /** Signed in, and on the way back to the site with a ticket. */
  async function onTheWay(origin = wiki) {
    const someone = await person();
    const site = new TestSite(app, origin);
    const url = locationOf(await someone.browser.get(atHome(locationOf(await site.ask('/page')))));
    return { ...someone, site, uri: target(url), ticket: url.searchParams.get('latchkey_ticket') };
  }

  const isLetIn = async (site: TestSite, uri: string) => {
    await site.ask(uri);
    return (await site.ask('/')).status === 200;
  };

  it('is good once, whatever the browser keeps', async () => {
    const { site, uri } = await onTheWay();
    const before = new Map(site.cookies);
    expect(await isLetIn(site, uri)).toBe(true);
    const replayed = new TestSite(app, wiki);
    for (const [name, value] of before) replayed.cookies.set(name, value);
    expect(await isLetIn(replayed, uri)).toBe(false);
  });

  it('is good once for twenty who use it at the same time', async () => {
    const { site, uri } = await onTheWay();
    const tabs = Array.from({ length: 20 }, () => site.with({}));
    const outcomes = await Promise.all(tabs.map((tab) => isLetIn(tab, uri)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
  });

  it('is good for the browser alone that went to fetch it', async () => {
    const { uri } = await onTheWay();
    const other = new TestSite(app, wiki);
    await other.ask('/');
    expect(await isLetIn(other, uri)).toBe(false);
    // Without any cookie it is tried whether there can be one, and the ticket is gone.
    const none = new TestSite(app, wiki);
    const location = locationOf(await none.ask(uri));
    expect(location.href).toBe(`${wiki}/page?latchkey_ticket=trial`);
  });

  it('is good for its own host alone', async () => {
    const { site, ticket } = await onTheWay();
    const other = new TestSite(app, shop);
    const [cookie = ''] = site.cookies.values();
    other.cookies.set('__Host-latchkey-visit-8443', cookie);
    expect(await isLetIn(other, `/?latchkey_ticket=${ticket}`)).toBe(false);
  });

  it('is over after a minute, and with the sign-in that it came from', async () => {
    const late = await onTheWay();
    app.advance(61_000);
    expect(await isLetIn(late.site, late.uri)).toBe(false);
    app.advance(-61_000);
    const ended = await onTheWay();
    await ended.browser.request('DELETE', '/api/session');
    expect(await isLetIn(ended.site, ended.uri)).toBe(false);
  });

  it('is no cookie, and the cookie is no ticket', async () => {
    const { site, ticket, uri } = await onTheWay();
    const asCookie = new TestSite(app, wiki);
    asCookie.cookies.set('__Host-latchkey-visit', ticket ?? '');
    expect((await asCookie.ask()).status).toBe(303);
    await site.ask(uri);
    const [visit = ''] = site.cookies.values();
    const asTicket = new TestSite(app, wiki);
    await asTicket.ask('/');
    expect(await isLetIn(asTicket, `/?latchkey_ticket=${visit}`)).toBe(false);
  });

  it('that is bad leads to the sign-in again, and one of an old bookmark does no harm', async () => {
    const { site } = await inside();
    for (const ticket of ['', 'x', 'trial', 'A'.repeat(300), '%00']) {
      const answer = await site.ask(`/page?a=1&latchkey_ticket=${ticket}&b=2`);
      expect(locationOf(answer).href).toBe(`${wiki}/page?a=1&b=2`);
      const stranger = new TestSite(app, wiki);
      await stranger.ask('/');
      const led = locationOf(await stranger.ask(`/page?latchkey_ticket=${ticket}`));
      expect(led.searchParams.get('return_to')).toBe(`${wiki}/page`);
    }
  });

  it('means nothing to a script: only a page can follow it', async () => {
    const { site, uri } = await onTheWay();
    const answer = await site.ask(uri, { 'sec-fetch-mode': 'cors' });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []]);
  });
});

describe('a browser that keeps no cookie', () => {
  it('is told so, instead of being sent in circles', async () => {
    const { browser } = await person();
    const site = new TestSite(app, wiki);
    const forgetful = async (uri: string) => {
      const answer = await site.ask(uri);
      site.cookies.clear();
      return answer;
    };
    const back = locationOf(await browser.get(atHome(locationOf(await forgetful('/')))));
    const trial = locationOf(await forgetful(target(back)));
    const answer = await forgetful(target(trial));
    expect([answer.status, answer.body.detail]).toEqual([
      401,
      expect.stringMatching(/^Cookies are blocked/),
    ]);
  });
});

describe('the cookie', () => {
  it('of another host lets nobody in', async () => {
    const { site } = await inside(wiki);
    const [cookie = ''] = site.cookies.values();
    const other = new TestSite(app, shop);
    other.cookies.set('__Host-latchkey-visit-8443', cookie);
    expect((await other.ask()).status).toBe(303);
  });

  it('of a session counts at our own host alone', async () => {
    const { browser } = await person();
    const session = browser.cookies.get('__Host-latchkey-session') ?? '';
    const site = new TestSite(app, wiki);
    site.cookies.set('__Host-latchkey-session', session);
    site.cookies.set('__Host-latchkey-visit', session);
    expect((await site.ask()).status).toBe(303);
  });

  it.each(['', 'x', 'A'.repeat(43), 'A'.repeat(400), `${'A'.repeat(2000)}`, 'a b', '%'])(
    'that is made up (%s) lets nobody in',
    async (value) => {
      const site = new TestSite(app, wiki);
      site.cookies.set('__Host-latchkey-visit', value);
      const answer = await site.ask();
      expect(answer.status).toBe(303);
    },
  );

  it('of which a bit is changed lets nobody in', async () => {
    const { site } = await inside();
    const [cookie = ''] = site.cookies.values();
    for (const at of [0, 5, 20, 60, cookie.length - 1]) {
      const changed = cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1);
      const other = new TestSite(app, wiki);
      other.cookies.set('__Host-latchkey-visit', changed);
      expect([at, (await other.ask()).status]).toEqual([at, 303]);
    }
  });
});

describe('tickets', () => {
  it('can be used so often a minute, and requests without one as often as a site likes', async () => {
    const limited = await startTestApp({ env: { ...env, RATE_LIMITS: 'on' } });
    const site = new TestSite(limited, wiki);
    const statuses = new Set<number>();
    for (let turn = 0; turn < 301; turn++) {
      statuses.add((await site.ask('/?latchkey_ticket=x')).status);
    }
    expect([...statuses]).toEqual([303, 429]);
    expect((await site.ask('/')).status).toBe(303);
    await limited.close();
  });
});

/** Whoever is on the way to a site behind a proxy may come with Apple, and goes on to it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AppleApp, locationOf, signInWithApple, startAppleApp } from '../testing/apple/web.ts';
import type { Person } from '../testing/apple/world.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { TestSite } from '../testing/proxied-site.ts';

const wiki = 'http://localhost:8080';

let app: AppleApp;
beforeAll(async () => {
  app = await startAppleApp({ env: { FORWARD_AUTH_ORIGINS: wiki, TRUST_PROXY: 'loopback' } });
});
afterAll(() => app.close());

/** From the site to Apple and back; resolves to the page after that, and to the way that the site gave. */
async function come(browser: TestBrowser, person: Person | null, uri = '/page?a=1') {
  const { search } = new URL(locationOf(await new TestSite(app, wiki).ask(uri)));
  const path = `/sign-in/apple${search}`;
  const at = locationOf(await signInWithApple(app, browser, person, { path }));
  return { at, way: `/sign-in${search}`, page: await browser.get(at) };
}

it('who is new is offered a passkey, and who is known goes on at once', async () => {
  const ann = app.standIn.addPerson('Ann');
  const first = await come(app.browser(), ann);
  expect(first.at).toBe(first.way);
  expect([first.page.status, first.page.body.includes('"said":"welcome"')]).toEqual([200, true]);
  const { page } = await come(app.browser(), ann);
  expect([page.status, new URL(locationOf(page)).origin]).toEqual([303, wiki]);
});

it('who cancels, or comes while Apple is down, is back on the way, and reads why', async () => {
  const ann = app.standIn.addPerson('Ann');
  const cancelled = await come(app.browser(), null);
  expect([cancelled.at, cancelled.page.status]).toEqual([cancelled.way, 200]);
  app.standIn.faults.answers.set('/auth/token', 'unavailable');
  const { at, way, page } = await come(app.browser(), ann);
  app.standIn.faults.answers.clear();
  expect([at, page.body.includes('"said":"apple_unavailable"')]).toEqual([way, true]);
});

it('a way that is too long for Apple, or none, ends at the account', async () => {
  const ann = app.standIn.addPerson('Ann');
  const { at, way } = await come(app.browser(), ann, `/${'a'.repeat(500)}`);
  expect(at).toBe(way);
  expect((await come(app.browser(), ann, `/${'a'.repeat(900)}`)).at).toBe('/account');
  const browser = app.browser();
  const path = '/sign-in/apple?return_to=';
  expect(locationOf(await signInWithApple(app, browser, ann, { path }))).toBe('/account');
});

it('a way to somebody else’s site is none, whoever made the link', async () => {
  const browser = app.browser();
  const path = '/sign-in/apple?return_to=https%3A%2F%2Fevil.example%2F';
  const returned = await signInWithApple(app, browser, app.standIn.addPerson('Ann'), { path });
  const { status, headers } = await browser.get(locationOf(returned));
  expect([status, headers.get('location')]).toEqual([404, null]);
});

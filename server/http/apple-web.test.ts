import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AppleApp,
  decideAtApple,
  locationOf,
  postFromApple,
  signInWithApple,
  startAppleApp,
} from '../testing/apple/web.ts';
import type { Person } from '../testing/apple/world.ts';
import type { Answer, TestBrowser } from '../testing/browser.ts';

let app: AppleApp;
let people = 0;
beforeAll(async () => {
  app = await startAppleApp();
});
afterAll(() => app.close());

const newPerson = (): Person => app.standIn.addPerson(`Ann${people++}`);
const sessionOf = async (browser: TestBrowser) => (await browser.get('/api/session')).body;

/** What the page at which a redirect arrives says of it. */
async function saidAt(browser: TestBrowser, answer: Answer): Promise<unknown> {
  let page = await browser.get(locationOf(answer));
  if (page.status === 303) page = await browser.get(locationOf(page));
  const { body } = page;
  const [, json = '{}'] = /<script type="text\/json" id="page">(.*?)<\/script>/.exec(body) ?? [];
  return JSON.parse(json).said;
}

async function signedUp() {
  const [browser, device] = [app.browser(), app.device()];
  await browser.signUp(app.newName(), device);
  return { browser, device };
}

describe('a sign-in with Apple', () => {
  it('makes an account the first time, and finds it from then on', async () => {
    const [first, second] = [app.browser(), app.browser()];
    const ann = newPerson();
    expect(locationOf(await signInWithApple(app, first, ann))).toBe('/account');
    const { user, session } = await sessionOf(first);
    expect(session).toMatchObject({ method: 'apple', userVerified: false });
    expect(user.displayName).toBe(`${ann.firstName} Appleseed`);
    await signInWithApple(app, second, ann, { hidesEmail: true });
    expect((await sessionOf(second)).user).toEqual(user);
  });

  it('welcomes who is new, once', async () => {
    const browser = app.browser();
    const ann = newPerson();
    const answer = await signInWithApple(app, browser, ann);
    expect(await saidAt(browser, answer)).toBe('welcome');
    expect(await saidAt(browser, answer)).toBeNull();
    const again = app.browser();
    expect(await saidAt(again, await signInWithApple(app, again, ann))).toBeNull();
  });

  it('leaves neither code, state nor name in any address or log line', async () => {
    const browser = app.browser();
    const ann = newPerson();
    const { fields } = await decideAtApple(app, browser, ann);
    const answers = [
      await postFromApple(app, browser, fields),
      await browser.get('/api/apple/return'),
    ];
    expect(answers.map(locationOf)).toEqual(['/api/apple/return', '/account']);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    const log = app.logLines.join('');
    for (const secret of [fields['code'], fields['state'], ann.firstName, ann.email]) {
      expect(log).not.toContain(secret);
    }
  });

  it('keeps what Apple posted in short cookies that no script reads', async () => {
    const browser = app.browser();
    const { fields } = await decideAtApple(app, browser, newPerson());
    const { headers } = await postFromApple(app, browser, fields);
    const cookies = headers.getSetCookie();
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; HttpOnly/);
      expect(cookie).toMatch(/; SameSite=Lax/);
      expect(cookie).toMatch(/Max-Age=600;/);
    }
    await browser.get('/api/apple/return');
    expect([...browser.cookies.keys()].filter((name) => name.includes('apple-'))).toEqual([
      'latchkey-apple-said',
    ]);
  });

  it('that is cancelled leads back and says nothing', async () => {
    const browser = app.browser();
    const answer = await signInWithApple(app, browser, null);
    expect(locationOf(answer)).toBe('/sign-in');
    expect(await saidAt(browser, answer)).toBeNull();
  });

  it.each([
    ['unavailable', 'apple_unavailable'],
    ['answers-html', 'apple_unavailable'],
    ['redirects', 'apple_misconfigured'],
    [{ error: 'unauthorized_client' }, 'apple_misconfigured'],
  ] as const)('where Apple %j says %s, and keeps the name', async (broken, said) => {
    const browser = app.browser();
    const ann = newPerson();
    app.standIn.faults.answers.set('/auth/token', broken);
    const answer = await signInWithApple(app, browser, ann);
    expect(locationOf(answer)).toBe('/sign-in');
    expect(await saidAt(browser, answer)).toBe(said);
    app.standIn.faults.answers.clear();
    await signInWithApple(app, browser, ann);
    expect((await sessionOf(browser)).user.displayName).toBe(`${ann.firstName} Appleseed`);
  });

  it('counts once: of 20 returns at once one is a sign-in', async () => {
    const browser = app.browser();
    const ann = newPerson();
    app.standIn.faults.takesCodesAgain = true;
    const { fields } = await decideAtApple(app, browser, ann);
    await postFromApple(app, browser, fields);
    const before = browser.cookies.get('latchkey-session');
    const headers = { cookie: [...browser.cookies].map((each) => each.join('=')).join('; ') };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        app.browser().request('GET', '/api/apple/return', undefined, headers),
      ),
    );
    app.standIn.faults.takesCodesAgain = false;
    expect(before).toBeUndefined();
    const won = answers.filter((answer) => locationOf(answer) === '/account');
    expect(won).toHaveLength(1);
    expect(answers.filter((answer) => locationOf(answer) === '/sign-in')).toHaveLength(19);
  });

  it('is nothing a second time, and nothing without what Apple posted', async () => {
    const browser = app.browser();
    const { fields } = await decideAtApple(app, browser, newPerson());
    const outcome = async () => locationOf(await browser.get('/api/apple/return'));
    expect(await outcome()).toBe('/sign-in');
    await postFromApple(app, browser, fields);
    expect(await outcome()).toBe('/account');
    await browser.request('DELETE', '/api/session');
    await postFromApple(app, browser, fields);
    expect(await outcome()).toBe('/sign-in');
    expect((await browser.get('/api/session')).status).toBe(401);
  });
});

describe('somebody else', () => {
  it('can not sign a browser in to their own account (login CSRF)', async () => {
    const [mine, theirs] = [app.browser(), app.browser()];
    await mine.get('/sign-in');
    const { fields } = await decideAtApple(app, theirs, newPerson());
    await postFromApple(app, mine, fields);
    expect(locationOf(await mine.get('/api/apple/return'))).toBe('/sign-in');
    expect((await mine.get('/api/session')).status).toBe(401);
  });

  it('can not use a code that they took: it belongs to the browser that set out', async () => {
    const [mine, theirs] = [app.browser(), app.browser()];
    const [stolen, own] = [
      await decideAtApple(app, mine, newPerson()),
      await decideAtApple(app, theirs, app.standIn.addPerson('Eve')),
    ];
    const { code = '' } = stolen.fields;
    await postFromApple(app, theirs, { ...own.fields, code });
    expect(locationOf(await theirs.get('/api/apple/return'))).toBe('/sign-in');
    expect((await theirs.get('/api/session')).status).toBe(401);
  });

  it('gets no account by the address of its owner', async () => {
    const { browser: owner } = await signedUp();
    const { user } = await sessionOf(owner);
    const eve = app.standIn.addPerson('Eve', 'Appleseed', `${user.username}@example.com`);
    const browser = app.browser();
    await signInWithApple(app, browser, eve);
    expect((await sessionOf(browser)).user.id).not.toBe(user.id);
    const other = app.browser();
    const twin = app.standIn.addPerson('Twin', 'Appleseed', eve.email);
    await signInWithApple(app, other, twin);
    expect((await sessionOf(other)).user.id).not.toBe((await sessionOf(browser)).user.id);
  });

  it('can not name the account of another by a forged `user`', async () => {
    const browser = app.browser();
    const ann = newPerson();
    app.standIn.faults.losesUser = true;
    const { fields } = await decideAtApple(app, browser, ann);
    app.standIn.faults.losesUser = false;
    const user = JSON.stringify({ name: { firstName: 'Forged' }, email: ann.email });
    await postFromApple(app, browser, { state: 'made up', code: 'made up', user });
    await postFromApple(app, browser, fields);
    await browser.get('/api/apple/return');
    expect((await sessionOf(browser)).user.displayName).not.toContain('Forged');
  });

  it('posts what they like, and makes no error of ours', async () => {
    const browser = app.browser();
    for (const fields of [
      {},
      { state: '' },
      { state: 'x'.repeat(5000) },
      { state: 'a', code: 'c'.repeat(600) },
      { state: 'a', user: '{'.repeat(20_000) },
      { state: 'a', error: 'user_cancelled_authorize', code: 'b' },
    ]) {
      const { status } = await postFromApple(app, browser, fields as Record<string, string>);
      expect(status).toBeLessThan(500);
      expect((await browser.get('/api/apple/return')).status).toBe(303);
    }
  });
});

describe('linking', () => {
  const authorize = (browser: TestBrowser) =>
    browser.post('/api/apple/authorize', { purpose: 'link' });

  async function link(browser: TestBrowser, person: Person | null) {
    const { body } = await authorize(browser);
    const { fields } = await app.standIn.decide(body.url, { person });
    await postFromApple(app, browser, fields);
    return browser.get('/api/apple/return');
  }

  it('lets the owner in with Apple, too, to the same account', async () => {
    const { browser } = await signedUp();
    const ann = newPerson();
    expect(locationOf(await link(browser, ann))).toBe('/account');
    expect((await browser.get('/api/apple')).body.link).toMatchObject({ state: 'active' });
    const phone = app.browser();
    await signInWithApple(app, phone, ann);
    expect((await sessionOf(phone)).user).toEqual((await sessionOf(browser)).user);
  });

  it('needs a session and a step-up', async () => {
    expect((await authorize(app.browser())).status).toBe(401);
    const { browser } = await signedUp();
    app.advance(400_000);
    const { status, body } = await authorize(browser);
    expect([status, body.code]).toEqual([403, 'step_up_required']);
  });

  it('of a person who is linked elsewhere is refused, and says so', async () => {
    const { browser } = await signedUp();
    const ann = newPerson();
    await signInWithApple(app, app.browser(), ann);
    expect(await saidAt(browser, await link(browser, ann))).toBe('apple_taken');
  });

  it('is not for the account of whoever signed in meanwhile', async () => {
    const { browser } = await signedUp();
    const { body } = await authorize(browser);
    const { fields } = await app.standIn.decide(body.url, { person: newPerson() });
    await browser.request('DELETE', '/api/session');
    await browser.signUp(app.newName(), app.device());
    await postFromApple(app, browser, fields);
    expect(await saidAt(browser, await browser.get('/api/apple/return'))).toBe('challenge_invalid');
    expect((await browser.get('/api/apple')).body.link).toBeNull();
  });

  it('that is cancelled leads back to the account', async () => {
    const { browser } = await signedUp();
    const answer = await link(browser, null);
    expect(locationOf(answer)).toBe('/account');
    expect(await saidAt(browser, answer)).toBeNull();
  });
});

it('confirms nothing: a step-up stays a passkey’s', async () => {
  const browser = app.browser();
  await signInWithApple(app, browser, newPerson());
  const { status, body } = await browser.request('PUT', '/api/recovery/code', {
    verifier: 'A'.repeat(43),
  });
  expect([status, body.code]).toEqual([403, 'step_up_required']);
});

it('makes no account if sign-up is closed or by invitation', async () => {
  for (const SIGN_UP of ['closed', 'invitation']) {
    const closed = await startAppleApp({ env: { SIGN_UP } });
    const browser = closed.browser();
    const before = await closed.contents();
    const answer = await signInWithApple(closed, browser, closed.standIn.addPerson('Ann'));
    expect(await saidAt(browser, answer)).toBe('sign_up_closed');
    expect(await closed.contents()).toEqual(before);
    await closed.close();
  }
});

it('the button is on the sign-in page alone, and only if the web has a client', async () => {
  const { body } = await app.browser().get('/sign-in');
  expect(body).toContain('href="/sign-in/apple"');
  const appsOnly = await startAppleApp({ env: { APPLE_SERVICES_ID: '' } });
  const other = appsOnly.browser();
  expect((await other.get('/sign-in')).body).not.toContain('/sign-in/apple');
  for (const path of ['/sign-in/apple', '/api/apple/return']) {
    expect((await other.get(path)).status).toBe(404);
  }
  await appsOnly.close();
});

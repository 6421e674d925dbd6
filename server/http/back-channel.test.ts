/** Apps are told that a sign-in has ended, at an address of theirs, by a token that they verify. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openOidc } from '../oidc/open.ts';
import { type AppsApp, secret, startAppsApp, tokensOf } from '../testing/apps.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../testing/logout-receiver.ts';

let receiver: LogoutReceiver;
let other: LogoutReceiver;
let app: AppsApp;
beforeAll(async () => {
  [receiver, other] = [await startLogoutReceiver(), await startLogoutReceiver()];
  const base = { first_party: true, client_secret: secret };
  const redirects = { redirect_uris: ['https://web.example.com/callback'] };
  app = await startAppsApp([
    { client_id: 'told', ...base, ...redirects, backchannel_logout_uri: receiver.uri },
    { client_id: 'also-told', ...base, ...redirects, backchannel_logout_uri: other.uri },
    {
      ...{ client_id: 'of-all', ...base, ...redirects, backchannel_logout_uri: receiver.uri },
      backchannel_logout_session_required: false,
    },
  ]);
});
afterAll(async () => {
  await app.close();
  await Promise.all([receiver.close(), other.close()]);
});
beforeEach(() => {
  for (const each of [receiver, other]) {
    each.received.splice(0);
    each.answer = 200;
  }
});

const tell = () => app.deps.oidc?.tellApps();
const minute = 60_000;

interface Person {
  readonly browser: TestBrowser;
  readonly device: SoftwareAuthenticator;
  readonly userId: string;
  readonly sid: unknown;
}

/** Somebody who is signed in, here and to the app. */
async function person(id = 'told'): Promise<Person> {
  const [browser, device] = [app.browser(), app.device()];
  const { body } = await browser.signUp(app.newName(), device);
  const tokens = await tokensOf(app, id, device, {}, browser);
  return { browser, device, userId: body.user.id, sid: tokens.claims()?.sid };
}

const signOut = ({ browser }: Person) => browser.request('DELETE', '/api/session');

/** Another browser of the same account. */
async function elsewhere({ device }: Person): Promise<TestBrowser> {
  const browser = app.browser();
  await browser.signIn(device);
  return browser;
}

describe('an app is told', () => {
  it('by a token that it verifies, once', async () => {
    const someone = await person();
    await tell();
    expect(receiver.received).toEqual([]);
    await signOut(someone);
    await tell();
    await tell();
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]?.type).toMatch(/^application\/x-www-form-urlencoded/);
    // One that was kept could be closed by the app just then.
    expect(receiver.received[0]?.connection).toBe('close');
    const payload = await receiver.verify(app.issuer, 'told');
    expect(payload).toEqual({
      ...{ iss: app.issuer, aud: 'told', sub: someone.userId, sid: someone.sid },
      ...{ iat: expect.any(Number), exp: expect.any(Number), jti: expect.any(String) },
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(120);
    expect(someone.sid).toMatch(/^[\w-]{22}$/);
  });

  it.each<[string, (someone: Person) => Promise<unknown>]>([
    ['its person signs out', signOut],
    [
      'the session is ended from another browser',
      async (someone) => {
        const browser = await elsewhere(someone);
        const { sessions } = (await browser.get('/api/sessions')).body;
        const { id } = sessions.find((each: { current: boolean }) => !each.current);
        return browser.request('DELETE', `/api/sessions/${id}`);
      },
    ],
    [
      'all other sessions are ended',
      async (someone) => (await elsewhere(someone)).request('DELETE', '/api/sessions'),
    ],
    [
      'another account signs in with that browser',
      async ({ browser }) => {
        const device = app.device();
        await app.browser().signUp(app.newName(), device);
        return browser.signIn(device);
      },
    ],
    [
      'the passkey that it came from is deleted',
      async ({ browser, device }) => {
        const second = app.device();
        await browser.signIn(device, { purpose: 'step-up' });
        const { body } = await browser.addPasskey(second);
        const { credentials } = (await browser.get('/api/credentials')).body;
        const first = credentials.find(({ id }: { id: string }) => id !== body.credential.id);
        const fresh = app.browser();
        await fresh.signIn(second);
        return fresh.request('DELETE', `/api/credentials/${first.id}`);
      },
    ],
    [
      'the account is deleted',
      async ({ browser, device }) => {
        await browser.signIn(device, { purpose: 'step-up' });
        return browser.request('DELETE', '/api/account');
      },
    ],
    ['an operator ends the sessions', ({ userId }) => app.deps.store.endSessions(userId, [])],
    ['an operator disables the account', ({ userId }) => app.deps.store.disableUser(userId, 1, [])],
    ['an operator deletes the account', ({ userId }) => app.deps.store.deleteAccount(userId, 0)],
  ])('when %s', async (_what, end) => {
    const someone = await person();
    const answer = (await end(someone)) as { status?: number; body?: unknown } | undefined;
    if ((answer?.status ?? 200) >= 300) throw new Error(JSON.stringify(answer));
    await tell();
    expect(receiver.received).toHaveLength(1);
    const { sub, sid } = await receiver.verify(app.issuer, 'told');
    expect([sub, sid]).toEqual([someone.userId, someone.sid]);
  });

  it('not when its person confirms who they are, nor comes back', async () => {
    const { browser, device } = await person();
    await browser.signIn(device, { purpose: 'step-up' });
    await tokensOf(app, 'told', device, {}, browser);
    await tell();
    expect(receiver.received).toEqual([]);
  });

  it('that its other apps signed out, too: each by a token of its own', async () => {
    const { browser, device } = await person();
    await tokensOf(app, 'also-told', device, {}, browser);
    await browser.request('DELETE', '/api/session');
    await tell();
    const mine = await receiver.verify(app.issuer, 'told');
    const theirs = await other.verify(app.issuer, 'also-told');
    expect(mine.sid).not.toBe(theirs.sid);
    expect(mine.jti).not.toBe(theirs.jti);
  });

  it('of a native app’s sign-out too, whatever device the app is on', async () => {
    const someone = await person();
    const second = await elsewhere(someone);
    await tokensOf(app, 'told', someone.device, {}, second);
    await second.request('DELETE', '/api/session');
    await tell();
    // The sign-in of the first browser goes on.
    expect(receiver.received).toHaveLength(1);
    expect((await receiver.verify(app.issuer, 'told')).sid).not.toBe(someone.sid);
  });

  it('without a session, if it wants to end all of them', async () => {
    const someone = await person('of-all');
    expect(someone.sid).toBeUndefined();
    await signOut(someone);
    await tell();
    const payload = await receiver.verify(app.issuer, 'of-all');
    expect([payload.sub, payload.sid]).toEqual([someone.userId, undefined]);
  });

  it('by one of two nodes', async () => {
    const second = await openOidc(app.deps);
    await signOut(await person());
    await Promise.all([tell(), second.tellApps(), tell(), second.tellApps()]);
    expect(receiver.received).toHaveLength(1);
    await second.close();
  });
});

describe('an app that is away', () => {
  it.each([
    ['closes the connection', 0],
    ['fails', 500],
    ['refuses', 400],
    ['redirects', 302],
  ])('and %s is told later, by a new token', async (_what, answer) => {
    receiver.answer = answer;
    await signOut(await person());
    await tell();
    await tell();
    expect(receiver.received).toHaveLength(1);
    app.advance(minute);
    await tell();
    expect(receiver.received).toHaveLength(2);
    receiver.answer = 204;
    app.advance(2 * minute);
    await tell();
    app.advance(60 * minute);
    await tell();
    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map(({ token }) => token)).size).toBe(3);
  });

  it('doesn’t keep others from being told', async () => {
    receiver.answer = 0;
    const someone = await person();
    await tokensOf(app, 'also-told', someone.device, {}, someone.browser);
    await signOut(someone);
    await tell();
    expect(other.received).toHaveLength(1);
    receiver.answer = 200;
    app.advance(minute);
    await tell();
    expect(receiver.received).toHaveLength(2);
  });

  it('for more than a day is given up, and the log says so each time', async () => {
    receiver.answer = 503;
    await signOut(await person());
    let tries = 0;
    for (let hours = 0; hours < 48; hours++) {
      await tell();
      app.advance(61 * minute);
      tries = receiver.received.length;
    }
    expect(tries).toBe(30);
    const lines = app.logLines.filter((line) => line.includes('could not be told'));
    expect(lines.at(-1)).toContain('"client":"told","attempts":30');
    expect(lines.join()).not.toContain('logout_token');
  });
});

it('discovery says that apps are told', async () => {
  const { body } = await app.browser().get('/oidc/.well-known/openid-configuration');
  expect(body).toMatchObject({
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  });
});

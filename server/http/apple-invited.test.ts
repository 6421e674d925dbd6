/** Who opens an invitation may come with Apple, too. */
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inviteAccount, revokeInvitation } from '../administration/invitation.ts';
import {
  type AppleApp,
  locationOf,
  postFromApple,
  signInWithApple,
  startAppleApp,
} from '../testing/apple/web.ts';
import type { Person } from '../testing/apple/world.ts';
import type { TestBrowser } from '../testing/browser.ts';

let app: AppleApp;
beforeAll(async () => {
  app = await startAppleApp({ env: { SIGN_UP: 'invitation' } });
});
afterAll(() => app.close());

const root = () => ({ ...app.deps, operator: 'root' });
async function invite(name?: string): Promise<string> {
  const { link } = await inviteAccount(root(), { name, minutes: 60 });
  return new URL(link).hash.slice(1);
}
const isGood = async (token: string) =>
  (await app.browser().post('/api/invitation', { token })).status === 200;
const authorize = (browser: TestBrowser, invitation: string) =>
  browser.post('/api/apple/authorize', { purpose: 'sign-in', invitation });

/** From the page of the invitation to Apple and back; `meanwhile` happens there. */
async function come(person: Person | null, invitation: string, meanwhile = async () => {}) {
  const browser = app.browser();
  const { status, body } = await authorize(browser, invitation);
  expect([status, body.code]).toEqual([200, undefined]);
  const { fields } = await app.standIn.decide(body.url, { person });
  await meanwhile();
  await postFromApple(app, browser, fields);
  return { browser, at: locationOf(await browser.get('/api/apple/return')) };
}
const userOf = async (browser: TestBrowser) => (await browser.get('/api/session')).body.user;

async function native(person: Person, invitation?: string) {
  const nonce = randomUUID();
  const hashed = createHash('sha256').update(nonce).digest('hex');
  const given = { ...(await app.standIn.native(person, { nonce: hashed })), nonce, invitation };
  return app.browser().post('/api/apple/native', given);
}

describe('an invitation', () => {
  it('opens an account for who comes with Apple, once, and is told to nobody else', async () => {
    const invitation = await invite();
    const { browser, at } = await come(app.standIn.addPerson('Ann'), invitation);
    expect(at).toBe('/account');
    const { id, username } = await userOf(browser);
    expect(username).toMatch(/^user-/);
    const { entries } = await app.deps.store.listAudit(id, { limit: 1 });
    expect(entries).toMatchObject([
      { kind: 'account-created-with-apple', evidence: { invitedBy: 'root' } },
    ]);
    expect(await isGood(invitation)).toBe(false);
    const again = await authorize(app.browser(), invitation);
    expect([again.status, again.body.code]).toEqual([400, 'invitation_invalid']);
    const told = JSON.stringify(app.standIn.seen) + app.logLines.join('');
    expect(told).not.toContain(invitation);
  });

  it.each([true, false])(
    'leads on to the app that somebody was on the way to: %s',
    async (goesOn) => {
      const [browser, invitation, interaction] = [app.browser(), await invite(), 'A'.repeat(43)];
      const asked = { purpose: 'sign-in', invitation, interaction };
      const { body } = await browser.post('/api/apple/authorize', asked);
      const person = goesOn ? app.standIn.addPerson('Ann') : null;
      const { fields } = await app.standIn.decide(body.url, { person });
      await postFromApple(app, browser, fields);
      const at = locationOf(await browser.get('/api/apple/return'));
      expect(at).toBe(`/sign-in?interaction=${interaction}`);
      expect(await isGood(invitation)).toBe(!goesOn);
    },
  );

  it('settles the user name, if it is for one', async () => {
    const name = app.newName();
    const { browser } = await come(app.standIn.addPerson('Ann'), await invite(name));
    expect(await userOf(browser)).toMatchObject({ username: name, displayName: 'Ann Appleseed' });
  });

  it('for a name that somebody got meanwhile opens nothing, and is not used up', async () => {
    const name = app.newName();
    const [one, other] = [await invite(name), await invite(name)];
    const { browser, at } = await come(app.standIn.addPerson('Ann'), one, async () => {
      expect((await come(app.standIn.addPerson('Bob'), other)).at).toBe('/account');
    });
    expect(at).toBe('/invite');
    expect((await browser.get(at)).body).toContain('"said":"username_taken"');
    expect((await browser.get('/api/session')).status).toBe(401);
    expect(await isGood(one)).toBe(true);
  });

  it('is not used up by who cancels at Apple, or has an account', async () => {
    const invitation = await invite();
    expect((await come(null, invitation)).at).toBe('/invite');
    const ann = app.standIn.addPerson('Ann');
    const { browser } = await come(ann, await invite());
    const again = await come(ann, invitation);
    expect(await userOf(again.browser)).toEqual(await userOf(browser));
    expect(await isGood(invitation)).toBe(true);
  });

  it('that is used up, or unknown, keeps nobody out who has an account', async () => {
    const [ann, invitation] = [app.standIn.addPerson('Ann'), await invite()];
    const { id } = (await native(ann, invitation)).body.user;
    for (const token of [invitation, 'A'.repeat(43)]) {
      expect((await native(ann, token)).body).toMatchObject({ user: { id }, created: false });
    }
  });

  it('that is revoked meanwhile lets nobody in', async () => {
    const invitation = await invite();
    const { id } = await app.deps.store.findInvitation(
      createHash('sha256').update(invitation).digest('base64url'),
      app.deps.now(),
    );
    const { browser, at } = await come(app.standIn.addPerson('Ann'), invitation, async () => {
      await revokeInvitation(root(), id);
    });
    expect(at).toBe('/invite');
    expect((await browser.get('/api/session')).status).toBe(401);
  });

  it('opens one account for many who come with it at once', async () => {
    const invitation = await invite();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        native(app.standIn.addPerson(`Person${index}`), invitation),
      ),
    );
    const codes = answers.map(({ status, body }) => (status === 200 ? 'in' : body.code)).sort();
    expect(codes).toEqual(['in', ...Array(9).fill('invitation_invalid')]);
  });
});

it('nobody new comes without one', async () => {
  const ann = app.standIn.addPerson('Ann');
  const before = await app.contents();
  expect(locationOf(await signInWithApple(app, app.browser(), ann))).toBe('/sign-in');
  expect((await native(ann)).body.code).toBe('sign_up_closed');
  expect((await native(ann, 'A'.repeat(43))).body.code).toBe('invitation_invalid');
  expect(await app.contents()).toEqual(before);
});

/** What operators read of links with Apple. */
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showAccount } from '../../administration/accounts.ts';
import type { Administration } from '../../administration/administration.ts';
import { deleteAccount } from '../../administration/delete-account.ts';
import { type AppleApp, startAppleApp } from '../../testing/apple/web.ts';
import { accountText, deletedText } from './accounts.ts';

let app: AppleApp;
let deps: Administration;
beforeAll(async () => {
  app = await startAppleApp();
  deps = { ...app.deps, operator: 'root' };
});
afterAll(() => app.close());

async function linked({ hidesEmail = false } = {}) {
  const nonce = randomUUID();
  const hashed = createHash('sha256').update(nonce).digest('hex');
  const person = app.standIn.addPerson('Ann');
  const given = { ...(await app.standIn.native(person, { nonce: hashed, hidesEmail })), nonce };
  const { status, body } = await app.browser().post('/api/apple/native', given);
  expect(status).toBe(200);
  const user = await app.deps.store.findUser(body.user.id);
  if (user === null) throw new Error('there is no account');
  return { person, user };
}
const textOf = async ({ user }: Awaited<ReturnType<typeof linked>>) =>
  accountText(await showAccount(deps, user));

describe('an account that is linked with Apple', () => {
  it('shows since when, and of which kind the address is, but neither address nor token', async () => {
    const [open, hidden] = [await linked(), await linked({ hidesEmail: true })];
    const shown = await textOf(open);
    expect(shown).toMatch(/^apple {9}linked since 20\S+, used last 20\S+, own address$/m);
    expect(shown).not.toContain(open.person.email);
    expect(await textOf(hidden)).toMatch(/, address of the relay$/m);
    const { apple } = await showAccount(deps, open.user);
    expect(Object.keys(apple ?? {})).toEqual([
      ...['state', 'since', 'linkedAt', 'lastUsedAt', 'isPrivateEmail', 'canBeRevoked'],
    ]);
  });

  it('shows that the consent was withdrawn', async () => {
    const one = await linked();
    app.advance(1000);
    const payload = await app.standIn.notification(one.person, 'consent-revoked');
    await app.browser().post('/api/apple/notifications', { payload });
    expect(await textOf(one)).toMatch(/^apple +consent withdrawn since .*, own address$/m);
  });

  it('is deleted, and the operator reads who tells Apple', async () => {
    const told = await deleteAccount(deps, (await linked()).user);
    expect(told.apple).toBe('requested');
    expect(deletedText(told)).toMatch(/\nApple is told that the link has ended\.$/);
    app.standIn.faults.givesRefreshToken = false;
    const one = await linked();
    app.standIn.faults.givesRefreshToken = true;
    expect(await textOf(one)).toMatch(/, Apple can not be told of its end$/m);
    const byHand = await deleteAccount(deps, one.user);
    expect(byHand.apple).toBe('in-settings');
    expect(deletedText(byHand)).toMatch(/its owner ends it in the settings of the Apple Account/);
  });
});

it('an account that is not linked shows nothing of Apple', async () => {
  const { body } = await app.browser().signUp(app.newName(), app.device());
  const user = await app.deps.store.findUser(body.user.id);
  if (user === null) throw new Error('there is no account');
  const whole = await showAccount(deps, user);
  expect(whole.apple).toBeNull();
  expect(accountText(whole)).not.toContain('apple');
  const deleted = await deleteAccount(deps, user);
  expect([deleted.apple, deletedText(deleted).split('\n').length]).toEqual([null, 1]);
});

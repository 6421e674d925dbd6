/** A person with a legacy credential is offered a passkey, and can accept or decline. */
import type { Page } from 'playwright/test';
import type { VirtualAuthenticator } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { counterBeforeZero, importAccount, signInImported } from './imported.ts';
import { declineOffer, notNow, passkeys, signIn, signInAgain } from './person.ts';

const offer = (page: Page) => page.getByRole('heading', { name: 'Update your passkey' });
const update = (page: Page) => page.getByRole('button', { name: 'Update', exact: true });

async function signInWithKeyAgain(
  page: Page,
  authenticator: VirtualAuthenticator,
  id: string,
): Promise<void> {
  await authenticator.setCredentialProperties(id, { signCount: counterBeforeZero });
  await signInAgain(page, authenticator);
}

async function credentials(page: Page) {
  return (await (await page.request.get('/api/credentials')).json()).credentials;
}

test('a legacy key gives way to a passkey, on the device as on the server', async ({
  page,
  app,
  authenticator,
}) => {
  const { id, userHandle } = await signInImported(page, app, authenticator);
  await expect(offer(page)).toBeFocused();
  await expect(page.getByText('only works on this device')).toBeVisible();
  await update(page).click();
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.getByText('Your passkey was updated.')).toBeVisible();

  const held = await authenticator.credentials();
  expect(held).toHaveLength(1);
  expect(held[0]).toMatchObject({ userHandle, backupEligible: true });
  expect(held[0]?.id).not.toBe(id);
  expect(await credentials(page)).toMatchObject([
    { id, kind: 'legacy', state: 'superseded' },
    { id: held[0]?.id, kind: 'passkey', state: 'active', upgrade: null },
  ]);
  await expect(passkeys(page).first()).toContainText('Replaced.');
  await expect(page.getByText('Your only passkey can’t be deleted')).toBeVisible();

  await signInAgain(page, authenticator);
  await expect(page).toHaveURL(/\/account$/);
  await expect(passkeys(page).last()).toContainText('signed in with this one');
  await page.getByRole('button', { name: 'Delete My old iPhone' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(passkeys(page)).toHaveCount(1);
  expect(await authenticator.credentials()).toHaveLength(1);
});

test('autofill, too, leads to the offer', async ({ page, app, authenticator }) => {
  await importAccount(app, authenticator);
  await page.goto('/sign-in');
  await expect(offer(page)).toBeFocused();
  await expect(page).toHaveTitle(/^Update your passkey – /);
  await page.keyboard.press('Tab');
  await expect(update(page)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/account$/);
});

test('who says "not now" goes on, and is not asked again for a while', async ({
  page,
  app,
  authenticator,
}) => {
  const { id } = await signInImported(page, app, authenticator);
  await declineOffer(page);
  expect(await authenticator.credentials()).toMatchObject([{ id }]);

  await signInWithKeyAgain(page, authenticator, id);
  await expect(page).toHaveURL(/\/account$/);

  app.advance(15 * 86_400_000);
  await signInWithKeyAgain(page, authenticator, id);
  await expect(offer(page)).toBeVisible();
});

test('"not now" goes on even while the server is away', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(/ERR_FAILED/);
  await signInImported(page, app, authenticator);
  await page.route('**/postpone-upgrade', (route) => route.abort());
  await declineOffer(page);
});

test('a prompt that is closed changes nothing, and the offer stays', async ({
  page,
  app,
  authenticator,
}) => {
  const { id } = await signInImported(page, app, authenticator);
  await expect(offer(page)).toBeVisible();
  await authenticator.setUserVerified(false);
  await update(page).click();
  await expect(page.getByText('Nothing has changed. You can try again.')).toBeVisible();
  expect((await page.request.get('/api/session')).status()).toBe(200);
  expect(await authenticator.credentials()).toMatchObject([{ id }]);
  expect(await credentials(page)).toMatchObject([{ id, state: 'active' }]);

  await authenticator.setUserVerified(true);
  await update(page).click();
  await expect(page).toHaveURL(/\/account$/);
  expect(await authenticator.credentials()).toHaveLength(1);
});

test('a connection that is lost at the worst moment loses no key', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(/ERR_FAILED/);
  const { id } = await signInImported(page, app, authenticator);
  await page.route('**/api/registration/verify', (route) => route.abort(), { times: 1 });
  await update(page).click();
  await expect(page).toHaveURL(/\/account$/);
  const [held] = await authenticator.credentials();
  expect(await credentials(page)).toMatchObject([
    { id, state: 'superseded' },
    { id: held?.id, state: 'active' },
  ]);
});

test('an offer that was left without an answer is made again at the next sign-in', async ({
  page,
  app,
  authenticator,
}) => {
  const { id } = await signInImported(page, app, authenticator);
  await expect(offer(page)).toBeVisible();
  await signInWithKeyAgain(page, authenticator, id);
  await expect(offer(page)).toBeVisible();
});

test('the account page updates the key that opened the session', async ({
  page,
  app,
  authenticator,
}) => {
  const { id } = await signInImported(page, app, authenticator);
  await notNow(page).click();
  const key = passkeys(page).first();
  await expect(key).toContainText('Older kind: works on this device only');
  await expect(key).toContainText('You are signed in with this one');
  await page.getByRole('button', { name: 'Update My old iPhone' }).click();
  await expect(page.getByText('Your passkey was updated.')).toBeVisible();
  await expect(passkeys(page)).toHaveCount(2);
  await expect(key).toContainText('Replaced.');
  await expect(page.getByRole('button', { name: /^Update/ })).toHaveCount(0);
  expect((await authenticator.credentials()).map((held) => held.id)).not.toContain(id);
});

test.describe('with a sign-in that was not verified', () => {
  test.use({ appEnv: { USER_VERIFICATION: 'preferred' } });

  test('the person confirms first, and then the passkey is updated', async ({
    page,
    app,
    authenticator,
    allowConsole,
  }) => {
    allowConsole(403);
    const { id } = await importAccount(app, authenticator);
    await authenticator.override({ isBadUV: true });
    await signIn(page, authenticator);
    await expect(page.getByText('You will first confirm that it’s you.')).toBeVisible();
    await authenticator.override();
    // After a cancelled step-up the person can try again.
    await authenticator.setUserVerified(false);
    await update(page).click();
    await expect(page.getByText('You can try again.')).toBeVisible();
    await authenticator.setUserVerified(true);
    await authenticator.setCredentialProperties(id, { signCount: counterBeforeZero });
    await update(page).click();
    await expect(page).toHaveURL(/\/account$/);
    expect(await authenticator.credentials()).toMatchObject([{ backupEligible: true }]);
  });
});

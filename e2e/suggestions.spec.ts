/** Suggestions to people who might be locked out one day, or who could save a step. */
import { attachAuthenticator, passkeyProvider, securityKey } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { declineOffer, passkeys, signInAgain, signUp } from './person.ts';

test('who signed in with a phone is offered a passkey on this device', async ({
  page,
  authenticator: laptop,
}) => {
  await laptop.setPresence(false);
  const phone = await attachAuthenticator(page, { ...passkeyProvider, transport: 'hybrid' });
  await signUp(page);
  await signInAgain(page, phone);
  const heading = page.getByRole('heading', { name: 'Add a passkey on this device' });
  await expect(heading).toBeFocused();
  await declineOffer(page);

  await signInAgain(page, phone);
  await expect(heading).toBeVisible();
  await phone.setPresence(false);
  await laptop.setPresence(true);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.getByText('Your passkey was added.')).toBeVisible();
  await expect(passkeys(page)).toHaveCount(2);
  expect(await laptop.credentials()).toHaveLength(1);
});

test('who has one key on one device is told of a second one, on the account page', async ({
  page,
}) => {
  const key = await attachAuthenticator(page, securityKey);
  await signUp(page);
  await expect(page.getByText('Your only passkey is on one device.')).toBeVisible();
  await key.setPresence(false);
  await attachAuthenticator(page);
  await page.getByRole('button', { name: 'Add a second passkey' }).click();
  await expect(page.getByText('Your passkey was added.')).toBeVisible();
  await expect(page.getByText('Your only passkey is on one device.')).toBeHidden();
  await expect(page.getByRole('button', { name: 'Add a passkey' })).toBeFocused();
});

test('who has lost a backup is told at once where there is time for it', async ({
  page,
  authenticator,
}) => {
  await signUp(page);
  const [held] = await authenticator.credentials();
  await authenticator.setCredentialProperties(held?.id ?? '', { backupState: false });
  await signInAgain(page, authenticator);
  await expect(page).toHaveURL(/\/account/);
  await expect(page.getByText('is no longer synced')).toBeVisible();
  await page.reload();
  await expect(page.getByText('is no longer synced')).toBeVisible();
  await authenticator.setPresence(false);
  await attachAuthenticator(page, securityKey);
  await page.getByRole('button', { name: 'Add a second passkey' }).click();
  await expect(page.getByText('Your passkey was added.')).toBeVisible();
  await expect(page.getByText('is no longer synced')).toBeHidden();
});

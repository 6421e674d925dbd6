/** What happens to the link with Apple outside our pages: in the person's settings, and when the app changes hands. */
import { button, signInWithApple, test } from './apple.ts';
import { handOver } from './apple-transfer.ts';
import { expect } from './fixtures.ts';
import { passkeys, signInButton } from './person.ts';

test('who stops using Apple in the settings is signed out, and the account waits for them', async ({
  page,
  apple,
  ann,
  authenticator,
}) => {
  await signInWithApple(page);
  await page.locator('#suggestion-accept').click();
  await expect(passkeys(page)).toHaveCount(1);
  const username = (await page.locator('#shown-username').textContent()) ?? '';
  // Otherwise autofill would sign in at once.
  await authenticator.setPresence(false);

  apple.advance(1000);
  apple.standIn.stopUsing(ann);
  const payload = await apple.standIn.notification(ann, 'consent-revoked');
  const told = await apple.browser().post('/api/apple/notifications', { payload });
  expect(told.status).toBe(200);
  await page.reload();
  await expect(page).toHaveURL(/\/sign-in$/);

  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(page.locator('#shown-username')).toHaveText(username);
  await expect(page.getByText('You stopped using your Apple Account here.')).toBeVisible();
  await authenticator.setPresence(false);
  await button(page, 'Sign out').click();
  await expect(page).toHaveURL(/\/sign-in$/);

  // Going on at Apple gives the consent again.
  apple.advance(1000);
  await signInWithApple(page);
  await expect(page.locator('#shown-username')).toHaveText(username);
  await expect(page.locator('#apple-state')).toContainText(ann.email);
});

test('who hid their address comes back to the same account after the app moved to another team', async ({
  page,
  apple,
  ann: _,
}) => {
  await signInWithApple(page, true);
  await expect(page.locator('#shown-username')).toHaveText(/^user-/);
  const username = (await page.locator('#shown-username').textContent()) ?? '';
  const address = (await page.locator('#apple-state').textContent()) ?? '';
  await button(page, 'Sign out').click();
  await expect(page).toHaveURL(/\/sign-in$/);

  await handOver(apple);

  await signInWithApple(page);
  await expect(page.locator('#shown-username')).toHaveText(username);
  await expect(page.locator('#apple-state')).toContainText('@privaterelay.appleid.com');
  await expect(page.locator('#apple-state')).not.toHaveText(address);
});

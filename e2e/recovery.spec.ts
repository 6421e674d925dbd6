import type { Page } from 'playwright/test';
import { attachAuthenticator } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { passkeys, signUp } from './person.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const shownCode = (page: Page) => page.locator('#recovery-code');

/** Makes a code on the account page, and returns it as it is shown. */
async function makeCode(page: Page): Promise<string> {
  await button(page, 'Make a recovery code').click();
  const code = (await shownCode(page).textContent()) ?? '';
  await page.getByLabel('Last 4 characters').fill(code.slice(-4).toLowerCase());
  await button(page, 'I’ve kept it').click();
  await expect(page.getByText('Your recovery code is ready.')).toBeVisible();
  return code;
}

async function useCode(page: Page, username: string, code: string): Promise<void> {
  await page.getByLabel('User name').fill(username);
  await page.getByRole('textbox', { name: 'Code', exact: true }).fill(code);
  await button(page, 'Continue').click();
}

test('somebody who lost everything gets back in with a recovery code', async ({
  page,
  authenticator,
  browser,
  baseURL,
  allowConsole,
  consoleWatch,
}) => {
  const username = await signUp(page);
  const code = await makeCode(page);
  expect(code).toMatch(/^([0-9A-Z*~$=]{4}-){6}[0-9A-Z*~$=]{4}$/);
  await expect(shownCode(page)).toBeHidden();
  expect(await authenticator.credentials()).toHaveLength(1);

  // Another browser, on a device that has none of the passkeys.
  const context = await browser.newContext({ ...(baseURL && { baseURL }) });
  consoleWatch.watch(context);
  const other = await context.newPage();
  const device = await attachAuthenticator(other);
  await other.goto('/sign-in');
  await other.getByRole('link', { name: 'Trouble signing in?' }).click();
  // As people type: small letters, without hyphens.
  await useCode(other, username, code.replaceAll('-', ' ').toLowerCase());
  await expect(other.getByText(`You’re back, `)).toBeVisible();
  // The page can be left and found again.
  await other.goto('/account');
  await expect(other).toHaveURL(/\/sign-in$/);
  await other.goto('/recover');
  await button(other, 'Add a passkey').click();
  await expect(other).toHaveURL(/\/account$/);
  await expect(other.getByText('You’re back in')).toBeVisible();
  await expect(passkeys(other)).toHaveCount(2);
  expect(await device.credentials()).toHaveLength(1);

  allowConsole(400);
  const third = await context.browser()?.newContext({ ...(baseURL && { baseURL }) });
  if (!third) throw new Error('no browser');
  consoleWatch.watch(third);
  const again = await third.newPage();
  await again.goto('/recover');
  await useCode(again, username, code);
  await expect(again.getByText('or the code was used already')).toBeVisible();
  await Promise.all([context.close(), third.close()]);
});

test('a code counts only once its owner has typed its end, and what is typed wrong is said', async ({
  page,
  authenticator,
  app,
}) => {
  await signUp(page);
  await button(page, 'Make a recovery code').click();
  await page.getByLabel('Last 4 characters').fill('none');
  await button(page, 'I’ve kept it').click();
  await expect(page.getByText('not the last 4 characters')).toBeVisible();
  await expect(page.getByLabel('Last 4 characters')).toBeFocused();
  await button(page, 'Cancel').first().click();
  await expect(button(page, 'Make a recovery code')).toBeFocused();
  const [held] = await authenticator.credentials();
  expect(await app.deps.store.findRecoveryCode(held?.userHandle ?? '')).toBeNull();

  await page.goto('/recover');
  await useCode(page, 'ann', 'AAAA-AAAA');
  await expect(page.getByText('not a whole recovery code')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Code', exact: true })).toBeFocused();
});

test('the recovery pages by keyboard alone', async ({ page }) => {
  await page.goto('/recover');
  await page.getByText('I have a new phone').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Your passkey comes along')).toBeVisible();
  await page.getByLabel('User name').focus();
  await page.keyboard.type('ann');
  await page.keyboard.press('Enter');
  await expect(page.getByText('not a whole recovery code')).toBeVisible();
});

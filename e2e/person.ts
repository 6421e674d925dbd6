/** Steps of a person on the pages. */
import { expect, type Page } from 'playwright/test';
import type { VirtualAuthenticator } from './authenticator.ts';

let count = 0;
export const newName = () => `person-${process.pid}-${count++}`;

export async function signUp(page: Page, username = newName()): Promise<string> {
  await page.goto('/sign-in#create');
  await page.getByLabel('User name').fill(username);
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page).toHaveURL(/\/account$/);
  return username;
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).last().click();
  await expect(page).toHaveURL(/\/sign-in$/);
}

export const signInButton = (page: Page) =>
  page.getByRole('button', { name: 'Sign in with a passkey' });

export const autofillIs = (page: Page, state: string) =>
  expect(page.locator('html')).toHaveAttribute('data-autofill', state);

export const passkeys = (page: Page) =>
  page.getByRole('list', { name: 'Passkeys' }).getByRole('listitem');

/** An account whose passkey is on the device, but without a session: somebody who comes back. */
export async function comeBack(page: Page): Promise<string> {
  const username = await signUp(page);
  await page.context().clearCookies();
  return username;
}

/** Signs in with the button, because the virtual authenticator would answer autofill at once. */
export async function signIn(page: Page, authenticator: VirtualAuthenticator): Promise<void> {
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  await authenticator.setPresence(true);
  await signInButton(page).click();
}

export async function signInAgain(page: Page, authenticator: VirtualAuthenticator): Promise<void> {
  await page.context().clearCookies();
  await signIn(page, authenticator);
}

/** The button that declines what is offered after a sign-in. */
export const notNow = (page: Page) => page.getByRole('button', { name: 'Not now' });

export async function declineOffer(page: Page): Promise<void> {
  await notNow(page).click();
  await expect(page).toHaveURL(/\/account$/);
}

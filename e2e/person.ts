/** What a person does on the pages, in their words. */
import { expect, type Page } from 'playwright/test';

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

/** An account whose session is gone, as for somebody who comes back: the passkey is on the device. */
export async function comeBack(page: Page): Promise<string> {
  const username = await signUp(page);
  await page.context().clearCookies();
  return username;
}

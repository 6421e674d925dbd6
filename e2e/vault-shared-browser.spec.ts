/** Private notes in a browser that several people use, one after the other or with several tabs. */
import type { Page } from 'playwright/test';
import { attachAuthenticator, passkeyProvider } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { autofillIs, signInButton, signOut, signUp } from './person.ts';
import { lieInHandOver, notes, withNote } from './vault.ts';

test.use({ authenticatorOptions: { ...passkeyProvider, hasPrf: true } });

/** Nothing of the note is in the page, not even hidden. */
async function showsNothing(page: Page): Promise<void> {
  await expect(notes.open(page)).toBeHidden();
  expect(await page.content()).not.toContain('bread, milk');
}

/** The person looks at the tab again. */
const lookAgain = (page: Page) =>
  page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

test('signing out in one tab closes the notes in the other, and leaves no key behind', async ({
  page,
  context,
  authenticator: _,
}) => {
  await withNote(page);
  const other = await context.newPage();
  await other.goto('/account');
  await signOut(other);
  await showsNothing(page);
  expect(await lieInHandOver(other)).toEqual([]);
});

test('notes whose owner was signed out elsewhere are closed when somebody looks at them again', async ({
  page,
  app,
  authenticator: _,
  allowConsole,
}) => {
  allowConsole(401);
  await withNote(page);
  await lookAgain(page);
  await expect(notes.open(page)).toBeVisible();
  await page.context().clearCookies();
  await lookAgain(page);
  await showsNothing(page);
  expect(app.logLines.join('\n')).not.toContain('bread, milk');
});

test('whoever signs in next sees nothing of the notes before, in no tab, and the page before is gone', async ({
  page,
  context,
  authenticator,
  allowConsole,
}) => {
  allowConsole(409);
  await withNote(page);
  const other = await context.newPage();
  await attachAuthenticator(other, { ...passkeyProvider, hasPrf: true });
  await other.goto('/account');
  await context.clearCookies();
  await signUp(other);
  await expect(notes.open(other)).toBeVisible();
  await expect(notes.all(other)).toHaveCount(0);
  await lookAgain(page);
  await showsNothing(page);
  await page.reload();
  await showsNothing(page);
  await authenticator.setPresence(false);
  await signOut(page);
  await page.goBack();
  await expect(page).toHaveURL(/\/sign-in$/);
  expect(await page.content()).not.toContain('bread, milk');
});

test('what a sign-in left for a page that never came opens nothing for somebody else', async ({
  page,
  context,
  authenticator,
}) => {
  await withNote(page);
  await authenticator.setPresence(false);
  await signOut(page);
  await autofillIs(page, 'armed');
  const waiting = { contentType: 'text/html', body: '<title>A page that is slow</title>' };
  await page.route('**/account', (route) => route.fulfill(waiting));
  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(page).toHaveTitle('A page that is slow');
  await expect.poll(() => lieInHandOver(page)).toHaveLength(1);
  await page.unroute('**/account');

  const other = await context.newPage();
  await attachAuthenticator(other, { ...passkeyProvider, hasPrf: true });
  await context.clearCookies();
  await signUp(other);
  await expect(notes.open(other)).toBeVisible();
  await expect(notes.all(other)).toHaveCount(0);
  expect(await lieInHandOver(other)).toEqual([]);
});

test('a page that the browser kept shows no notes, and has forgotten their keys', async ({
  page,
  authenticator: _,
}) => {
  await withNote(page);
  await page.evaluate(() =>
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })),
  );
  await showsNothing(page);
  await expect(notes.button(page, 'Open')).toBeVisible();
});

import { attachAuthenticator } from './authenticator.ts';
import { holdAutofill } from './autofill.ts';
import { expect, test } from './fixtures.ts';
import { autofillIs, comeBack, signInButton, signOut, signUp } from './person.ts';

test('from the autofill list, without typing anything', async ({ page, authenticator }) => {
  const username = await comeBack(page);
  const autofill = await holdAutofill(page, authenticator);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await page.goto('/');
  await autofillIs(page, 'armed');
  await expect(page.getByLabel('User name')).toHaveAttribute('autocomplete', 'username webauthn');
  expect(requests).not.toContain('/api/authentication/options');
  await autofill.choose();
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.locator('#shown-name')).toHaveText(username);
});

test('signs out and in again with the button', async ({ page, authenticator }) => {
  const username = await signUp(page);
  await authenticator.setPresence(false);
  await signOut(page);
  await autofillIs(page, 'armed');
  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.locator('#shown-name')).toHaveText(username);
});

test('with a user name', async ({ page, authenticator }) => {
  const username = await comeBack(page);
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  await authenticator.setPresence(true);
  await page.getByLabel('User name').fill(username.toUpperCase());
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/account$/);
});

test('in two tabs, each with a challenge of its own', async ({ page, context, authenticator }) => {
  await comeBack(page);
  const first = await holdAutofill(page, authenticator);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  const other = await context.newPage();
  await attachAuthenticator(other);
  await other.goto('/sign-in');
  await first.choose();
  await expect(page).toHaveURL(/\/account$/);
  await other.reload();
  await expect(other).toHaveURL(/\/account$/);
});

test('a closed prompt is no error: autofill is armed again, and the next try goes', async ({
  page,
  authenticator,
}) => {
  await comeBack(page);
  const autofill = await holdAutofill(page, authenticator);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  await authenticator.setUserVerified(false);
  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(page.getByText('You can try again.')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await authenticator.setUserVerified(true);
  await authenticator.setPresence(false);
  await autofillIs(page, 'armed');
  await autofill.choose();
  await expect(page).toHaveURL(/\/account$/);
});

test('in a tab that was left open overnight', async ({ page, app, authenticator }) => {
  await comeBack(page);
  await page.clock.install();
  const autofill = await holdAutofill(page, authenticator);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  const fresh = page.waitForResponse('**/api/authentication/options');
  app.advance(9 * 3_600_000);
  await page.clock.fastForward(9 * 3_600_000);
  await fresh;
  await autofillIs(page, 'armed');
  await autofill.choose();
  await expect(page).toHaveURL(/\/account$/);
});

test('with a challenge that the server holds to be expired, the button asks once more by itself', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(400);
  await comeBack(page);
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  app.advance(601_000);
  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(page).toHaveURL(/\/account$/);
});

test('an expired challenge from autofill is said calmly, and autofill is armed again', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(400);
  await comeBack(page);
  const autofill = await holdAutofill(page, authenticator);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  app.advance(601_000);
  // Presence is turned off before the page hears that the challenge has expired.
  await page.route('**/api/authentication/verify', async (route) => {
    await authenticator.setPresence(false);
    await route.continue();
  });
  await autofill.choose();
  await expect(page.getByText('took a little too long')).toBeVisible();
  await autofillIs(page, 'armed');
  await page.unroute('**/api/authentication/verify');
  await autofill.choose();
  await expect(page).toHaveURL(/\/account$/);
});

test('a signature that is wrong signs nobody in', async ({ page, authenticator, allowConsole }) => {
  allowConsole(400);
  await comeBack(page);
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  await authenticator.override({ isBogusSignature: true });
  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(page.getByText('could not be checked')).toBeVisible();
  await expect(page).toHaveURL(/\/sign-in$/);
  await authenticator.override();
  await signInButton(page).click();
  await expect(page).toHaveURL(/\/account$/);
});

test('without a fingerprint, face or PIN if one is required', async ({
  page,
  authenticator,
  allowConsole,
}) => {
  allowConsole(403);
  await comeBack(page);
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  await authenticator.override({ isBadUV: true });
  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(
    page.getByText('Please use your fingerprint, face, PIN or security key.'),
  ).toBeVisible();
  await expect(page).toHaveURL(/\/sign-in$/);
});

test('a passkey that the server does not know is signalled, and leaves the device', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(404);
  const username = await comeBack(page);
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  const user = await app.deps.store.findUserByName(username);
  await app.deps.store.deleteAccount(user?.id ?? '', 0);
  expect(await authenticator.credentials()).toHaveLength(1);
  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(page.getByText('no longer used here')).toBeVisible();
  await expect.poll(() => authenticator.credentials()).toEqual([]);
});

test('while the server is away the page says so, and nothing is lost', async ({
  page,
  context,
  authenticator,
  allowConsole,
}) => {
  allowConsole(/ERR_INTERNET_DISCONNECTED/);
  await comeBack(page);
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  await authenticator.setPresence(true);
  await context.setOffline(true);
  await signInButton(page).click();
  await expect(page.getByText('can’t be reached')).toBeVisible();
  // Otherwise autofill, which the page offers again, may be quicker than the button.
  await authenticator.setPresence(false);
  await context.setOffline(false);
  await autofillIs(page, 'armed');
  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(page).toHaveURL(/\/account$/);
});

test('PRF outputs that a page’s own script asked for never reach the server', async ({
  page,
  authenticator: _,
}) => {
  await comeBack(page);
  const bodies: string[] = [];
  page.on('request', (request) => bodies.push(request.postData() ?? ''));
  await page.addInitScript(() => {
    const original = PublicKeyCredential.prototype.toJSON;
    PublicKeyCredential.prototype.toJSON = function (this: PublicKeyCredential) {
      const json = original.call(this);
      json.clientExtensionResults = { prf: { enabled: true, results: { first: 'c2VjcmV0' } } };
      return json;
    };
  });
  await page.goto('/sign-in');
  await expect(page).toHaveURL(/\/account$/);
  const sent = bodies.join('');
  expect(sent).toContain('"enabled":true');
  expect(sent).not.toContain('c2VjcmV0');
});

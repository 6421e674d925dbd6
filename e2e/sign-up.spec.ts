import { attachAuthenticator } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { autofillIs, newName, passkeys, signUp } from './person.ts';

test('a person creates an account with a passkey', async ({ page, authenticator }) => {
  await page.goto('/');
  await expect(page).toHaveURL(/\/sign-in$/);
  await page.getByRole('link', { name: 'Create an account' }).click();
  const username = newName();
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Your name').fill('Ann Example');
  await page.getByRole('button', { name: 'Create a passkey' }).click();

  await expect(page).toHaveURL(/\/account$/);
  await expect(page.getByText('Ann Example')).toBeVisible();
  await expect(page.getByText(username)).toBeVisible();
  await expect(passkeys(page)).toHaveCount(1);
  await expect(passkeys(page)).toContainText('Synced');
  const [stored] = await authenticator.credentials();
  expect(stored).toMatchObject({ rpId: 'localhost', userName: username, backedUp: true });
});

test('a name that is taken is said so at the field, and another one goes', async ({
  page,
  authenticator,
  allowConsole,
}) => {
  allowConsole(409);
  const username = await signUp(page);
  await page.context().clearCookies();
  await authenticator.setPresence(false);
  await page.goto('/sign-in#create');
  await autofillIs(page, 'armed');
  await authenticator.setPresence(true);
  const field = page.getByLabel('User name');
  await field.fill(username);
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText('This user name is taken')).toBeVisible();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(field).toBeFocused();
  await field.fill(newName());
  await expect(field).not.toHaveAttribute('aria-invalid', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/account$/);
});

test('no name is no account', async ({ page, authenticator }) => {
  await page.goto('/sign-in#create');
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText('Choose a user name.')).toBeVisible();
  expect(await authenticator.credentials()).toEqual([]);
});

test('a prompt that is closed is no error, and leaves no account', async ({
  page,
  app,
  authenticator,
}) => {
  await authenticator.setUserVerified(false);
  const username = newName();
  await page.goto('/sign-in#create');
  await page.getByLabel('User name').fill(username);
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText('No passkey was made. You can try again.')).toBeVisible();
  expect(await app.deps.store.findUserByName(username)).toBeNull();
  await authenticator.setUserVerified(true);
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page).toHaveURL(/\/account$/);
});

test('a challenge that expired while the person thought is said so, and the next one goes', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(400);
  await page.goto('/sign-in#create');
  await page.getByLabel('User name').fill(newName());
  await page.route(
    '**/api/registration/verify',
    async (route) => {
      app.advance(601_000);
      await route.continue();
    },
    { times: 1 },
  );
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText('took a little too long')).toBeVisible();
  // Nobody could have used it.
  expect(await authenticator.credentials()).toEqual([]);
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page).toHaveURL(/\/account$/);
});

test('marks that nobody sees are taken out of a user name that was pasted', async ({
  page,
  authenticator: _,
}) => {
  await page.goto('/sign-in#create');
  const field = page.getByLabel('User name');
  const name = newName();
  await field.fill(`\u202a${name}\u200b\u202c`);
  await expect(field).toHaveValue(name);
  await page.keyboard.press('Enter');
  await expect(page.locator('#shown-name')).toHaveText(name);
});

test('a name that is too long for the person is wrong with that field alone', async ({
  page,
  authenticator,
  allowConsole,
}) => {
  allowConsole(400);
  await page.goto('/sign-in#create');
  await page.getByLabel('User name').fill(newName());
  await page.getByLabel('Your name').fill('長'.repeat(90));
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText('That’s too long.')).toBeVisible();
  await expect(page.getByLabel('Your name')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Your name')).toBeFocused();
  await expect(page.getByLabel('User name')).not.toHaveAttribute('aria-invalid', 'true');
  expect(await authenticator.credentials()).toEqual([]);
});

test('a passkey that the server is about to store survives another tab that picks it', async ({
  page,
  context,
  authenticator,
  allowConsole,
}) => {
  allowConsole(404, 503);
  await page.goto('/sign-in#create');
  const name = newName();
  await page.getByLabel('User name').fill(name);
  let tries = 0;
  let restart = () => {};
  const restarted = new Promise<void>((resolve) => {
    restart = resolve;
  });
  await page.route('**/api/registration/verify', async (route) => {
    if (tries++ === 0) return route.fulfill({ status: 503, json: { code: 'unavailable' } });
    await restarted;
    return route.continue();
  });
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect.poll(() => tries).toBe(1);

  const other = await context.newPage();
  const seenThere = await attachAuthenticator(other);
  await authenticator.copyTo(seenThere);
  const refused = other.waitForResponse('**/api/authentication/verify');
  await other.goto('/sign-in');
  expect((await refused).status()).toBe(404);
  await expect(other.getByText('no longer used here')).toBeVisible();
  expect(await seenThere.credentials()).toHaveLength(1);

  restart();
  await expect(page).toHaveURL(/\/account$/, { timeout: 10_000 });
  await context.clearCookies();
  await other.goto('/sign-in');
  await expect(other.locator('#shown-name')).toHaveText(name);
});

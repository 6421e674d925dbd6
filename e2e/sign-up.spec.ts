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
  await expect(page.getByText('You can try again.')).toBeVisible();
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
      await authenticator.clear();
      await route.continue();
    },
    { times: 1 },
  );
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText('took a little too long')).toBeVisible();
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page).toHaveURL(/\/account$/);
});

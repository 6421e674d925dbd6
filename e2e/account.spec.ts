import { attachAuthenticator, securityKey } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { autofillIs, newName, passkeys, signInButton, signOut, signUp } from './person.ts';

test('a second passkey, on another device; the first device is asked for no second one', async ({
  page,
  authenticator,
}) => {
  await signUp(page);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('already has a passkey for this account')).toBeVisible();
  await expect(passkeys(page)).toHaveCount(1);

  const key = await attachAuthenticator(page, securityKey);
  await authenticator.setPresence(false);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('Your passkey was added.')).toBeVisible();
  await expect(passkeys(page)).toHaveCount(2);
  await expect(passkeys(page).last()).toContainText('On one device only');
  const [[first], [second]] = [await authenticator.credentials(), await key.credentials()];
  expect(second?.userHandle).toBe(first?.userHandle);
});

test('a passkey is renamed in place', async ({ page, authenticator: _ }) => {
  await signUp(page);
  await page.getByRole('button', { name: /^Rename/ }).click();
  const field = page.getByLabel('Name of this passkey');
  await expect(field).toBeFocused();
  await field.fill('My iPhone');
  await page.keyboard.press('Enter');
  await expect(passkeys(page)).toContainText('My iPhone');
  await expect(page.getByRole('button', { name: 'Rename My iPhone' })).toBeFocused();
  await page.getByRole('button', { name: 'Rename My iPhone' }).click();
  await field.fill('something else');
  await page.keyboard.press('Escape');
  await page.reload();
  await expect(passkeys(page)).toContainText('My iPhone');
});

test('a passkey is deleted, and the device hears of it', async ({ page, authenticator }) => {
  await signUp(page);
  const key = await attachAuthenticator(page, securityKey);
  await authenticator.setPresence(false);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(passkeys(page)).toHaveCount(2);
  await authenticator.setPresence(true);
  const [gone] = await authenticator.credentials();

  const remove = page.getByRole('button', { name: /^Delete (?!account)/ }).first();
  await remove.click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(passkeys(page)).toHaveCount(2);

  await remove.click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('was deleted.')).toBeVisible();
  await expect(passkeys(page)).toHaveCount(1);
  await expect(page.getByText('Your only passkey can’t be deleted')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Delete (?!account)/ })).toHaveCount(0);
  await expect
    .poll(async () => (await authenticator.credentials()).map(({ id }) => id))
    .toEqual([]);
  expect(authenticator.events).toContainEqual({ event: 'Deleted', id: gone?.id });
  expect(await key.credentials()).toHaveLength(1);
});

test.describe('with a sign-in that was not verified', () => {
  test.use({ appEnv: { USER_VERIFICATION: 'preferred' } });

  test('what is sensitive asks to confirm first, and then goes on', async ({
    page,
    authenticator,
    allowConsole,
  }) => {
    allowConsole(403);
    await signUp(page);
    const key = await attachAuthenticator(page, securityKey);
    await authenticator.setPresence(false);
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(passkeys(page)).toHaveCount(2);
    await key.setPresence(false);
    await signOut(page);
    await autofillIs(page, 'armed');
    await authenticator.setPresence(true);
    await authenticator.override({ isBadUV: true });
    await signInButton(page).click();
    await expect(page).toHaveURL(/\/account$/);
    const session = await page.request.get('/api/session');
    expect((await session.json()).session.userVerified).toBe(false);

    await authenticator.override();
    const calls: string[] = [];
    page.on('response', (response) => {
      const [method, { pathname }] = [response.request().method(), new URL(response.url())];
      // Calls that only read may come in any order.
      if (method !== 'GET') calls.push(`${method} ${pathname.split('/')[2]} ${response.status()}`);
    });
    await page
      .getByRole('button', { name: /^Delete (?!account)/ })
      .last()
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByText('was deleted.')).toBeVisible();
    await expect(passkeys(page)).toHaveCount(1);
    expect(calls).toEqual([
      'DELETE credentials 403',
      'POST authentication 200',
      'POST authentication 200',
      'DELETE credentials 200',
    ]);
  });
});

test('names are changed, and the device hears of it', async ({ page, authenticator }) => {
  await signUp(page);
  const username = newName();
  await page.getByRole('button', { name: 'Edit names' }).click();
  await page.getByLabel('Your name').fill('Ann Example');
  await page.getByLabel('User name').fill(username);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Ann Example')).toBeVisible();
  await expect(page.getByText('Your names were changed.')).toBeVisible();
  await expect
    .poll(async () => (await authenticator.credentials())[0])
    .toMatchObject({ userName: username, userDisplayName: 'Ann Example' });
});

test('a session elsewhere is ended', async ({ page, browser, app, authenticator: _ }) => {
  await signUp(page);
  const cookies = await page.context().cookies();
  const elsewhere = await browser.newContext({ baseURL: app.origin });
  try {
    const { SoftwareAuthenticator } = await import('../server/testing/authenticator.ts');
    const phone = new SoftwareAuthenticator({ origin: app.origin });
    const owner = app.browser();
    for (const { name, value } of cookies) owner.cookies.set(name, value);
    expect((await owner.addPasskey(phone)).status).toBe(201);
    const other = app.browser();
    expect((await other.signIn(phone)).status).toBe(200);

    await page.reload();
    const sessions = page.getByRole('list', { name: 'Where you’re signed in' });
    await expect(sessions.getByRole('listitem')).toHaveCount(2);
    await expect(sessions).toContainText('This device');
    await sessions.getByRole('button', { name: /^Sign out/ }).click();
    await expect(sessions.getByRole('listitem')).toHaveCount(1);
    expect((await other.get('/api/session')).status).toBe(401);
  } finally {
    await elsewhere.close();
  }
});

test('every session elsewhere is ended at once', async ({ page, app, authenticator: _ }) => {
  await signUp(page);
  const owner = app.browser();
  for (const { name, value } of await page.context().cookies()) owner.cookies.set(name, value);
  const phone = app.device();
  expect((await owner.addPasskey(phone)).status).toBe(201);
  const others = [app.browser(), app.browser()];
  for (const other of others) expect((await other.signIn(phone)).status).toBe(200);
  await page.reload();
  const sessions = page.getByRole('list', { name: 'Where you’re signed in' }).getByRole('listitem');
  await expect(sessions).toHaveCount(3);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('You’re signed out everywhere else.')).toBeVisible();
  await expect(sessions).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Sign out everywhere else' })).toBeHidden();
  for (const other of others) expect((await other.get('/api/session')).status).toBe(401);
  expect((await owner.get('/api/session')).status).toBe(200);
});

test('signing out ends the session, also on a page that is still open', async ({
  page,
  context,
  authenticator,
  allowConsole,
}) => {
  allowConsole(401);
  await signUp(page);
  const other = await context.newPage();
  await other.goto('/account');
  await authenticator.setPresence(false);
  await signOut(page);
  await expect(page.getByText('You’re signed out.')).toBeVisible();
  await expect(signInButton(page)).toBeVisible();
  await other.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(other).toHaveURL(/\/sign-in$/);
  await expect(other.getByText('You were signed out.')).toBeVisible();
  await other.reload();
  await expect(signInButton(other)).toBeVisible();
  await expect(other.getByText('You were signed out.')).toBeHidden();
});

test('a page that was left open does nothing to the account that is signed in since', async ({
  page,
  context,
  app,
  authenticator: _,
  allowConsole,
}) => {
  allowConsole(409);
  const ann = await signUp(page);
  const other = await context.newPage();
  await attachAuthenticator(other);
  await other.goto('/account');
  await signOut(other);
  const bob = await signUp(other);

  await page.getByRole('button', { name: 'Delete account' }).click();
  const dialog = page.getByRole('dialog', { name: `Delete ${ann}’s account?` });
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('Another account has signed in here')).toBeVisible();
  await expect(page.locator('#shown-name')).toHaveText(bob);
  for (const name of [ann, bob]) {
    expect(await app.deps.store.findUserByName(name)).not.toBeNull();
  }
});

test('what was cancelled is said to have been left undone', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(403);
  await signUp(page);
  app.advance(301_000);
  await authenticator.setUserVerified(false);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('No passkey was added.')).toBeVisible();
  await page.getByRole('button', { name: 'Delete account' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('Your account was not deleted.')).toBeVisible();
});

test('of two prompts in a row the first is announced', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(403);
  await signUp(page);
  const key = await attachAuthenticator(page, securityKey);
  await authenticator.setPresence(false);
  await key.setPresence(false);
  app.advance(301_000);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('First confirm that it’s you.')).toBeVisible();
});

test('two passkeys of one name are told apart', async ({ page, app, authenticator: _ }) => {
  await signUp(page);
  const owner = app.browser();
  for (const { name, value } of await page.context().cookies()) owner.cookies.set(name, value);
  app.advance(120_000);
  expect((await owner.addPasskey(app.device())).status).toBe(201);
  for (const { id } of (await owner.get('/api/credentials')).body.credentials) {
    await owner.request('PATCH', `/api/credentials/${id}`, { name: 'My phone' });
  }
  await page.reload();
  await expect(passkeys(page)).toHaveCount(2);
  const labels = await page
    .getByRole('button', { name: /^Delete My phone, created today, / })
    .evaluateAll((buttons) => buttons.map((button) => button.ariaLabel));
  expect(new Set(labels).size).toBe(2);
});

test('the account is deleted, with every passkey of it on the device', async ({
  page,
  app,
  authenticator,
}) => {
  const username = await signUp(page);
  expect(await authenticator.credentials()).toHaveLength(1);
  await page.getByRole('button', { name: 'Delete account' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(page.getByText('Your account was deleted.')).toBeVisible();
  expect(await app.deps.store.findUserByName(username)).toBeNull();
  expect(await authenticator.credentials()).toEqual([]);
});

test.describe('a passkey of a known provider', () => {
  test('shows whose it is, in light and in dark', async ({ page, app, authenticator: _ }) => {
    await signUp(page);
    const { SoftwareAuthenticator } = await import('../server/testing/authenticator.ts');
    const apple = new SoftwareAuthenticator({
      origin: app.origin,
      aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd',
    });
    const owner = app.browser();
    for (const { name, value } of await page.context().cookies()) owner.cookies.set(name, value);
    await owner.addPasskey(apple);
    await page.reload();
    await expect(passkeys(page).last()).toContainText('Apple Passwords');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const picture = passkeys(page).last().locator('img');
      await expect
        .poll(() => picture.evaluate((image) => (image as HTMLImageElement).currentSrc))
        .toContain(`/providers/fbfc3007-154e-4ecc-8c0b-6e020557d7bd/${colorScheme}`);
      await expect
        .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth))
        .toBeGreaterThan(0);
    }
  });
});

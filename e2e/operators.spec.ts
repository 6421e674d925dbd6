/** What operators give to people: an invitation, and a link that adds a passkey, made by another back end. */
import type { Page } from 'playwright/test';
import { inviteAccount, revokeInvitation } from '../server/administration/invitation.ts';
import { makeOperatorKey } from '../server/administration/operator-keys.ts';
import type { TestApp } from '../server/testing/app.ts';
import { attachAuthenticator } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { newName, passkeys, signUp } from './person.ts';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const root = (app: TestApp) => ({ ...app.deps, operator: 'root' });

async function invite(app: TestApp, name?: string): Promise<string> {
  return (await inviteAccount(root(app), { name, minutes: 60 })).link;
}

/** As another back end calls it. */
async function enrol(app: TestApp, username: string): Promise<string> {
  const scopes = ['enrolments:create'] as const;
  const { secret } = await makeOperatorKey(root(app), { name: 'crm', scopes, days: 1 });
  const answer = await fetch(`${app.origin}/api/operator/enrolments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ username }),
  });
  const { link } = (await answer.json()) as { link: string };
  return link;
}

test.describe('where an invitation is needed', () => {
  test.use({ appEnv: { SIGN_UP: 'invitation' } });

  test('the sign-in page says so, and an invitation opens an account, once', async ({
    page,
    app,
    authenticator,
    allowConsole,
  }) => {
    await authenticator.setPresence(false);
    await page.goto('/sign-in#create');
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await expect(page.getByText('You need an invitation.')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Create an account' })).toHaveCount(0);
    await authenticator.setPresence(true);

    const link = await invite(app);
    await page.goto(link);
    await button(page, 'Create a passkey').click();
    await expect(page.getByText('Choose a user name.')).toBeVisible();
    const username = newName();
    await page.getByLabel('User name').fill(username);
    await button(page, 'Create a passkey').click();
    await expect(page).toHaveURL(/\/account$/);
    await expect(passkeys(page)).toHaveCount(1);

    allowConsole(400);
    await page.goto('about:blank');
    await page.goto(link);
    await expect(page.getByText('This invitation was used already')).toBeVisible();
    await expect(button(page, 'Create a passkey')).toBeHidden();

    const withdrawn = await inviteAccount(root(app), { name: undefined, minutes: 60 });
    await revokeInvitation(root(app), withdrawn.id);
    await page.goto('about:blank');
    await page.goto(withdrawn.link);
    await expect(page.getByText('was withdrawn by whoever sent it. Ask them')).toBeVisible();
    await expect(page.getByLabel('User name')).toBeHidden();
  });

  test('an invitation for a name opens the account of that name', async ({
    page,
    app,
    authenticator: _,
  }) => {
    const username = newName();
    await page.goto(await invite(app, username));
    await expect(page.getByLabel('User name')).toHaveValue(username);
    await expect(page.getByLabel('User name')).toHaveAttribute('readonly', '');
    await button(page, 'Create a passkey').click();
    await expect(page).toHaveURL(/\/account$/);
    expect(await app.deps.store.findUserByName(username)).not.toBeNull();
  });
});

test('a prompt that was closed leaves the invitation good', async ({
  page,
  app,
  authenticator,
}) => {
  await page.goto(await invite(app));
  await authenticator.setUserVerified(false);
  await page.getByLabel('User name').fill(newName());
  await button(page, 'Create a passkey').click();
  await expect(page.getByText('No passkey was made.')).toBeVisible();
  await authenticator.setUserVerified(true);
  await button(page, 'Create a passkey').click();
  await expect(page).toHaveURL(/\/account$/);
});

test('a link that another back end made gives an account to its owner', async ({
  page,
  app,
  browser,
  baseURL,
  allowConsole,
  consoleWatch,
  authenticator: _,
}) => {
  const username = await signUp(page);
  const link = await enrol(app, username);
  const context = await browser.newContext({ ...(baseURL && { baseURL }) });
  consoleWatch.watch(context);
  const other = await context.newPage();
  const device = await attachAuthenticator(other);
  await other.goto(link);
  await button(other, 'Continue').click();
  await expect(other.getByText('You’re back, ')).toBeVisible();
  const method = () =>
    other.evaluate(async () => (await (await fetch('/api/session')).json()).session.method);
  expect(await method()).toBe('enrolment');
  await button(other, 'Add a passkey').click();
  await expect(other).toHaveURL(/\/account$/);
  expect(await method()).toBe('passkey');
  const [held] = await device.credentials();
  // What was lost goes, once the new passkey has confirmed who it is.
  await expect(other.getByText('Delete the passkeys that you have lost.')).toBeVisible();
  await expect(passkeys(other)).toHaveCount(2);
  const lost = passkeys(other).filter({ hasNotText: 'You are signed in with this one' });
  allowConsole(403);
  await lost.getByRole('button', { name: /^Delete/ }).click();
  await other.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(passkeys(other)).toHaveCount(1);
  const user = await app.deps.store.findUserByName(username);
  const left = await app.deps.store.listCredentials(user?.id ?? '');
  expect(left.map(({ id }) => id)).toEqual([held?.id]);
  await context.close();
});

test('a scanner that opens every link and runs no script uses nothing up', async ({
  page,
  app,
  browser,
  authenticator: _,
}) => {
  const username = await signUp(page);
  const links = [await enrol(app, username), await invite(app)];
  const scanner = await browser.newContext({ javaScriptEnabled: false });
  const reader = await scanner.newPage();
  const before = await app.contents();
  for (const link of links) {
    await reader.goto(link);
    const found = await reader
      .locator('a')
      .evaluateAll((all) => all.map((each) => (each as HTMLAnchorElement).href));
    for (const href of found.filter((each) => each.startsWith(app.origin))) {
      await reader.request.get(href);
      await reader.request.head(href);
    }
  }
  await scanner.close();
  expect(await app.contents()).toEqual(before);
});

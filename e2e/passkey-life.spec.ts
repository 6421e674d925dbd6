/** What the account page says about passkeys in every state, and the security activity. */
import type { Page } from 'playwright/test';
import type { TestApp } from '../server/testing/app.ts';
import type { VirtualAuthenticator } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { importAccount } from './imported.ts';
import { declineOffer, passkeys, signIn } from './person.ts';

const safariOn = (device: string) =>
  `Mozilla/5.0 (${device} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1`;

test.use({
  appEnv: { COUNTRY_HEADER: 'x-country' },
  userAgent: safariOn('iPhone; CPU iPhone OS 18_5'),
});

const others = [
  {
    name: 'Family iPad',
    createdAt: '2024-01-15T12:00:00Z',
    aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd',
    transports: ['internal', 'hybrid'],
    backupEligible: true,
    backedUp: true,
    lastUsedAt: new Date(Date.now() - 60_000).toISOString(),
    lastUserAgent: safariOn('iPad; CPU OS 18_5'),
    lastCountry: 'FR',
  },
  { name: 'Older iPad', createdAt: '2024-02-15T12:00:00Z', transports: ['internal'] },
  {
    name: 'Copied key',
    createdAt: '2024-03-15T12:00:00Z',
    transports: ['usb'],
    state: 'suspected-clone',
    signCount: 7,
  },
  {
    name: 'Lost key',
    createdAt: '2024-04-15T12:00:00Z',
    transports: ['usb'],
    state: 'revoked',
    signCount: 3,
  },
];

async function signInFrom(
  page: Page,
  app: TestApp,
  authenticator: VirtualAuthenticator,
  country: string,
): Promise<void> {
  await importAccount(app, authenticator, { others });
  await page.setExtraHTTPHeaders({ 'x-country': country });
  await signIn(page, authenticator);
  await declineOffer(page);
}

const passkey = (page: Page, name: string) => passkeys(page).filter({ hasText: name });
const activity = (page: Page) =>
  page.getByRole('list', { name: 'Security activity' }).getByRole('listitem');

test('each passkey says in words where it lives, when it was used, and what to do', async ({
  page,
  app,
  authenticator,
}) => {
  await signInFrom(page, app, authenticator, 'DE');
  const here = passkey(page, 'My old iPhone');
  await expect(here).toContainText('You are signed in with this one');
  await expect(here).toContainText(/Last used today, Safari on iPhone, Germany/);

  const synced = passkey(page, 'Family iPad');
  await expect(synced).toContainText('Synced');
  await expect(synced).toContainText('Apple Passwords');
  await expect(synced).toContainText(/Last used (to|yester)day, Safari on iPad, France/);

  const elsewhere = passkey(page, 'Older iPad');
  await expect(elsewhere).toContainText('Older kind: works on one device only');
  await expect(elsewhere).toContainText('Sign in with it on the device where it lives');
  // It was imported, and nobody said when it was used.
  await expect(elsewhere).not.toContainText(/used/);
  await expect(page.getByRole('button', { name: /^Update/ })).toHaveCount(1);

  await expect(passkey(page, 'Copied key')).toContainText('this key was copied');
  await expect(passkey(page, 'Lost key')).toContainText('No longer accepted.');
});

test('a renamed passkey keeps its place and its state', async ({ page, app, authenticator }) => {
  await signInFrom(page, app, authenticator, 'DE');
  await page.getByRole('button', { name: 'Rename Copied key' }).click();
  await page.getByRole('textbox', { name: 'Name of this passkey' }).fill('Key ring');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Rename Key ring' })).toBeFocused();
  await expect(passkeys(page).nth(3)).toContainText('Key ring');
  await expect(passkeys(page).nth(3)).toContainText('this key was copied');
});

test('what happened in the account is told in sentences, when somebody asks', async ({
  page,
  app,
  authenticator,
}) => {
  await signInFrom(page, app, authenticator, 'DE');
  await page.getByRole('button', { name: 'Rename Family iPad' }).click();
  await page.getByRole('textbox', { name: 'Name of this passkey' }).fill('Our iPad');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Rename Our iPad' })).toBeFocused();

  await expect(activity(page)).toHaveCount(0);
  await page.getByText('What happened lately').focus();
  await page.keyboard.press('Enter');
  await expect(activity(page)).toHaveCount(4);
  await expect(activity(page).first()).toContainText('Renamed “Our iPad”');
  await expect(activity(page).nth(1)).toContainText('Put off updating “My old iPhone”');
  await expect(activity(page).nth(2)).toContainText('Signed in with “My old iPhone”');
  await expect(activity(page).nth(2)).toContainText(/Today, .*Safari on iPhone.*Germany/);
  await expect(activity(page).last()).toContainText('Account moved here');
});

test('of a long history the latest comes first, and the rest when it is asked for', async ({
  page,
  app,
  authenticator,
}) => {
  await signInFrom(page, app, authenticator, 'DE');
  for (let edit = 0; edit < 12; edit++) {
    const data = { displayName: `Ann ${edit}` };
    const headers = { origin: app.origin };
    expect((await page.request.patch('/api/account', { data, headers })).status()).toBe(200);
  }
  await page.getByText('What happened lately').click();
  await expect(activity(page)).toHaveCount(8);
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect(activity(page)).toHaveCount(15);
  await expect(activity(page).nth(8)).toBeFocused();
  await expect(page.getByRole('button', { name: 'Show more' })).toBeHidden();
});

test('what matters for security is found among any number of changed names', async ({
  page,
  app,
  authenticator,
}) => {
  await signInFrom(page, app, authenticator, 'DE');
  for (let edit = 0; edit < 60; edit++) {
    const data = { displayName: `Ann ${edit}` };
    const headers = { origin: app.origin };
    expect((await page.request.patch('/api/account', { data, headers })).status()).toBe(200);
  }
  await page.getByText('What happened lately').click();
  await expect(activity(page)).toHaveCount(8);
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect(activity(page)).toHaveCount(50);
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect(activity(page).nth(50)).toBeFocused();
  await expect(activity(page).last()).toContainText('Account moved here');
  await page.getByLabel('Leave out sign-ins and the like').check();
  await expect(activity(page)).toHaveCount(1);
  await expect(activity(page)).toContainText('Account moved here');
});

test('while the server is away the history says so', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(/ERR_FAILED/);
  await signInFrom(page, app, authenticator, 'DE');
  await page.route('**/api/activity?*', (route) => route.abort(), { times: 1 });
  const summary = page.getByText('What happened lately');
  await summary.click();
  await expect(page.getByText('can’t be reached')).toBeVisible();
  await summary.click();
  await summary.click();
  await expect(activity(page)).toHaveCount(3);
});

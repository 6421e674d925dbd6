/** A site that has moved, and the person whose passkey belongs to its old address. */
import type { Page } from 'playwright/test';
import type { TestApp } from '../server/testing/app.ts';
import { expect, test } from './fixtures.ts';
import { importAccount } from './imported.ts';
import { autofillIs, passkeys, signInButton } from './person.ts';

const site = 'http://app.test.localhost';
const former = 'test.localhost';
const fromFormer = (page: Page) => page.getByRole('button', { name: `passkey from ${former}` });

test.use({ appEnv: { ORIGIN: site, FORMER_RP_IDS: former } });

/** A browser lets a site use the domain above its own without asking for related origins. */
async function visit(page: Page, app: TestApp): Promise<void> {
  await page.route(`${site}/**`, async (route) => {
    const url = route.request().url().replace(site, app.origin);
    const headers = { ...route.request().headers(), host: new URL(site).host };
    await route.fulfill({ response: await route.fetch({ url, headers, maxRedirects: 0 }) });
  });
  await page.goto(`${site}/sign-in`);
  await autofillIs(page, 'armed');
}

// A page asks for icons late. Nothing may be on its way when it closes: the route's handler would fail.
test.afterEach(async ({ page, app }) => {
  await page.goto(`${app.origin}/healthz`);
  await page.unrouteAll({ behavior: 'wait' });
});

test('a passkey of the old address signs in, and is updated', async ({
  page,
  app,
  authenticator,
}) => {
  const { id, userHandle } = await importAccount(app, authenticator, { rpId: former });
  await authenticator.setPresence(false);
  await visit(page, app);
  await authenticator.setPresence(true);
  await fromFormer(page).click();
  await expect(page.getByText('Our address has changed.')).toBeVisible();
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page).toHaveURL(`${site}/account`);
  await expect(passkeys(page).first()).toContainText(`For ${former}`);
  await expect(passkeys(page).first()).toContainText('Replaced.');
  const held = await authenticator.credentials();
  expect(held.find(({ rpId }) => rpId === 'app.test.localhost')).toMatchObject({ userHandle });
  // Somebody who opens the old address may still need it, so the device was not told to delete it.
  expect(held.find(({ rpId }) => rpId === former)).toMatchObject({ id });

  await page.context().clearCookies();
  await authenticator.setPresence(false);
  await visit(page, app);
  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(page).toHaveURL(`${site}/account`);
});

test('autofill stays with the address of today', async ({ page, app, authenticator }) => {
  await authenticator.setPresence(false);
  await visit(page, app);
  const embedded = await page.locator('#page').textContent();
  expect(JSON.parse(embedded ?? '').options.rpId).toBe('app.test.localhost');
});

test('who makes a new account is not asked for an old passkey', async ({
  page,
  app,
  authenticator,
}) => {
  await authenticator.setPresence(false);
  await visit(page, app);
  await expect(fromFormer(page)).toBeVisible();
  await page.getByRole('link', { name: 'Create an account' }).click();
  await expect(fromFormer(page)).toBeHidden();
});

test('a browser that can’t use passkeys of other domains is not asked to', async ({
  page,
  app,
  authenticator,
}) => {
  await authenticator.setPresence(false);
  await page.addInitScript(() => {
    PublicKeyCredential.getClientCapabilities = async () => ({ relatedOrigins: false });
  });
  await visit(page, app);
  await expect(fromFormer(page)).toHaveCount(0);
});

test('a browser that refuses the old domain is excused, with words', async ({
  page,
  app,
  authenticator,
}) => {
  await authenticator.setPresence(false);
  await page.addInitScript(() => {
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = async (options) => {
      if (options?.mediation === 'conditional') return get(options);
      throw new DOMException('not related', 'SecurityError');
    };
  });
  await visit(page, app);
  await fromFormer(page).click();
  await expect(
    page.getByText('This browser can’t use that passkey at this address.'),
  ).toBeVisible();
});

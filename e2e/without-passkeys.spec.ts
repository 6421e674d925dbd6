/** What keeps somebody from signing in is said before anything is asked of them, with what to do. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright/test';
import { launchArgs } from './chromium.ts';
import { expect, test } from './fixtures.ts';
import { signUp } from './person.ts';

async function expectNothingToPress(page: Page): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('data-autofill', 'unsupported');
  await expect(page.getByRole('button')).toHaveCount(0);
  await expect(page.getByRole('textbox')).toHaveCount(0);
}

test('a browser without passkeys is told so, and what to do', async ({ page }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'PublicKeyCredential');
  });
  await page.goto('/sign-in');
  await expect(page.getByText('Passkeys don’t work in this browser.')).toBeVisible();
  await expectNothingToPress(page);
});

test('where cookies are blocked no passkey is made that nobody could use', async ({
  app,
  playwright,
  consoleWatch,
}) => {
  const profile = await mkdtemp(join(tmpdir(), 'latchkey-profile-'));
  await mkdir(join(profile, 'Default'));
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(preferences));
  const executablePath = process.env['CHROMIUM_PATH'] ?? '';
  const context = await playwright.chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...launchArgs],
  });
  try {
    consoleWatch.watch(context);
    const page = await context.newPage();
    await page.goto(`${app.origin}/sign-in#create`);
    await expect(page.getByText('Cookies are blocked.')).toBeVisible();
    await expect(page.getByText('Allow cookies for this site')).toBeVisible();
    await expectNothingToPress(page);
  } finally {
    await context.close();
    await rm(profile, { recursive: true });
  }
});

test.describe('at an address that is not the site’s', () => {
  test.use({ appEnv: { ORIGIN: 'https://login.example' } });

  test('the page says where signing in works', async ({ page }) => {
    // The server has led the browser to the site, and a proxy has brought it back.
    await page.goto('/sign-in?moved');
    await expect(page.getByText('Signing in works at another address.')).toBeVisible();
    const link = page.getByRole('link', { name: 'https://login.example/sign-in' });
    await expect(link).toHaveAttribute('href', 'https://login.example/sign-in');
    await expectNothingToPress(page);
  });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the page says what is needed', async ({ page }) => {
    await page.goto('/sign-in');
    await expect(page.locator('main')).toContainText('JavaScript is turned off.', {
      useInnerText: true,
    });
    await expect(page.getByText('hasn’t finished loading')).toBeHidden();
  });
});

test('a script that does not come is missed aloud: no dead button, no empty card', async ({
  page,
  authenticator: _,
  allowConsole,
}) => {
  allowConsole(/ERR_FAILED/);
  await signUp(page);
  const signInPage = await page.context().newPage();
  await page.context().route('**/assets/**', (route) => route.abort());
  await page.reload();
  await page.context().clearCookies();
  await signInPage.goto('/sign-in');
  for (const [each, path] of [
    [page, '/account'],
    [signInPage, '/sign-in'],
  ] as const) {
    await expect(each.getByText('This page hasn’t finished loading.')).toBeVisible({
      timeout: 10_000,
    });
    await expect(each.getByRole('link', { name: 'Reload' })).toHaveAttribute('href', path);
  }
  await expect(page.getByRole('heading', { name: 'Passkeys' })).toBeHidden();
  await expect(signInPage.locator('#submit')).toHaveCSS('opacity', '0.4');
  await expect(signInPage.locator('#explanation')).toBeHidden();
});

/** Every page in light and dark, from 320 px to a desktop: accessible, and never wider than the window. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { attachAuthenticator, securityKey } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { importAccount } from './imported.ts';
import { autofillIs, passkeys, signUp } from './person.ts';

const widths = [320, 390, 1280];

async function expectFit(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 844 });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect([colorScheme, width, overflow]).toEqual([colorScheme, width, 0]);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]);
      expect([colorScheme, width, found]).toEqual([colorScheme, width, []]);
    }
  }
}

test('the sign-in page', async ({ page, authenticator }) => {
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  await expectFit(page);
});

test('the page for a new account, with something to say', async ({ page, authenticator: _ }) => {
  await page.goto('/sign-in#create');
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText('Choose a user name.')).toBeVisible();
  await expectFit(page);
});

test('the account page, with two passkeys, one being renamed', async ({ page, authenticator }) => {
  await signUp(page);
  await attachAuthenticator(page, securityKey);
  await authenticator.setPresence(false);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(passkeys(page)).toHaveCount(2);
  await page
    .getByRole('button', { name: /^Rename/ })
    .first()
    .click();
  await expectFit(page);
});

test('a question', async ({ page, authenticator: _ }) => {
  await signUp(page);
  await page.getByRole('button', { name: 'Delete account' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectFit(page);
});

test.describe('for a site that has moved', () => {
  test.use({ appEnv: { FORMER_RP_IDS: 'old.example' } });

  test('the sign-in page', async ({ page, authenticator }) => {
    await authenticator.setPresence(false);
    await page.goto('/sign-in');
    await expect(page.getByRole('button', { name: 'passkey from old.example' })).toBeVisible();
    await expectFit(page);
  });
});

test('the offer after a sign-in, then passkeys in every state and what happened', async ({
  page,
  app,
  authenticator,
}) => {
  const states = ['active', 'superseded', 'suspected-clone', 'revoked'];
  const others = states.map((state) => ({ name: `The ${state} one`, state }));
  await importAccount(app, authenticator, { others });
  await page.goto('/sign-in');
  await expect(page.getByRole('heading', { name: 'Update your passkey' })).toBeVisible();
  await expectFit(page);
  await page.getByRole('button', { name: 'Not now' }).click();
  await page.getByText('What happened lately').click();
  await expect(page.getByText('Account moved here')).toBeVisible();
  await expectFit(page);
});

test('a suggestion', async ({ page }) => {
  await attachAuthenticator(page, securityKey);
  await signUp(page);
  await expect(page.getByRole('button', { name: 'Add a second passkey' })).toBeVisible();
  await expectFit(page);
});

test('a long name breaks nothing', async ({ page, authenticator: _ }) => {
  await signUp(page, `${'w'.repeat(50)}${Date.now()}`);
  await expectFit(page);
});

test('everything on the sign-in page is reached by keyboard, in the order it is read', async ({
  page,
  authenticator,
}) => {
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  const reached: string[] = [];
  for (let step = 0; step < 3; step++) {
    reached.push(
      await page.evaluate(() => {
        const focused = document.activeElement as HTMLElement;
        const outline = getComputedStyle(focused);
        const visible = outline.outlineStyle !== 'none' || outline.boxShadow !== 'none';
        return `${focused.id || focused.textContent?.trim()}${visible ? '' : ' (not seen)'}`;
      }),
    );
    await page.keyboard.press('Tab');
  }
  expect(reached.map((each) => each.replace(' (not seen)', ''))).toEqual([
    'username',
    'submit',
    'Create an account',
  ]);
  expect(reached.slice(1).join()).not.toContain('not seen');
});

/**
 * Every page in light and dark, in colours of the person's own, with larger text, on a phone on its side, from 320 px
 * to a desktop: accessible, and never wider than the window.
 */
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { offerEnrolment, openAccount } from '../server/administration/enrolment.ts';
import { inviteAccount } from '../server/administration/invitation.ts';
import { type AppsApp, newRequest, startAppsApp } from '../server/testing/apps.ts';
import { appleButton, decide, test as withApple } from './apple.ts';
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
  await expectRoomForLargeText(page);
  await expectEdges(page);
}

/** At twice the size no word is cut off, wherever it stands. */
async function expectRoomForLargeText(page: Page): Promise<void> {
  const setTextSize = (size: string) =>
    page.evaluate((fontSize) => {
      document.documentElement.style.fontSize = fontSize;
    }, size);
  await setTextSize('200%');
  for (const width of [320, 390, 844]) {
    await page.setViewportSize({ width, height: 568 });
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('body *')]
        .filter((each) => {
          if (!each.checkVisibility({ visibilityProperty: true })) return false;
          const { left, right } = each.getBoundingClientRect();
          const hasWords = [...each.childNodes].some(
            ({ nodeType, textContent }) => nodeType === Node.TEXT_NODE && textContent?.trim(),
          );
          // What is inline has no width of its own.
          const fits = each.scrollWidth <= each.clientWidth + 1 || each.clientWidth === 0;
          return left < 0 || right > innerWidth || (hasWords && !fits);
        })
        .map((each) => each.outerHTML.slice(0, 120)),
    );
    expect([width, cut]).toEqual([width, []]);
  }
  await setTextSize('');
}

/** In colours of the person's own only edges set things apart. */
async function expectEdges(page: Page): Promise<void> {
  await page.emulateMedia({ forcedColors: 'active' });
  const borderless = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.group, .primary, dialog, dialog button')]
      .filter((each) => each.checkVisibility())
      .filter((each) => getComputedStyle(each).borderTopStyle === 'none')
      .map((each) => each.outerHTML.slice(0, 120)),
  );
  expect(borderless).toEqual([]);
  const focused = page.locator(':focus-visible:not(h1), .field:focus-within').first();
  if (await focused.count()) await expect(focused).not.toHaveCSS('outline-style', 'none');
  await page.emulateMedia({ forcedColors: 'none' });
}

/** By keyboard everything is reached in this order from the top, and seen to be. */
async function expectKeyboard(page: Page, ids: readonly string[]): Promise<void> {
  const reached: string[] = [];
  for (const _ of ids) {
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate(() => {
        const focused = document.activeElement as HTMLElement;
        const field = focused.closest<HTMLElement>('.field') ?? focused;
        const isSeen = getComputedStyle(field).outlineStyle !== 'none';
        return `${focused.id || focused.textContent?.trim()}${isSeen ? '' : ' (not seen)'}`;
      }),
    );
  }
  expect(reached).toEqual(ids);
}

/** A phone on its side shows all there is to press without scrolling. */
async function expectAllInSight(page: Page): Promise<void> {
  for (const [width, height] of [
    [844, 390],
    [667, 375],
    [568, 320],
  ] as const) {
    await page.setViewportSize({ width, height });
    const below = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('a, button, input')]
        .filter((each) => each.checkVisibility())
        .filter((each) => each.getBoundingClientRect().bottom > innerHeight)
        .map((each) => each.outerHTML.slice(0, 120)),
    );
    expect([width, below]).toEqual([width, []]);
  }
}

test('the sign-in page', async ({ page, authenticator }) => {
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  await expectFit(page);
  await expectAllInSight(page);
});

test('the page for a new account, with something to say', async ({ page, authenticator: _ }) => {
  await page.goto('/sign-in#create');
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText('Choose a user name.')).toBeVisible();
  await expectFit(page);
  await expectAllInSight(page);
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

test('the page of an invitation, with something to say', async ({
  page,
  app,
  authenticator: _,
}) => {
  const invited = { name: undefined, minutes: 60 };
  const { link } = await inviteAccount({ ...app.deps, operator: 'root' }, invited);
  await page.goto(link);
  await expectKeyboard(page, ['username', 'display-name', 'submit', 'Back to sign-in']);
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText('Choose a user name.')).toBeVisible();
  await expectFit(page);
});

test('the link of an operator, before it is used and after', async ({
  page,
  app,
  authenticator: _,
}) => {
  const root = { ...app.deps, operator: 'root' };
  const user = await openAccount(root, 'ann');
  const { link } = await offerEnrolment(root, { user, created: true, minutes: 60 });
  await page.goto(link);
  await expectKeyboard(page, ['submit', 'Back to sign-in']);
  await expectFit(page);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('heading', { name: 'Add a passkey on this device' })).toBeFocused();
  await expectKeyboard(page, ['add-now', 'Back to sign-in']);
  await expectFit(page);
});

test('a recovery that waits, on the account page', async ({ page, app, authenticator: _ }) => {
  await signUp(page);
  const pending = { startedAt: app.deps.now(), opensAt: app.deps.now() + 3 * 86_400_000 };
  Object.assign(app.deps.store, { findRecoveryWait: async () => pending });
  await page.reload();
  await expect(page.getByText('Somebody asked to get into this account')).toBeVisible();
  await expectFit(page);
});

for (const policy of ['invitation', 'closed']) {
  test.describe(`with SIGN_UP=${policy}`, () => {
    test.use({ appEnv: { SIGN_UP: policy } });

    test('the sign-in page', async ({ page, authenticator }) => {
      await authenticator.setPresence(false);
      await page.goto('/sign-in');
      await autofillIs(page, 'armed');
      await expectFit(page);
      await expectAllInSight(page);
    });
  });
}

withApple.describe('with Sign in with Apple', () => {
  withApple('the sign-in page, and that of an invitation', async ({ page, app, authenticator }) => {
    await authenticator.setPresence(false);
    await page.goto('/sign-in');
    await autofillIs(page, 'armed');
    await expectFit(page);
    const invited = { name: undefined, minutes: 60 };
    const { link } = await inviteAccount({ ...app.deps, operator: 'root' }, invited);
    await page.goto(link);
    await expect(appleButton(page)).toBeVisible();
    await expectFit(page);
  });

  withApple(
    'the passkey that is offered on the way to an app, and the account with its link',
    async ({ page, apple, ann: _, authenticator }) => {
      await authenticator.setPresence(false);
      const { url } = await newRequest(await apple.as('spa'));
      await page.goto(url.href);
      await appleButton(page).click();
      await decide(page, 'Continue', true);
      await expect(page.getByRole('heading', { name: 'Add a passkey' })).toBeFocused();
      await expectFit(page);
      await expectAllInSight(page);
      await page.goto('/account');
      await expect(page.locator('#apple-state')).toContainText('@privaterelay.appleid.com');
      await expectFit(page);
    },
  );
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

test.describe('for a site with a brand', () => {
  const logo = fileURLToPath(new URL('../public/icons/icon.svg', import.meta.url));
  const links = ['HOME', 'HELP', 'TERMS', 'PRIVACY'].map((name) => [
    `${name}_URL`,
    `https://example.com/${name}`,
  ]);
  const env = { LOGO: logo, RP_NAME: 'Example', ...Object.fromEntries(links) };
  for (const colour of ['#ffcc00', '#102030', '#888888']) {
    test.describe(`of the colour ${colour}`, () => {
      test.use({ appEnv: { ...env, ACCENT_COLOR: colour } });

      test('the sign-in page', async ({ page, authenticator }) => {
        await authenticator.setPresence(false);
        await page.goto('/sign-in');
        await expect(page.getByRole('link', { name: 'Back to Example' })).toBeVisible();
        await expect(page.locator('.emblem')).toHaveJSProperty('complete', true);
        await expect(page.locator('.emblem')).not.toHaveJSProperty('naturalWidth', 0);
        await expectFit(page);
        await expectAllInSight(page);
      });
    });
  }
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
  await expectAllInSight(page);
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

test('everything on the account page is reached by keyboard, and seen to be', async ({
  page,
  authenticator: _,
}) => {
  await signUp(page);
  const reached: string[] = [];
  for (let step = 0; step < 12; step++) {
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate(() => {
        const focused = document.activeElement as HTMLElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(focused);
        const isSeen = outlineStyle !== 'none' && outlineWidth !== '0px';
        return `${focused.ariaLabel ?? focused.textContent?.trim()}${isSeen ? '' : ' (not seen)'}`;
      }),
    );
    if (reached.at(-1)?.startsWith('Delete account')) break;
  }
  expect(reached).toEqual([
    'Edit names',
    'Rename Passkey',
    'Add a passkey',
    'Make a recovery code',
    'Start private notes',
    'Sign out',
    'What happened lately',
    'Delete account',
  ]);
});

test('what the page says moves nothing that can be pressed above it', async ({
  page,
  authenticator,
}) => {
  await authenticator.setUserVerified(false);
  await page.goto('/sign-in#create');
  await page.setViewportSize({ width: 320, height: 568 });
  await page.getByLabel('User name').fill('ann');
  const places = () =>
    page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('#form a, #form button, #form input')]
        .filter((each) => each.checkVisibility())
        .map((each) => each.getBoundingClientRect().top),
    );
  const before = await places();
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText('No passkey was made.')).toBeVisible();
  expect(await places()).toEqual(before);
});

test.describe('on the way to an app', () => {
  const appsTest = test.extend<{ app: AppsApp }>({
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from it
    app: async ({}, use) => {
      const app = await startAppsApp();
      await use(app);
      await app.close();
    },
  });

  async function ask(page: Page, app: AppsApp, id: string, parameters = {}): Promise<void> {
    const { url } = await newRequest(await app.as(id), parameters);
    await page.goto(url.href);
  }

  appsTest('the sign-in page', async ({ page, app, authenticator }) => {
    await authenticator.setPresence(false);
    await ask(page, app, 'com.example.app');
    await autofillIs(page, 'armed');
    await expectFit(page);
    await expectAllInSight(page);
  });

  appsTest('the sign-in page for who is signed in', async ({ page, app, authenticator }) => {
    await signUp(page);
    await authenticator.setPresence(false);
    await ask(page, app, 'com.example.app', { prompt: 'login' });
    await expect(page.getByRole('link', { name: 'Use another account' })).toBeVisible();
    await expectFit(page);
    await expectAllInSight(page);
  });

  appsTest('the page for consent', async ({ page, app, authenticator: _ }) => {
    await signUp(page);
    await ask(page, app, 'stranger', { scope: 'openid profile' });
    await expect(page.getByRole('button', { name: 'Allow' })).toBeVisible();
    await expectFit(page);
  });

  appsTest('the page that asks whether to sign out', async ({ page, app, authenticator: _ }) => {
    await signUp(page);
    await page.goto(`${app.issuer}/logout`);
    await expectFit(page);
    await expectAllInSight(page);
  });
});

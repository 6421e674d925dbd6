/** Sign in with Apple, against the stand-in: people press its buttons as they would Apple's. */

import type { Locator } from 'playwright/test';
import { inviteAccount } from '../server/administration/invitation.ts';
import { newRequest, redeem } from '../server/testing/apps.ts';
import { appleButton, button, decide, signInWithApple, test } from './apple.ts';
import { expect } from './fixtures.ts';
import { passkeys, signUp } from './person.ts';

test('a person comes with Apple, is offered a passkey at once, and comes back', async ({
  page,
  ann,
  authenticator,
  allowConsole,
}) => {
  await signInWithApple(page);
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.locator('#shown-name')).toHaveText(`${ann.firstName} Appleseed`);
  await expect(page.getByText('Welcome. Add a passkey')).toBeVisible();
  await page.locator('#suggestion-accept').click();
  await expect(passkeys(page)).toHaveCount(1);
  expect(await authenticator.credentials()).toHaveLength(1);

  // What Apple opened confirms nothing: the passkey is asked for.
  allowConsole(403);
  await button(page, 'Edit names').click();
  await page.getByLabel('User name').fill('ann');
  await button(page, 'Save').click();
  await expect(page.locator('#shown-username')).toHaveText('ann');

  // Otherwise autofill would sign in at once.
  await authenticator.setPresence(false);
  await button(page, 'Sign out').click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await signInWithApple(page);
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.locator('#shown-username')).toHaveText('ann');
  await expect(page.getByText('Welcome.')).toBeHidden();
  // The address tells nothing of the way.
  expect(new URL(page.url()).search + new URL(page.url()).hash).toBe('');
});

test('whoever cancels at Apple is back where they were, and can sign in otherwise', async ({
  page,
  ann: _,
}) => {
  await page.goto('/sign-in');
  await appleButton(page).click();
  await decide(page, 'Cancel');
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(page.locator('#notice')).toBeEmpty();
  await expect(button(page, 'Sign in with a passkey')).toBeEnabled();
});

test('the name survives an outage at Apple, which tells it once', async ({ page, apple, ann }) => {
  apple.standIn.faults.answers.set('/auth/token', 'unavailable');
  await signInWithApple(page);
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(page.locator('#notice')).toContainText('Apple can’t be reached right now.');
  apple.standIn.faults.answers.clear();
  await appleButton(page).click();
  await decide(page, 'Continue');
  await expect(page.locator('#shown-name')).toHaveText(`${ann.firstName} Appleseed`);
});

test('an owner links an account with Apple, signs in with it, and unlinks it', async ({
  page,
  ann: _,
  authenticator,
  allowConsole,
}) => {
  await signUp(page);
  const name = await page.locator('#shown-name').textContent();
  await button(page, 'Link your Apple Account').click();
  await decide(page, 'Continue', true);
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.locator('#apple-state')).toContainText('@privaterelay.appleid.com');
  await page.setViewportSize({ width: 320, height: 640 });
  expect((await linesOf(page.locator('#apple-state'))).join('\n')).toMatch(/^(?:.*[@. ]\n)+.*$/);
  await authenticator.setPresence(false);
  await button(page, 'Sign out').click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await signInWithApple(page);
  await expect(page.locator('#shown-name')).toHaveText(name ?? '');

  // What Apple opened confirms nothing: the passkey is asked for.
  allowConsole(403);
  await authenticator.setPresence(true);
  await button(page, 'Unlink').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click();
  await expect(page.getByText('Your Apple Account was unlinked.')).toBeVisible();
  await expect(button(page, 'Link your Apple Account')).toBeFocused();
  await authenticator.setPresence(false);
  await button(page, 'Sign out').click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await signInWithApple(page);
  await expect(page.locator('#shown-name')).not.toHaveText(name ?? '');
});

test('on the way to an app, who comes with Apple is offered a passkey and goes on with it', async ({
  page,
  apple,
  ann: _,
  authenticator,
}) => {
  const callback = 'https://spa.example.com/callback';
  await page.route(`${callback}?*`, (route) => route.fulfill({ body: 'at the app' }));
  const config = await apple.as('spa');
  const { url, checks } = await newRequest(config);
  await page.goto(url.href);
  await appleButton(page).click();
  await decide(page, 'Continue');
  await expect(page.getByRole('heading', { name: 'Add a passkey on this device' })).toBeFocused();
  await expect(appleButton(page)).toBeHidden();
  await button(page, 'Add a passkey').click();
  await expect(page.getByText('at the app')).toBeVisible();
  expect(await authenticator.credentials()).toHaveLength(1);
  expect((await redeem(config, new URL(page.url()), checks)).claims()?.sub).toBeTruthy();
});

test.describe('where an invitation is needed', () => {
  test.use({ appEnv: { SIGN_UP: 'invitation' } });

  test('who cancels at Apple still has theirs, and comes with Apple after all', async ({
    page,
    apple,
    ann: _,
  }) => {
    const root = { ...apple.deps, operator: 'root' };
    const { link } = await inviteAccount(root, { name: undefined, minutes: 60 });
    await page.goto(link);
    await appleButton(page).click();
    await decide(page, 'Cancel');
    await expect(page).toHaveURL(link);
    await expect(button(page, 'Create a passkey')).toBeEnabled();
    await appleButton(page).click();
    await decide(page, 'Continue');
    await expect(page).toHaveURL(/\/account$/);
    await expect(page.getByText('Welcome. Add a passkey')).toBeVisible();
  });
});

test('an account that only Apple opens is deleted, while Apple is down', async ({
  page,
  apple,
  ann: _,
  allowConsole,
}) => {
  await signInWithApple(page);
  await expect(page).toHaveURL(/\/account$/);
  apple.advance(600_000);
  allowConsole(403);
  const remove = async () => {
    await button(page, 'Delete account').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete account' }).click();
  };
  await remove();
  await decide(page, 'Continue');
  await expect(page.getByText('You confirmed with Apple.')).toBeVisible();
  apple.standIn.faults.answers.set('/auth/revoke', 'unavailable');
  await remove();
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(page.getByText('Your account was deleted.')).toBeVisible();
});

test('the button is reached by keyboard, and leaves no room without Apple', async ({
  page,
  ann: _,
}) => {
  await page.goto('/sign-in');
  for (const _step of Array(10).keys()) {
    if (await appleButton(page).evaluate((each) => each === document.activeElement)) break;
    await page.keyboard.press('Tab');
  }
  await expect(appleButton(page)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Stand-in for Apple' })).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the button is drawn as Apple's guidelines say, in ${colorScheme}`, async ({
    page,
    ann: _,
  }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto('/sign-in');
    for (const width of [320, 390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      const drawn = await appleButton(page).evaluate((each) => {
        const style = getComputedStyle(each);
        const { width: wide, height } = each.getBoundingClientRect();
        const mark = each.querySelector('svg')?.getBoundingClientRect();
        const other = document.querySelector('#submit')?.getBoundingClientRect();
        return {
          colours: [style.backgroundColor, style.color],
          big: wide >= 140 && height >= 30 && height >= (other?.height ?? 0),
          title: Math.round((100 * Number.parseFloat(style.fontSize)) / height),
          mark: Math.round((100 * (mark?.height ?? 0)) / height),
          fits: each.scrollWidth <= each.clientWidth,
        };
      });
      const [black, white] = ['rgb(0, 0, 0)', 'rgb(255, 255, 255)'];
      const colours = colorScheme === 'light' ? [black, white] : [white, black];
      expect(drawn).toEqual({ colours, big: true, title: 43, mark: 100, fits: true });
    }
  });
}

/** The text of an element as it is broken into lines. */
function linesOf(element: Locator): Promise<string[]> {
  return element.evaluate((root) => {
    const lines = new Map<number, string>();
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const range = document.createRange();
      for (const [at, letter] of [...(node.textContent ?? '')].entries()) {
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const { bottom, height } = range.getBoundingClientRect();
        const line = height ? Math.round(bottom) : [...lines.keys()].at(-1);
        if (line !== undefined) lines.set(line, (lines.get(line) ?? '') + letter);
      }
    }
    return [...lines.values()];
  });
}

/** Private notes: passkeys that answer otherwise than they should, or not at all. */
import { attachAuthenticator, passkeyProvider, securityKey } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { signInAgain, signUp } from './person.ts';
import {
  answerAs,
  lieInHandOver,
  makeCode,
  notes,
  odd,
  openWithCode,
  vaultOf,
  withNote,
  write,
} from './vault.ts';

test.use({ authenticatorOptions: { ...passkeyProvider, hasPrf: true } });

test.describe('an answer that drifts', () => {
  test('is met with another way in, told to the owner, and works from then on beside the old one', async ({
    page,
    authenticator,
  }) => {
    await withNote(page);
    const code = await makeCode(page);
    await answerAs(page, 'another device');
    await signInAgain(page, authenticator);
    await openWithCode(page, code);
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    for (const device of ['another device', '', 'another device']) {
      await answerAs(page, device);
      await signInAgain(page, authenticator);
      await expect(notes.all(page)).toHaveText([/bread, milk/]);
    }
    await page.getByText('What happened lately').click();
    await expect(page.getByText('A different key for your vault came from')).toBeVisible();
  });

  test('a passkey that was put back without its secret says so, and the recovery code opens the notes', async ({
    page,
    authenticator,
  }) => {
    await withNote(page);
    const code = await makeCode(page);
    // Chromium gives no PRF secret to a credential that is put in.
    const elsewhere = await attachAuthenticator(page, securityKey);
    await authenticator.copyTo(elsewhere);
    await authenticator.clear();
    await elsewhere.copyTo(authenticator);
    await elsewhere.detach();
    await page.context().clearCookies();
    await page.goto('/sign-in');
    await expect(page).toHaveURL(/\/account$/);
    await notes.button(page, 'Open').click();
    await expect(notes.notice(page)).toContainText('can’t open notes');
    await openWithCode(page, code);
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    await expect(notes.ways(page)).toHaveText(
      'One passkey and your recovery code open your notes.',
    );
  });

  test('a passkey that never answers the same twice is never relied on', async ({
    page,
    authenticator,
  }) => {
    await page.goto('/sign-in');
    await answerAs(page, 'once');
    await signUp(page);
    await expect(notes.open(page)).toBeVisible();
    await answerAs(page, 'twice');
    await signInAgain(page, authenticator);
    await expect(notes.open(page)).toBeVisible();
    await answerAs(page, 'thrice');
    await page.reload();
    await notes.button(page, 'Open').click();
    await notes.button(page, 'New note').click();
    await notes.editor(page).fill('bread, milk');
    await answerAs(page, 'again');
    await notes.button(page, 'Save').click();
    await expect(notes.notice(page)).toContainText('make a recovery code');
    await expect(notes.editor(page)).toHaveValue('bread, milk');
    expect(await vaultOf(page)).not.toHaveProperty('data');
    await makeCode(page);
    await write(page, 'bread, milk');
    await expect(notes.ways(page)).toContainText('Your recovery code opens your notes.');
  });
});

test.describe('without an answer that can be used', () => {
  for (const [what, manner, words] of [
    ['a provider without PRF', 'none', 'can’t open notes'],
    ['an answer of 31 bytes', 'short', 'can’t be used here'],
    ['an answer of 64 bytes', 'long', 'can’t be used here'],
    ['a passkey that says it can, and never answers', 'later always', 'can’t open notes'],
  ] as const) {
    test(`${what} is explained, and nothing else changes`, async ({ page, authenticator: _ }) => {
      await odd(page, manner);
      await signUp(page);
      await notes.button(page, 'Start private notes').click();
      await expect(notes.notice(page)).toContainText(words);
      expect(await vaultOf(page)).toMatchObject({ exists: false });
    });
  }

  test.describe('without user verification', () => {
    test.use({ appEnv: { USER_VERIFICATION: 'preferred' } });

    test('an answer is not used, and the passkey has to check that it’s the owner', async ({
      page,
      authenticator,
      allowConsole,
    }) => {
      allowConsole(403);
      await withNote(page);
      await authenticator.override({ isBadUV: true });
      await signInAgain(page, authenticator);
      await expect(notes.button(page, 'Open')).toBeVisible();
      expect(await lieInHandOver(page)).toEqual([]);
      await notes.button(page, 'Open').click();
      await expect(notes.notice(page)).toContainText('Please use');
      await authenticator.override();
      await notes.button(page, 'Open').click();
      await expect(notes.all(page)).toHaveText([/bread, milk/]);
    });

    test('an answer at registration is not used either', async ({ page, authenticator }) => {
      await authenticator.override({ isBadUV: true });
      await signUp(page);
      await expect(notes.button(page, 'Start private notes')).toBeVisible();
    });
  });

  test.describe('an authenticator without PRF', () => {
    test.use({ authenticatorOptions: passkeyProvider });

    test('signs in as ever', async ({ page, authenticator }) => {
      await signUp(page);
      await signInAgain(page, authenticator);
      await expect(page).toHaveURL(/\/account$/);
      await notes.button(page, 'Start private notes').click();
      await expect(notes.notice(page)).toContainText('can’t open notes');
    });
  });

  test.describe('with VAULT=off', () => {
    test.use({ appEnv: { VAULT: 'off' } });

    test('there are no notes', async ({ page, authenticator: _ }) => {
      await signUp(page);
      await expect(notes.section(page)).toBeHidden();
    });
  });
});

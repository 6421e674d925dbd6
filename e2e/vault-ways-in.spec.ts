/** Private notes: several passkeys and the recovery code open them, and passkeys that are deleted don’t. */
import type { Page } from 'playwright/test';
import { attachAuthenticator, passkeyProvider, securityKey } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { passkeys, signInAgain } from './person.ts';
import { answerAs, makeCode, notes, openWithCode, vaultOf, withNote, write } from './vault.ts';

test.use({ authenticatorOptions: { ...passkeyProvider, hasPrf: true } });

test.describe('several ways in', () => {
  test('a second passkey opens the notes from its second use on, on another device too', async ({
    page,
    authenticator,
  }) => {
    await withNote(page);
    await expect(notes.ways(page)).toContainText('lost for good');
    await authenticator.setPresence(false);
    const key = await attachAuthenticator(page, { ...securityKey, hasPrf: true });
    await page.getByRole('button', { name: 'Add a passkey', exact: true }).click();
    await expect(passkeys(page)).toHaveCount(2);
    await expect.poll(async () => (await vaultOf(page)).envelopes.length).toBe(2);
    await page.context().clearCookies();
    await page.goto('/sign-in');
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    await expect(notes.ways(page)).toHaveText('2 passkeys open your notes.');
    expect(key.events.map(({ event }) => event)).toContain('Asserted');
  });

  test('a passkey without an envelope says so; another one opens the notes once, and then both do', async ({
    page,
    authenticator,
  }) => {
    await withNote(page);
    await authenticator.setPresence(false);
    const key = await attachAuthenticator(page, { ...securityKey, hasPrf: true });
    await notes.button(page, 'Lock').click();
    await page.getByRole('button', { name: 'Add a passkey', exact: true }).click();
    await expect(passkeys(page)).toHaveCount(2);
    await page.context().clearCookies();
    await page.goto('/sign-in');
    await expect(notes.notice(page)).toContainText('can’t open your notes yet');
    await key.setPresence(false);
    await authenticator.setPresence(true);
    await notes.button(page, 'Use another passkey').click();
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    expect((await vaultOf(page)).envelopes).toHaveLength(2);
  });

  test('a recovery code opens the notes where no passkey does', async ({ page, authenticator }) => {
    await withNote(page);
    const code = await makeCode(page);
    expect(code).toMatch(/^(.{4}-){6}.{4}$/);
    await expect(notes.ways(page)).toHaveText(
      'One passkey and your recovery code open your notes.',
    );
    await answerAs(page, 'another device');
    await signInAgain(page, authenticator);
    await expect(notes.notice(page)).toContainText('although it does elsewhere');
    await openWithCode(page, `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`);
    await expect(notes.notice(page)).toContainText('slip');
    await openWithCode(page, code.toLowerCase().replaceAll('-', ' '));
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
  });

  test('a code that was not kept counts for nothing, and the one before is good', async ({
    page,
    authenticator,
  }) => {
    await withNote(page);
    const code = await makeCode(page);
    await makeCode(page, 'cancel');
    await expect(notes.ways(page)).toHaveText(
      'One passkey and your recovery code open your notes.',
    );
    await answerAs(page, 'another device');
    await signInAgain(page, authenticator);
    await openWithCode(page, code);
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
  });
});

test('the code that gave an account back opens its notes, and lets the new passkey in', async ({
  page,
  browser,
  baseURL,
  consoleWatch,
  authenticator: _,
}) => {
  const username = await withNote(page);
  const code = await makeCode(page);
  const context = await browser.newContext({ ...(baseURL && { baseURL }) });
  consoleWatch.watch(context);
  const other = await context.newPage();
  await attachAuthenticator(other, { ...passkeyProvider, hasPrf: true });
  await other.goto('/recover');
  await other.getByLabel('User name').fill(username);
  await other.getByRole('textbox', { name: 'Code', exact: true }).fill(code);
  await other.getByRole('button', { name: 'Continue' }).click();
  await other.getByRole('button', { name: 'Add a passkey' }).click();
  await notes.button(other, 'Open').click();
  await expect(notes.notice(other)).toContainText('with your recovery code');
  await openWithCode(other, code);
  await expect(notes.all(other)).toHaveText([/bread, milk/]);
  await notes.button(other, 'Let another passkey open them').click();
  await expect(notes.ways(other)).toHaveText('2 passkeys and your recovery code open your notes.');
  await context.close();
});

test.describe('a passkey that is deleted', () => {
  async function withTwo(page: Page) {
    await withNote(page);
    await attachAuthenticator(page, { ...securityKey, hasPrf: true });
  }

  test('takes its envelopes along, the key changes at once, and the other passkey opens what is written then', async ({
    page,
    authenticator,
    allowConsole,
  }) => {
    // Whoever has deleted it finds the vault changed.
    allowConsole(409);
    await withTwo(page);
    await authenticator.setPresence(false);
    await page.getByRole('button', { name: 'Add a passkey', exact: true }).click();
    await expect(passkeys(page)).toHaveCount(2);
    await notes.button(page, 'Let another passkey open them').click();
    await expect(notes.ways(page)).toHaveText('2 passkeys open your notes.');
    const before = await vaultOf(page);
    await passkeys(page).first().getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(passkeys(page)).toHaveCount(1);
    await expect.poll(() => vaultOf(page)).toMatchObject({ rotationDue: false });
    const after = await vaultOf(page);
    expect(after.envelopes).toHaveLength(1);
    expect(before.envelopes.map((each) => each.wrappedKey)).not.toContain(
      after.envelopes[0]?.wrappedKey,
    );
    expect(after.data).not.toBe(before.data);
    await write(page, 'newer');
    await page.context().clearCookies();
    await page.goto('/sign-in');
    await expect(notes.all(page)).toHaveText([/newer/, /bread, milk/]);
  });

  test('stays if nothing else opens the notes, until these are deleted, and the page says so', async ({
    page,
    authenticator: _,
    allowConsole,
  }) => {
    allowConsole(409);
    await withTwo(page);
    await notes.button(page, 'Lock').click();
    await page.getByRole('button', { name: 'Add a passkey', exact: true }).click();
    await expect(passkeys(page)).toHaveCount(2);
    await passkeys(page).first().getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(page.locator('#passkeys-notice')).toContainText('Nothing else opens your notes');
    await expect(passkeys(page)).toHaveCount(2);
    // Whoever has lost it has no way to open them: they can be deleted all the same, and then it can, too.
    await expect(notes.button(page, 'Delete all notes')).toBeHidden();
    await notes.button(page, 'Open').click();
    await expect(notes.notice(page)).toContainText('This passkey can’t open your notes yet');
    await notes.button(page, 'Delete all notes').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(notes.button(page, 'Start private notes')).toBeVisible();
    await passkeys(page).first().getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(passkeys(page)).toHaveCount(1);
  });
});

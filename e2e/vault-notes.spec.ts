/** Private notes: what is written into them, and what an application gets. */
import { passkeyProvider } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { signInAgain } from './person.ts';
import { makeCode, notes, vaultOf, withNote, write } from './vault.ts';

test.use({ authenticatorOptions: { ...passkeyProvider, hasPrf: true } });

test.describe('writing', () => {
  test('in two tabs at once loses nothing', async ({
    page,
    context,
    allowConsole,
    authenticator: _,
  }) => {
    allowConsole(409);
    await withNote(page, 'first');
    const code = await makeCode(page);
    const other = await context.newPage();
    await other.goto('/account');
    await other.evaluate(async (typed) => {
      const { vault } = await import('/assets/latchkey.js' as string);
      await vault.openWithRecoveryCode(typed);
      const { notes } = await vault.read();
      const added = { id: 'other', text: 'from the other tab', at: new Date().toISOString() };
      await vault.write({ notes: [...notes, added] });
    }, code);
    await write(page, 'from this tab');
    await expect(notes.all(page)).toHaveCount(3);
  });

  test('notes are found, changed, downloaded and deleted', async ({ page, authenticator: _ }) => {
    await withNote(page, 'bread, milk');
    await write(page, 'a poem\nwith lines');
    await page.getByLabel('Search').fill('LINES');
    await expect(notes.all(page).filter({ visible: true })).toHaveText([/a poem/]);
    await page.getByLabel('Search').fill('nothing of it');
    await expect(page.getByText('No note has that in it.')).toBeVisible();
    await page.getByLabel('Search').fill('');
    await notes.section(page).getByRole('button', { name: 'Edit a poem' }).click();
    await notes.editor(page).fill('a better poem');
    await notes.button(page, 'Save').click();
    await expect(notes.all(page)).toHaveText([/a better poem/, /bread, milk/]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      notes.button(page, 'Download all notes').click(),
    ]);
    expect(download.suggestedFilename()).toBe('notes.json');
    await notes.section(page).getByRole('button', { name: 'Delete a better poem' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    await notes.button(page, 'Delete all notes').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete all notes' }).click();
    await expect(notes.button(page, 'Start private notes')).toBeVisible();
    expect(await vaultOf(page)).toMatchObject({ exists: false });
  });
});

test('a keyboard writes, gives up, locks and opens again, and never loses its place', async ({
  page,
  authenticator: _,
}) => {
  await withNote(page);
  await expect(notes.all(page)).toHaveText([/Today, /]);
  const newNote = notes.button(page, 'New note');
  await newNote.focus();
  await page.keyboard.press('Enter');
  await expect(notes.editor(page)).toBeFocused();
  await expect(notes.notice(page)).toBeEmpty();
  await page.keyboard.type('given up');
  await page.keyboard.press('Escape');
  await expect(newNote).toBeFocused();
  await expect(notes.all(page)).toHaveCount(1);
  await notes.button(page, 'Lock').focus();
  await page.keyboard.press('Enter');
  await expect(notes.button(page, 'Open')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(newNote).toBeFocused();
  await expect(notes.all(page)).toHaveText([/bread, milk/]);
});

test('the library gives an application a key that survives every change of passkeys', async ({
  page,
  authenticator,
}) => {
  await withNote(page);
  const sealed = await page.evaluate(async () => {
    const { vault } = await import('/assets/latchkey.js' as string);
    await vault.open();
    const key = await vault.deriveKey('files');
    const text = new TextEncoder().encode('an attachment');
    const iv = new Uint8Array(12);
    const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, text);
    return [...new Uint8Array(bytes)];
  });
  await signInAgain(page, authenticator);
  await expect(notes.open(page)).toBeVisible();
  const opened = await page.evaluate(async (bytes) => {
    const { vault } = await import('/assets/latchkey.js' as string);
    await vault.open();
    await vault.rotate();
    const key = await vault.deriveKey('files');
    const iv = new Uint8Array(12);
    const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, new Uint8Array(bytes));
    return new TextDecoder().decode(text);
  }, sealed);
  expect(opened).toBe('an attachment');
});

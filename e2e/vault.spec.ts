/** Private notes: a vault that passkeys open, with virtual authenticators that have PRF. */
import type { Page } from 'playwright/test';
import { attachAuthenticator, passkeyProvider, securityKey } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { passkeys, signIn, signInAgain, signOut, signUp } from './person.ts';
import {
  answerAs,
  lieInHandOver,
  makeCode,
  notes,
  odd,
  openWithCode,
  prompts,
  vaultOf,
  write,
} from './vault.ts';

test.use({ authenticatorOptions: { ...passkeyProvider, hasPrf: true } });

/** An account with a note, whose passkey has answered twice; its user name. */
async function withNote(page: Page, text = 'bread, milk'): Promise<string> {
  const username = await signUp(page);
  await expect(notes.open(page)).toBeVisible();
  await write(page, text);
  await expect(notes.notice(page)).toContainText('saved');
  return username;
}

test.describe('opening', () => {
  test('a vault is made at registration, confirmed by the next sign-in, and open without another prompt', async ({
    page,
    authenticator,
  }) => {
    await signUp(page);
    await expect(notes.open(page)).toBeVisible();
    await expect(notes.ways(page)).toContainText('asked once more');
    const counted = await prompts(page);
    await authenticator.setPresence(false);
    await signOut(page);
    await signIn(page, authenticator);
    await expect(notes.ways(page)).toContainText('One passkey opens your notes.');
    await write(page, 'bread, milk');
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    expect(counted()).toBe(1);
    await signInAgain(page, authenticator);
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    expect(counted()).toBe(2);
  });

  test('from the autofill list, in the same tap', async ({ page, authenticator: _ }) => {
    await withNote(page);
    await page.context().clearCookies();
    const counted = await prompts(page);
    await page.goto('/sign-in');
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    expect(counted()).toBe(1);
  });

  test('the first note asks for one confirmation, and says why', async ({
    page,
    authenticator,
  }) => {
    await signUp(page);
    await expect(notes.open(page)).toBeVisible();
    const counted = await prompts(page);
    await page.reload();
    await notes.button(page, 'Open').click();
    await expect(notes.open(page)).toBeVisible();
    await authenticator.setUserVerified(false);
    await notes.button(page, 'New note').click();
    await notes.editor(page).fill('bread, milk');
    await authenticator.setUserVerified(true);
    await notes.button(page, 'Save').click();
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    await expect(notes.ways(page)).toContainText('One passkey opens your notes.');
    expect(counted()).toBeLessThanOrEqual(2);
  });

  test('with a passkey that answers only when it is used, from its first use on', async ({
    page,
    authenticator,
  }) => {
    await odd(page, 'later');
    await signUp(page);
    await expect(notes.button(page, 'Start private notes')).toBeVisible();
    expect(await vaultOf(page)).toMatchObject({ exists: false });
    await signInAgain(page, authenticator);
    await expect(notes.open(page)).toBeVisible();
    await signInAgain(page, authenticator);
    await write(page, 'bread, milk');
    await expect(notes.ways(page)).toContainText('One passkey opens your notes.');
  });

  test('what one page hands to the next can’t be read, is taken once, and is gone', async ({
    page,
    authenticator,
  }) => {
    await withNote(page);
    await page.context().clearCookies();
    const waiting = { contentType: 'text/html', body: '<title>A page that is slow</title>' };
    await page.route('**/account', (route) => route.fulfill(waiting));
    await authenticator.setPresence(false);
    await page.goto('/sign-in');
    await authenticator.setPresence(true);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect.poll(() => lieInHandOver(page)).toHaveLength(1);
    const [left] = await lieInHandOver(page);
    expect(left).toEqual({ extractable: false, readable: false });
    await page.unroute('**/account');
    await page.goto('/account');
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    expect(await lieInHandOver(page)).toEqual([]);
    await page.reload();
    await expect(notes.button(page, 'Open')).toBeVisible();
  });
});

test.describe('locking', () => {
  test('closes the notes here and in another tab, and a tap opens them again', async ({
    page,
    context,
    authenticator: _,
  }) => {
    await withNote(page);
    const other = await context.newPage();
    await attachAuthenticator(other, { ...securityKey, hasPrf: true });
    await other.goto('/account');
    await notes.button(page, 'Lock').click();
    await expect(notes.open(page)).toBeHidden();
    await expect(page.getByText('bread, milk')).toHaveCount(0);
    await notes.button(page, 'Open').click();
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    await other.evaluate(() => new BroadcastChannel('latchkey-vault').postMessage('lock'));
    await expect(notes.open(page)).toBeHidden();
  });

  test('comes by itself when nobody has touched the page for a while', async ({
    page,
    authenticator: _,
  }) => {
    await page.clock.install();
    await withNote(page);
    await page.clock.runFor('04:50');
    await expect(notes.open(page)).toBeVisible();
    await page.clock.runFor('00:30');
    await expect(notes.open(page)).toBeHidden();
    await expect(page.getByText('bread, milk')).toHaveCount(0);
  });
});

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
  await other.getByLabel('Code', { exact: true }).fill(code);
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

  test('stays if nothing else opens the notes, and the page says what to do', async ({
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
  });
});

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

/** Private notes: how they open, and how they close. */
import { attachAuthenticator, passkeyProvider, securityKey } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { autofillIs, signIn, signInAgain, signOut, signUp } from './person.ts';
import { lieInHandOver, notes, odd, prompts, vaultOf, withNote, write } from './vault.ts';

test.use({ authenticatorOptions: { ...passkeyProvider, hasPrf: true } });

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
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await signInAgain(page, authenticator);
    await expect(notes.all(page)).toHaveText([/bread, milk/]);
    expect(counted()).toBe(2);
    // The page came with the vault, so nothing is waited for.
    expect(asked).toContain('/account');
    expect(asked).not.toContain('/api/vault');
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
    await autofillIs(page, 'armed');
    await authenticator.setPresence(true);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect(page).toHaveTitle('A page that is slow');
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

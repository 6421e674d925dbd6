/** Private notes while an operator rotates the salt, and while that breaks off wherever it can. */
import type { Page, Route } from 'playwright/test';
import type { Administration } from '../server/administration/administration.ts';
import {
  beginSaltRotation,
  finishSaltRotation,
  showSalts,
} from '../server/administration/salt-rotation.ts';
import type { TestApp } from '../server/testing/app.ts';
import { attachAuthenticator, passkeyProvider, securityKey } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { autofillIs, passkeys, signInAgain, signInButton, signOut } from './person.ts';
import { makeCode, notes, openWithCode, vaultOf, withNote, write } from './vault.ts';

test.use({ authenticatorOptions: { ...passkeyProvider, hasPrf: true } });

/** The operator, long after the rotation was begun. */
function operatorOf({ deps }: TestApp): Administration {
  return { ...deps, operator: 'root', now: () => Date.now() + 3_600_000 };
}

/** Begins a rotation, and waits until options carry both salts. */
async function begin(app: TestApp): Promise<void> {
  await beginSaltRotation({ ...operatorOf(app), now: Date.now });
  await expect.poll(() => app.deps.prfValues()).toHaveProperty('second');
}

/** Ends it, and waits until options carry the next salt alone. */
async function finish(app: TestApp): Promise<void> {
  await finishSaltRotation(operatorOf(app));
  await expect.poll(() => app.deps.prfValues()).not.toHaveProperty('second');
}

const refused = (code: string) =>
  expect.objectContaining({ refusal: expect.objectContaining({ code }) });

/** Whether each salt has an envelope, and whether it counts: the current one first. */
async function standing(page: Page): Promise<('counts' | 'new' | 'none')[]> {
  const { saltIds, envelopes } = await vaultOf(page);
  return saltIds.map((saltId) => {
    const own = envelopes.filter((each) => each.saltId === saltId);
    if (own.length === 0) return 'none';
    return own.some(({ lastUsedAt }) => lastUsedAt) ? 'counts' : 'new';
  });
}

const isOpen = (page: Page) => expect(notes.all(page)).toHaveText([/bread, milk/]);

/** What happens to the next write of the vault; resolves when it has. */
function nextWrite(page: Page, fate: (route: Route) => Promise<void>): Promise<void> {
  let isOver = false;
  return new Promise((resolve) => {
    void page.route('**/api/vault', async (route) => {
      if (isOver || route.request().method() !== 'PUT') return route.fallback();
      isOver = true;
      await fate(route);
      resolve();
    });
  });
}

test('nobody notices a rotation: the notes open before, during and after it, with one prompt', async ({
  page,
  app,
  authenticator,
}) => {
  await withNote(page);
  await begin(app);
  await signInAgain(page, authenticator);
  await isOpen(page);
  await expect.poll(() => standing(page)).toEqual(['counts', 'new']);
  await expect(finishSaltRotation(operatorOf(app))).rejects.toEqual(refused('vaults_orphaned'));
  await signInAgain(page, authenticator);
  await isOpen(page);
  await expect.poll(() => standing(page)).toEqual(['counts', 'counts']);
  await finish(app);
  await signInAgain(page, authenticator);
  await isOpen(page);
  expect(await standing(page)).toEqual(['counts']);
  await write(page, 'newer');
  await expect(notes.all(page)).toHaveText([/newer/, /bread, milk/]);
});

for (const [what, fate, before] of [
  ['is lost on its way', (route) => route.abort(), ['counts', 'none']],
  [
    'takes effect, but its answer is lost',
    (route) => route.fetch().then(() => route.abort()),
    ['counts', 'new'],
  ],
] as [string, (route: Route) => Promise<void>, string[]][]) {
  test(`the write of the next envelope ${what}: the notes are open all the same, and the next sign-in goes on`, async ({
    page,
    app,
    authenticator,
    allowConsole,
  }) => {
    allowConsole(/ERR_FAILED/);
    await withNote(page);
    await begin(app);
    const written = nextWrite(page, fate);
    await signInAgain(page, authenticator);
    await written;
    await isOpen(page);
    expect(await standing(page)).toEqual(before);
    await expect(finishSaltRotation(operatorOf(app))).rejects.toEqual(refused('vaults_orphaned'));
    for (const _time of ['moves', 'counts']) {
      await signInAgain(page, authenticator);
      await isOpen(page);
    }
    await expect.poll(() => standing(page)).toEqual(['counts', 'counts']);
    await finish(app);
    await signInAgain(page, authenticator);
    await isOpen(page);
  });
}

test('a page that is closed between the answer of the passkey and the write changes nothing', async ({
  page,
  app,
  authenticator,
}) => {
  await withNote(page);
  await begin(app);
  // It waits for as long as the page is there.
  const isWriting = nextWrite(page, async () => {});
  await signInAgain(page, authenticator);
  await isWriting;
  await page.goto('about:blank');
  await expect(finishSaltRotation(operatorOf(app))).rejects.toEqual(refused('vaults_orphaned'));
  await page.goto('/account');
  expect(await standing(page)).toEqual(['counts', 'none']);
  for (const _time of ['moves', 'counts']) {
    await signInAgain(page, authenticator);
    await isOpen(page);
  }
  await expect.poll(() => standing(page)).toEqual(['counts', 'counts']);
  await finish(app);
  await signInAgain(page, authenticator);
  await isOpen(page);
});

test('a sign-in page from before the rotation, and one from before its end, still open the notes', async ({
  page,
  app,
  authenticator,
}) => {
  await withNote(page);
  const waiting = async () => {
    await authenticator.setPresence(false);
    await page.context().clearCookies();
    await page.goto('/sign-in');
    await autofillIs(page, 'armed');
  };
  const touch = async () => {
    await authenticator.setPresence(true);
    await signInButton(page).click();
    await isOpen(page);
  };
  await waiting();
  await begin(app);
  await touch();
  expect(await standing(page)).toEqual(['counts', 'none']);
  for (const _time of ['moves', 'counts'])
    await signInAgain(page, authenticator).then(() => isOpen(page));
  await expect.poll(() => standing(page)).toEqual(['counts', 'counts']);
  await waiting();
  await finish(app);
  await touch();
  expect(await standing(page)).toEqual(['counts']);
});

test('notes that are open while the rotation ends take what is written, and bring no old salt back', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(409);
  await withNote(page);
  await begin(app);
  for (const _time of ['moves', 'counts']) {
    await signInAgain(page, authenticator);
    await isOpen(page);
  }
  await expect.poll(() => standing(page)).toEqual(['counts', 'counts']);
  await finish(app);
  await write(page, 'newer');
  expect(await standing(page)).toEqual(['counts']);
  expect((await vaultOf(page)).envelopes).toHaveLength(1);
  await signInAgain(page, authenticator);
  await expect(notes.all(page)).toHaveText([/newer/, /bread, milk/]);
});

test('a device that comes by only afterwards opens the notes again once another way in has', async ({
  page,
  app,
  authenticator,
}) => {
  await withNote(page);
  const code = await makeCode(page);
  await authenticator.setPresence(false);
  const key = await attachAuthenticator(page, { ...securityKey, hasPrf: true });
  await page.getByRole('button', { name: 'Add a passkey', exact: true }).click();
  await expect(passkeys(page)).toHaveCount(2);
  await notes.button(page, 'Let another passkey open them').click();
  await expect(notes.ways(page)).toHaveText('2 passkeys and your recovery code open your notes.');
  await key.setPresence(false);

  await begin(app);
  expect((await showSalts(operatorOf(app))).rotation).toMatchObject({ left: 2, orphans: 0 });
  for (const _time of ['moves', 'counts']) {
    await signInAgain(page, authenticator);
    await isOpen(page);
  }
  await expect
    .poll(async () => (await showSalts(operatorOf(app))).rotation)
    .toMatchObject({ left: 1, orphans: 0 });
  await finish(app);

  await authenticator.setPresence(false);
  await signOut(page);
  await autofillIs(page, 'armed');
  await key.setPresence(true);
  await signInButton(page).click();
  await expect(notes.notice(page)).toContainText('can’t open your notes yet');
  await openWithCode(page, code);
  await isOpen(page);
  await signOut(page);
  await expect(notes.all(page)).toHaveText([/bread, milk/]);
});

test('an end that breaks off retires no salt, and can be asked for again, by two at once', async ({
  page,
  app,
  authenticator,
}) => {
  await withNote(page);
  await begin(app);
  for (const _time of ['moves', 'counts']) {
    await signInAgain(page, authenticator);
    await isOpen(page);
  }
  await expect.poll(() => standing(page)).toEqual(['counts', 'counts']);
  const operator = operatorOf(app);
  const breaksOff = () => {
    throw new Error('killed');
  };
  // It makes the entry of the history, which is written in the transaction that retires the salt.
  await expect(finishSaltRotation({ ...operator, random: breaksOff })).rejects.toThrow('killed');
  expect((await showSalts(operator)).rotation).not.toBeNull();
  await signInAgain(page, authenticator);
  await isOpen(page);

  const ends = await Promise.allSettled([
    finishSaltRotation(operator),
    finishSaltRotation(operator),
  ]);
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { refusal: { code: 'rotation_missing' } },
  });
  await finish(app).catch(() => {});
  await signInAgain(page, authenticator);
  await isOpen(page);
  expect(await standing(page)).toEqual(['counts']);
});

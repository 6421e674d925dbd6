/** The account side of Sign in with Apple, over HTTP, against the stand-in. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkApple, requireLinkStepUp } from '../apple/accounts.ts';
import { hashSessionToken } from '../records/session-token.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';
import { type AppleStandIn, bundleIds, startApple } from '../testing/apple/stand-in.ts';
import type { Person } from '../testing/apple/world.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { newNonce, newSession, newUser } from '../testing/records.ts';

let apple: AppleStandIn;
let app: TestApp;
beforeAll(async () => {
  apple = await startApple();
  app = await startTestApp({ env: apple.env('http://localhost:3000') });
  apple.now = app.deps.now;
});
afterAll(async () => {
  await app.close();
  await apple.close();
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
let people = 0;
const newPerson = (): Person => apple.addPerson(`Person${people++}`);

/** What an app sends after the person signed in there. */
async function credential(person: Person, options: { bundleId?: string; nonce?: string } = {}) {
  const nonce = options.nonce ?? randomUUID();
  return { ...(await apple.native(person, { ...options, nonce: sha256(nonce) })), nonce };
}
async function signIn(person: Person, browser: TestBrowser = app.browser()) {
  const reply = await browser.post('/api/apple/native', await credential(person));
  expect(reply.status).toBe(200);
  return { browser, reply, user: reply.body.user };
}
async function ownerOf(browser: TestBrowser) {
  const token = browser.cookies.get('latchkey-session') ?? '';
  const found = await app.deps.store.findSession(hashSessionToken(token), app.deps.now());
  if (found === null) throw new Error('nobody is signed in');
  return { ...found, browser: null, userAgent: null, country: null };
}
/** Another server, whose clock is that of Apple meanwhile. */
async function withOther(env: Record<string, string>, work: (other: TestApp) => Promise<void>) {
  const other = await startTestApp({ env: { ...apple.env('http://localhost:3000'), ...env } });
  apple.now = other.deps.now;
  try {
    await work(other);
  } finally {
    apple.now = app.deps.now;
    await other.close();
  }
}
/** An account with a passkey, linked with a person at Apple. */
async function linked(person = newPerson()) {
  const browser = app.browser();
  const device = app.device();
  const name = app.newName();
  const { body } = await browser.signUp(name, device);
  await browser.signIn(device);
  const owner = await ownerOf(browser);
  await requireLinkStepUp(app.deps, owner);
  await linkApple(app.deps, owner, await verified(person));
  return { browser, device, name, user: body.user, person, owner };
}
async function verified(person: Person) {
  const { identityToken, authorizationCode: code } = await credential(person);
  if (app.deps.apple === null) throw new Error('Sign in with Apple is off');
  const [clientId] = bundleIds;
  const identity = await app.deps.apple.verifyIdentityToken(identityToken, {
    ...{ audiences: [clientId], nonce: null },
  });
  const { refreshToken } = await app.deps.apple.exchangeCode({
    ...{ code, clientId, redirectUri: null },
  });
  const nonce = { value: new Uint8Array(16).map(() => Math.random() * 256), expiresAt: Date.now() };
  return { identity, refreshToken, name: null, nonce };
}
const remove = (browser: TestBrowser, path: string) => browser.request('DELETE', path);
const session = (browser: TestBrowser) => browser.get('/api/session');
const activity = async (browser: TestBrowser) =>
  (await browser.get('/api/activity')).body.activity.map(({ kind }: { kind: string }) => kind);

describe('an app that brings a sign-in with Apple', () => {
  it('opens an account with a name of its own, and the same one the next time', async () => {
    const person = apple.addPerson('Ada', 'Lovelace');
    const first = await signIn(person);
    expect(first.reply.body).toMatchObject({
      created: true,
      user: { username: expect.stringMatching(/^user-[0-9a-z]{10}$/), displayName: 'Ada Lovelace' },
    });
    const second = await signIn(person);
    expect(second.reply.body).toEqual({ created: false, user: first.user });
    expect((await session(second.browser)).body.session).toMatchObject({
      ...{ method: 'apple', userVerified: false },
    });
    expect(await activity(second.browser)).toEqual([
      'signed-in-with-apple',
      'account-created-with-apple',
    ]);
  });

  it('finds the account from every app of the team', async () => {
    const person = newPerson();
    const { user } = await signIn(person);
    const reply = await app
      .browser()
      .post('/api/apple/native', await credential(person, { bundleId: bundleIds[1] }));
    expect(reply.body).toEqual({ created: false, user });
  });

  it('counts once', async () => {
    const given = await credential(newPerson());
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => app.browser().post('/api/apple/native', given)),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of replies) {
      if (status !== 200) expect(body.code).toBe('challenge_invalid');
    }
  });

  it('counts once, however its signature is spelled', async () => {
    const given = await credential(newPerson());
    apple.faults.takesCodesAgain = true;
    const bring = async (identityToken: string) =>
      (await app.browser().post('/api/apple/native', { ...given, identityToken })).status;
    const statuses = [await bring(given.identityToken), await bring(`${given.identityToken}\n`)];
    apple.faults.takesCodesAgain = false;
    expect(statuses).toEqual([200, 400]);
  });

  it.each<[string, (given: Awaited<ReturnType<typeof credential>>) => object | Promise<object>]>([
    ['another nonce', (given) => ({ ...given, nonce: randomUUID() })],
    ['the hashed nonce', ({ nonce, ...given }) => ({ ...given, nonce: sha256(nonce) })],
    [
      'a code that Apple did not issue',
      (given) => ({ ...given, authorizationCode: 'c.0.made-up' }),
    ],
    [
      'a token that was changed',
      (given) => ({ ...given, identityToken: `${given.identityToken}A` }),
    ],
    [
      'the code of another person',
      async (given) => ({
        ...given,
        authorizationCode: (await credential(newPerson())).authorizationCode,
      }),
    ],
    [
      // Only the two persons tell: nothing in the token says which code belongs to it.
      'the code of another person, and a token without `c_hash`',
      async ({ nonce, ...given }) => ({
        ...given,
        nonce,
        identityToken: await apple.sign(apple.claims(newPerson(), bundleIds[0], sha256(nonce))),
      }),
    ],
    [
      'the code of another app of the same person',
      async ({ nonce, ...given }) => {
        const person = newPerson();
        const [one, other] = await Promise.all([
          apple.claims(person, bundleIds[0], sha256(nonce)),
          credential(person, { bundleId: bundleIds[1] }),
        ]);
        return {
          ...given,
          nonce,
          identityToken: await apple.sign(one),
          authorizationCode: other.authorizationCode,
        };
      },
    ],
  ])('is refused with %s', async (_what, bend) => {
    const before = await app.contents();
    const given = await bend(await credential(newPerson()));
    const { status, body } = await app.browser().post('/api/apple/native', given);
    expect([status, body.code]).toEqual([400, 'challenge_invalid']);
    expect(await app.contents()).toEqual(before);
  });

  it.each([
    ['nothing', {}],
    ['a short nonce', { identityToken: 'a', authorizationCode: 'b', nonce: 'short' }],
  ])('that is %s is malformed', async (_what, body) => {
    const reply = await app.browser().post('/api/apple/native', body);
    expect([reply.status, reply.body.code]).toEqual([400, 'invalid_request']);
  });

  it('keeps what can be read of a name, and goes on without the rest', async () => {
    const given = {
      ...(await credential(newPerson())),
      user: { name: { firstName: 7, lastName: '\u202eEvil\u0000' } },
    };
    const reply = await app.browser().post('/api/apple/native', given);
    expect(reply.status).toBe(200);
    expect(reply.body.user.displayName).toBe(reply.body.user.username);
  });

  it('goes by no address: whoever claims one of somebody’s gets an account of their own', async () => {
    const email = 'shared@example.org';
    const owner = await signIn(apple.addPerson('Owner', 'One', email));
    const other = await signIn(apple.addPerson('Other', 'Two', email));
    const third = { ...(await credential(newPerson())), user: { email } };
    const reply = await app.browser().post('/api/apple/native', third);
    expect(new Set([owner.user.id, other.user.id, reply.body.user.id]).size).toBe(3);
  });

  it('is told from an outage and from a mistake of ours', async () => {
    const given = await credential(newPerson());
    apple.faults.answers.set('/auth/token', 'unavailable');
    const outage = await app.browser().post('/api/apple/native', given);
    expect([outage.status, outage.body.code]).toEqual([503, 'apple_unavailable']);
    apple.faults.answers.set('/auth/token', { error: 'invalid_client' });
    const mistake = await app.browser().post('/api/apple/native', given);
    expect([mistake.status, mistake.body.code]).toEqual([503, 'apple_misconfigured']);
    apple.faults.answers.clear();
    expect((await app.browser().post('/api/apple/native', given)).status).toBe(200);
  });

  it('opens no disabled account', async () => {
    const person = newPerson();
    const { user } = await signIn(person);
    await app.deps.store.disableUser(user.id, app.deps.now(), []);
    const reply = await app.browser().post('/api/apple/native', await credential(person));
    expect([reply.status, reply.body.code]).toEqual([403, 'account_disabled']);
  });

  it('without a refresh token, or an address, signs in all the same', async () => {
    Object.assign(apple.faults, { givesRefreshToken: false, leavesEmailOut: true });
    const { browser } = await signIn(newPerson());
    Object.assign(apple.faults, { givesRefreshToken: true, leavesEmailOut: false });
    expect((await browser.get('/api/apple')).body.link).toMatchObject({
      state: 'active',
      address: null,
    });
    const reply = await remove(browser, '/api/account');
    expect(reply.body.apple).toEqual({ revocation: 'in-settings' });
  });
});

describe('a session that Apple opened', () => {
  it('adds the first passkey while it is fresh, and confirms nothing from then on', async () => {
    const { browser } = await signIn(newPerson());
    expect((await browser.addPasskey(app.device())).status).toBe(201);
    const refused = await browser.post('/api/registration/options', {});
    expect([refused.status, refused.body.code]).toEqual([403, 'step_up_required']);
    expect(refused.body.stepUp.path).toBe('/api/authentication/options');
    for (const attempt of [
      remove(browser, '/api/account'),
      remove(browser, '/api/apple'),
      browser.request('PUT', '/api/recovery/code', { verifier: 'A'.repeat(43) }),
      browser.request('PATCH', '/api/account', { username: app.newName() }),
    ]) {
      const { status, body } = await attempt;
      expect([status, body.code]).toEqual([403, 'step_up_required']);
    }
  });

  it('that is old adds none, and deletes nothing: it has to be a fresh one', async () => {
    const person = newPerson();
    const { browser } = await signIn(person);
    app.advance(app.deps.config.stepUpSeconds * 1000 + 1);
    for (const attempt of [
      browser.post('/api/registration/options', {}),
      remove(browser, '/api/account'),
    ]) {
      const { status, body } = await attempt;
      expect([status, body.code, body.reason]).toEqual([403, 'step_up_required', 'apple']);
      expect(body.stepUp).toBeUndefined();
    }
    await signIn(person, browser);
    expect((await remove(browser, '/api/account')).status).toBe(200);
  });

  it('changes the user name that was made up, as long as there is no passkey', async () => {
    const { browser } = await signIn(newPerson());
    const username = app.newName();
    const reply = await browser.request('PATCH', '/api/account', { username });
    expect(reply.body.user.username).toBe(username);
  });

  it('sets no recovery code, and opens no vault', async () => {
    const { browser } = await signIn(newPerson());
    const code = await browser.request('PUT', '/api/recovery/code', { verifier: 'A'.repeat(43) });
    const vault = await browser.get('/api/vault');
    for (const { status, body } of [code, vault]) {
      expect([status, body.code]).toEqual([403, 'step_up_required']);
    }
  });
});

describe('the link', () => {
  it('shows its address and state, and that it is none', async () => {
    const browser = app.browser();
    expect((await browser.get('/api/apple')).status).toBe(401);
    await browser.signUp(app.newName(), app.device());
    expect((await browser.get('/api/apple')).body).toEqual({ link: null });
    const { browser: other } = await signIn(
      apple.addPerson('Grace', 'Hopper', 'grace@example.org'),
    );
    expect((await other.get('/api/apple')).body.link).toMatchObject({
      state: 'active',
      name: 'Grace Hopper',
      address: { email: 'grace@example.org', isVerified: true, isPrivate: false, disabledAt: null },
    });
  });

  it('is made by the owner, and opens that account from then on', async () => {
    const { user, person, browser } = await linked();
    expect((await signIn(person)).user.id).toBe(user.id);
    expect(await activity(browser)).toContain('apple-linked');
  });

  it('needs a step-up that a sign-in with Apple is not, nor an old one', async () => {
    const { browser } = await signIn(newPerson());
    const refused = expect.objectContaining({ code: 'step_up_required' });
    await expect(requireLinkStepUp(app.deps, await ownerOf(browser))).rejects.toEqual(refused);
    const { owner } = await linked();
    app.advance(app.deps.config.stepUpSeconds * 1000 + 1);
    await expect(requireLinkStepUp(app.deps, owner)).rejects.toEqual(refused);
  });

  it('that somebody else has is refused, and both accounts stay as they are', async () => {
    const { person } = await linked();
    const mine = await linked();
    await expect(linkApple(app.deps, mine.owner, await verified(person))).rejects.toEqual(
      expect.objectContaining({ code: 'apple_taken' }),
    );
    await expect(linkApple(app.deps, mine.owner, await verified(newPerson()))).rejects.toEqual(
      expect.objectContaining({ code: 'apple_linked' }),
    );
  });

  it('ends after a step-up, with the sessions that it opened', async () => {
    const { browser, device, person } = await linked();
    const other = await signIn(person);
    app.advance(app.deps.config.stepUpSeconds * 1000 + 1);
    expect((await remove(browser, '/api/apple')).body.code).toBe('step_up_required');
    await browser.signIn(device, { purpose: 'step-up' });
    const reply = await remove(browser, '/api/apple');
    expect([reply.status, reply.body]).toEqual([200, { revocation: 'requested' }]);
    expect((await session(other.browser)).status).toBe(401);
    expect((await session(browser)).status).toBe(200);
    expect((await remove(browser, '/api/apple')).status).toBe(404);
    expect((await signIn(person)).reply.body.created).toBe(true);
  });

  it('stays if it is the only way in', async () => {
    const { browser } = await signIn(newPerson());
    const device = app.device();
    await browser.addPasskey(device);
    await browser.signIn(device, { purpose: 'step-up' });
    const passkey = (await browser.get('/api/credentials')).body.credentials[0];
    // With the link, the passkey may go; then the link may not.
    expect((await remove(browser, `/api/credentials/${passkey.id}`)).status).toBe(200);
    const { status, body } = await remove(browser, '/api/apple');
    expect([status, body.code]).toEqual([409, 'last_credential']);
  });
});

describe('a policy', () => {
  it.each([
    ['never', 403, 403],
    ['without-passkey', 200, 403],
    ['always', 200, 200],
  ])(
    'that says %s answers a newcomer with %d, and who has a passkey with %d',
    async (rule, newcomer, holder) => {
      const path = join(mkdtempSync(join(tmpdir(), 'policies-')), 'policies.json');
      writeFileSync(path, JSON.stringify({ default: { apple: rule } }));
      await withOther({ CREDENTIAL_POLICIES: path }, async (other) => {
        const person = newPerson();
        const browser = other.browser();
        const first = await browser.post('/api/apple/native', await credential(person));
        expect(first.status).toBe(newcomer);
        if (newcomer !== 200) return expect(first.body.code).toBe('apple_not_allowed');
        expect((await browser.addPasskey(other.device())).status).toBe(201);
        const again = await other.browser().post('/api/apple/native', await credential(person));
        expect(again.status).toBe(holder);
      });
    },
  );
});

it('a newcomer gets no account while sign-up is closed, and who is linked comes in', async () => {
  await withOther({ SIGN_UP: 'closed' }, async (other) => {
    const person = newPerson();
    const given = await credential(person);
    const refused = await other.browser().post('/api/apple/native', given);
    expect([refused.status, refused.body.code]).toEqual([403, 'sign_up_closed']);
    const user = newUser();
    await other.deps.store.completeAppleSignIn({
      ...{ nonce: newNonce(), admit: () => {}, replaces: null },
      arrival: {
        ...{ teams: [other.deps.config.apple?.teamId ?? ''], sub: apple.subOf(person) },
        ...{ transferSub: null, address: null, name: null, token: null },
        ...{ at: 0, toldAt: 0, checkDueAt: 0 },
      },
      newcomer: { user, usernameKey: user.username },
      open: (coming) => ({ session: newSession(coming.user.id), audit: [] }),
    });
    const again = await credential(person);
    const reply = await other.browser().post('/api/apple/native', again);
    expect([reply.status, reply.body.created]).toEqual([200, false]);
  });
});

describe('a notification of Apple', () => {
  const notify = (payload: unknown) => app.browser().post('/api/apple/notifications', { payload });

  it('of a withdrawn consent ends what Apple opened, and the account waits for its owner', async () => {
    const person = newPerson();
    const { browser, user } = await signIn(person);
    app.advance(1000);
    const reply = await notify(await apple.notification(person, 'consent-revoked'));
    expect([reply.status, reply.body]).toEqual([200, { kept: true }]);
    expect((await session(browser)).status).toBe(401);
    expect(await app.deps.store.findUser(user.id)).not.toBeNull();
    app.advance(1000);
    expect((await signIn(person, browser)).user.id).toBe(user.id);
    expect(await activity(browser)).toEqual([
      ...['apple-returned', 'signed-in-with-apple', 'apple-consent-revoked'],
      'account-created-with-apple',
    ]);
  });

  it.each(['account-delete', 'account-deleted'] as const)(
    '%s ends the link, and no account',
    async (type) => {
      const { browser, person } = await linked();
      app.advance(1000);
      expect((await notify(await apple.notification(person, type))).status).toBe(200);
      expect((await browser.get('/api/apple')).body).toEqual({ link: null });
      expect((await session(browser)).status).toBe(200);
    },
  );

  it('says whether mail arrives', async () => {
    const { browser, person } = await linked();
    const disabledAt = async () => (await browser.get('/api/apple')).body.link.address.disabledAt;
    app.advance(1000);
    await notify(await apple.notification(person, 'email-disabled'));
    expect(await disabledAt()).toEqual(expect.any(String));
    app.advance(1000);
    await notify(await apple.notification(person, 'email-enabled'));
    expect(await disabledAt()).toBeNull();
  });

  it('is kept once, and its repetition is answered as it was', async () => {
    const { person, browser } = await linked();
    app.advance(1000);
    const payload = await apple.notification(person, 'email-disabled');
    const replies = await Promise.all(Array.from({ length: 20 }, () => notify(payload)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const told = (await activity(browser)).filter((kind: string) => kind === 'apple-mail-disabled');
    expect(told).toHaveLength(1);
  });

  it('that comes late undoes nothing that came after it', async () => {
    const person = newPerson();
    await signIn(person);
    app.advance(1000);
    const late = await apple.notification(person, 'consent-revoked');
    app.advance(5000);
    const { browser } = await signIn(person);
    expect((await notify(late)).status).toBe(200);
    expect((await session(browser)).status).toBe(200);
  });

  it('that is forged is refused and changes nothing', async () => {
    const { person } = await linked();
    app.advance(1000);
    const good = await apple.notification(person, 'account-delete');
    const before = await app.contents();
    const [head = '', , tail = ''] = good.split('.');
    const bent = Buffer.from(JSON.stringify({ iss: 'https://appleid.apple.com' })).toString(
      'base64url',
    );
    const forged = [
      ...['', 'text', `${head}.${bent}.${tail}`, 'a'.repeat(20_000)],
      await apple.notification(person, 'account-delete', { claims: { aud: 'com.example.else' } }),
      await apple.notification(person, 'account-delete', {
        claims: { iss: 'https://evil.example' },
      }),
      await apple.notification(person, 'account-delete', { event: { type: 'made-up' } }),
      await apple.sign(apple.claims(person)),
    ];
    for (const payload of forged) {
      const { status } = await notify(payload);
      expect(status).toBe(400);
    }
    expect(await app.contents()).toEqual(before);
  });

  it('is not called kept while the keys of Apple can not be read', async () => {
    await withOther({}, async (other) => {
      apple.faults.answers.set('/auth/keys', 'unavailable');
      const payload = await apple.notification(newPerson(), 'consent-revoked');
      const post = () => other.browser().post('/api/apple/notifications', { payload });
      const refused = await post();
      expect([refused.status, refused.body.code]).toEqual([503, 'apple_unavailable']);
      apple.faults.answers.clear();
      // They are not asked for in a loop.
      other.advance(60_000);
      expect((await post()).status).toBe(200);
    });
  });
});

it('without its variables there is none of it', async () => {
  const off = await startTestApp();
  for (const path of ['/api/apple', '/api/apple/native', '/api/apple/notifications']) {
    expect((await off.browser().post(path, {})).status).toBe(404);
  }
  await off.close();
});

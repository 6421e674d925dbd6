import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';

const app = await startTestApp();
afterAll(() => app.close());

describe('sign-up and sign-in', () => {
  it.each([
    ['ML-DSA-44', -48],
    ['Ed25519', -8],
    ['ES256', -7],
    ['RS256', -257],
  ] as const)('%s: signs up, out, and in again without a user name', async (_name, algorithm) => {
    const browser = app.browser();
    const authenticator = app.device({ algorithms: [algorithm] });
    const username = app.newName();

    const signedUp = await browser.signUp(username, authenticator);
    expect(signedUp.status).toBe(201);
    expect(signedUp.body.user).toMatchObject({ username, displayName: username });
    expect((await browser.request('DELETE', '/api/session')).status).toBe(204);
    expect((await browser.get('/api/session')).body.code).toBe('unauthenticated');

    const signedIn = await browser.signIn(authenticator);
    expect(signedIn.status).toBe(200);
    const { id } = signedUp.body.credential;
    expect(signedIn.body).toMatchObject({
      user: signedUp.body.user,
      credential: { id, kind: 'passkey', backedUp: true, state: 'active' },
      userVerified: true,
      upgrade: null,
      signals: { allAcceptedCredentials: { allAcceptedCredentialIds: [id] } },
    });
    expect((await browser.get('/api/session')).body.user).toEqual(signedUp.body.user);
  });

  it('signs in with a user name in whatever case, and without a user handle', async () => {
    const [browser, authenticator, username] = [app.browser(), app.device(), app.newName()];
    await app.browser().signUp(username, authenticator);
    const answer = await browser.signIn(
      authenticator,
      { username: username.toUpperCase() },
      { userHandle: null },
    );
    expect(answer.status).toBe(200);
  });

  it('replaces the session at every sign-in', async () => {
    const [browser, authenticator] = [app.browser(), app.device()];
    await browser.signUp(app.newName(), authenticator);
    const before = new Map(browser.cookies);
    await browser.signIn(authenticator);
    expect(browser.cookies.get('latchkey-session')).not.toBe(before.get('latchkey-session'));
    const { sessions } = (await browser.get('/api/sessions')).body;
    expect(sessions).toHaveLength(1);
    browser.cookies.set('latchkey-session', before.get('latchkey-session') ?? '');
    expect((await browser.get('/api/session')).status).toBe(401);
  });

  it('counts the signature counter up and keeps what the assertion said', async () => {
    const key = app.device({ signCount: 1, backupEligible: true, backedUp: false });
    const browser = app.browser();
    await browser.signUp(app.newName(), key);
    await browser.signIn(key);
    key.settings.backedUp = true;
    expect((await browser.signIn(key)).body.credential.backedUp).toBe(true);
    const id = key.credentials[0]?.id ?? '';
    const stored = await app.deps.store.findCredential(id);
    expect(stored?.credential).toMatchObject({ signCount: 3, backedUp: true, uvInitialized: true });
  });

  it('keeps the evidence of every ceremony', async () => {
    const [browser, authenticator] = [app.browser(), app.device()];
    const { body } = await browser.signUp(app.newName(), authenticator);
    await browser.signIn(authenticator, { mediation: 'conditional' });
    const [signedIn, created] = (await app.deps.store.listAudit(body.user.id, { limit: 10 }))
      .entries;
    expect(created).toMatchObject({
      kind: 'account-created',
      credentialId: body.credential.id,
      evidence: {
        userPresent: true,
        userVerified: true,
        backupEligible: true,
        backedUp: true,
        signCount: 0,
        fmt: 'none',
        algorithm: -7,
        transports: ['internal', 'hybrid'],
        attachment: 'platform',
        aaguid: '00000000-0000-0000-0000-000000000000',
        origin: app.origin,
        rpId: 'localhost',
      },
    });
    expect(signedIn).toMatchObject({
      kind: 'signed-in',
      evidence: { mediation: 'conditional', userVerified: true, attachment: 'platform' },
    });
  });

  it('https: the cookies are Secure and carry the __Host- prefix', async () => {
    const secure = await startTestApp({
      env: { ORIGIN: 'https://login.example.com', RP_ID: 'example.com' },
    });
    try {
      const browser = secure.browser();
      const authenticator = new SoftwareAuthenticator({ origin: 'https://login.example.com' });
      const answer = await browser.signUp('ann', authenticator);
      expect(answer.status).toBe(201);
      const [cookie] = answer.headers.getSetCookie();
      expect(cookie).toMatch(/^__Host-latchkey-session=[\w-]{51}; /);
      for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) {
        expect(cookie?.split('; ')).toContain(attribute);
      }
      expect(cookie).not.toContain('Domain');
    } finally {
      await secure.close();
    }
  });
});

describe('races', () => {
  it('of 20 equal assertions at once exactly one wins', async () => {
    const [browser, authenticator] = [app.browser(), app.device()];
    const { body } = await app.browser().signUp(app.newName(), authenticator);
    const response = await authenticator.get(await browser.requestOptions());
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.verifyAuthentication(response)),
    );
    const codes = answers.map(({ status, body }) => (status === 200 ? 'won' : body.code));
    expect(codes.filter((code) => code === 'won')).toHaveLength(1);
    expect(codes.filter((code) => code === 'challenge_invalid')).toHaveLength(19);
    expect(await app.deps.store.listSessions(body.user.id, app.deps.now())).toHaveLength(2);
  });

  it('of 20 equal registrations at once exactly one wins', async () => {
    const browser = app.browser();
    const response = await app
      .device()
      .create(await browser.creationOptions({ username: app.newName() }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.verifyRegistration(response)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('keeps a long name whole, and shows authenticators as much of it as all of them can keep', async () => {
    const [browser, device] = [app.browser(), app.device()];
    const [username, displayName] = ['山'.repeat(30), `${'a'.repeat(62)}👨‍👩‍👧‍👦`];
    const options = await browser.creationOptions({ username, displayName });
    const shown = { name: '山'.repeat(21), displayName: 'a'.repeat(62) };
    expect(options.user).toEqual({ id: expect.any(String), ...shown });
    const { status, body } = await browser.verifyRegistration(await device.create(options));
    expect([status, body.user]).toMatchObject([201, { username, displayName }]);
    expect(body.signals.currentUserDetails).toMatchObject(shown);
    expect((await browser.creationOptions({})).user).toMatchObject(shown);
    expect((await app.browser().signIn(device, { username })).body.user).toEqual(body.user);
  });

  it('takes weiß, weiẞ and WEISS for one name', async () => {
    const [browser, device] = [app.browser(), app.device()];
    const name = app.newName();
    await browser.signUp(`${name}weiß`, device);
    for (const same of ['weiẞ', 'WEISS', 'weiSs', 'WEIẞ']) {
      const taken = await app.browser().post('/api/registration/options', {
        username: `${name}${same}`,
      });
      expect([same, taken.body.code]).toEqual([same, 'username_taken']);
      const signedIn = await app.browser().signIn(device, { username: `${name}${same}` });
      expect(signedIn.body.user.username).toBe(`${name}weiß`);
    }
  });

  it('of 10 people who want one user name at once exactly one gets it', async () => {
    const username = app.newName();
    const people = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const browser = app.browser();
        const response = await app.device().create(await browser.creationOptions({ username }));
        return () => browser.verifyRegistration(response);
      }),
    );
    const answers = await Promise.all(people.map((finish) => finish()));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  it('five tabs of one browser hold a challenge each, and all five finish', async () => {
    const [browser, authenticator] = [app.browser(), app.device()];
    await browser.signUp(app.newName(), authenticator);
    const tabs = await Promise.all(
      Array.from({ length: 5 }, () => browser.requestOptions({ mediation: 'conditional' })),
    );
    for (const options of tabs.reverse()) {
      const answer = await browser.verifyAuthentication(await authenticator.get(options));
      expect(answer.status).toBe(200);
    }
  });
});

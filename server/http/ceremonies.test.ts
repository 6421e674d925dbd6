import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';

let app: TestApp;
let count = 0;
const newName = () => `person-${count++}`;
const platform = (more = {}) => new SoftwareAuthenticator({ origin: app.origin, ...more });
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

describe('sign-up and sign-in', () => {
  it.each([
    ['ML-DSA-44', -48],
    ['Ed25519', -8],
    ['ES256', -7],
    ['RS256', -257],
  ] as const)('%s: signs up, out, and in again without a user name', async (_name, algorithm) => {
    const browser = app.browser();
    const authenticator = platform({ algorithms: [algorithm] });
    const username = newName();

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
    const [browser, authenticator, username] = [app.browser(), platform(), newName()];
    await app.browser().signUp(username, authenticator);
    const answer = await browser.signIn(
      authenticator,
      { username: username.toUpperCase() },
      { userHandle: null },
    );
    expect(answer.status).toBe(200);
  });

  it('replaces the session at every sign-in', async () => {
    const [browser, authenticator] = [app.browser(), platform()];
    await browser.signUp(newName(), authenticator);
    const before = new Map(browser.cookies);
    await browser.signIn(authenticator);
    expect(browser.cookies.get('latchkey-session')).not.toBe(before.get('latchkey-session'));
    const { sessions } = (await browser.get('/api/sessions')).body;
    expect(sessions).toHaveLength(1);
    browser.cookies.set('latchkey-session', before.get('latchkey-session') ?? '');
    expect((await browser.get('/api/session')).status).toBe(401);
  });

  it('counts the signature counter up and keeps what the assertion said', async () => {
    const key = platform({ signCount: 1, backupEligible: true, backedUp: false });
    const browser = app.browser();
    await browser.signUp(newName(), key);
    await browser.signIn(key);
    key.settings.backedUp = true;
    expect((await browser.signIn(key)).body.credential.backedUp).toBe(true);
    const id = key.credentials[0]?.id ?? '';
    const stored = await app.deps.store.findCredential(id);
    expect(stored?.credential).toMatchObject({ signCount: 3, backedUp: true, uvInitialized: true });
  });

  it('keeps the evidence of every ceremony', async () => {
    const [browser, authenticator] = [app.browser(), platform()];
    const { body } = await browser.signUp(newName(), authenticator);
    await browser.signIn(authenticator, { mediation: 'conditional' });
    const [signedIn, created] = await app.deps.store.listAudit(body.user.id, 10);
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
});

describe('more passkeys', () => {
  it('adds one with the same user handle, excluding those that are there', async () => {
    const [browser, phone, key] = [
      app.browser(),
      platform(),
      platform({ transports: ['usb', 'nfc'], backupEligible: false }),
    ];
    const { body } = await browser.signUp(newName(), phone);
    const options = await browser.creationOptions({ hints: ['security-key'] });
    expect(options.user.id).toBe(body.user.id);
    expect(options.hints).toEqual(['security-key']);
    expect(options.excludeCredentials).toEqual([
      { id: body.credential.id, type: 'public-key', transports: ['internal', 'hybrid'] },
    ]);
    await expect(phone.create(options)).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    );
    const cookie = browser.cookies.get('latchkey-session');
    const added = await browser.verifyRegistration(await key.create(options));
    expect(added.status).toBe(201);
    expect(added.body.credential).toMatchObject({ name: 'Security key', kind: 'device-bound' });
    expect(added.body.signals.allAcceptedCredentials.allAcceptedCredentialIds).toHaveLength(2);
    expect(browser.cookies.get('latchkey-session')).toBe(cookie);
    expect((await app.browser().signIn(key)).body.user).toEqual(body.user);
  });

  it('waives presence for a conditional create, for which the verified session vouches', async () => {
    const [browser, silent] = [app.browser(), platform()];
    await browser.signUp(newName(), platform());
    const body = { mediation: 'conditional' };
    const added = await browser.addPasskey(silent, body, { flags: { up: false, uv: false } });
    expect(added.status).toBe(201);
    const stored = await app.deps.store.findCredential(added.body.credential.id);
    expect(stored?.credential.uvInitialized).toBe(true);
  });

  it('adds nothing to a session that was ended meanwhile', async () => {
    const [browser, phone] = [app.browser(), platform()];
    await browser.signUp(newName(), phone);
    const elsewhere = app.browser();
    await elsewhere.signIn(phone);
    const response = await platform().create(await browser.creationOptions({}));
    const { sessions } = (await elsewhere.get('/api/sessions')).body;
    const other = sessions.find(({ current }: { current: boolean }) => !current);
    await elsewhere.request('DELETE', `/api/sessions/${other.id}`);
    expect((await browser.verifyRegistration(response)).body.code).toBe('unauthenticated');
  });

  it('holds 64 passkeys and no more, also in a race', async () => {
    const browser = app.browser();
    await browser.signUp(newName(), platform());
    for (let held = 1; held < 63; held++) await browser.addPasskey(platform());
    const responses = await Promise.all(
      Array.from({ length: 3 }, async () => platform().create(await browser.creationOptions({}))),
    );
    const answers = await Promise.all(responses.map((each) => browser.verifyRegistration(each)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await browser.post('/api/registration/options', {})).body.code).toBe(
      'credential_limit',
    );
  });
});

describe('races', () => {
  it('of 20 equal assertions at once exactly one wins', async () => {
    const [browser, authenticator] = [app.browser(), platform()];
    const { body } = await app.browser().signUp(newName(), authenticator);
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
    const response = await platform().create(
      await browser.creationOptions({ username: newName() }),
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.verifyRegistration(response)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('of 10 people who want one user name at once exactly one gets it', async () => {
    const username = newName();
    const people = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const browser = app.browser();
        const response = await platform().create(await browser.creationOptions({ username }));
        return () => browser.verifyRegistration(response);
      }),
    );
    const answers = await Promise.all(people.map((finish) => finish()));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  it('five tabs of one browser hold a challenge each, and all five finish', async () => {
    const [browser, authenticator] = [app.browser(), platform()];
    await browser.signUp(newName(), authenticator);
    const tabs = await Promise.all(
      Array.from({ length: 5 }, () => browser.requestOptions({ mediation: 'conditional' })),
    );
    for (const options of tabs.reverse()) {
      const answer = await browser.verifyAuthentication(await authenticator.get(options));
      expect(answer.status).toBe(200);
    }
  });
});

describe('what nobody can tell', () => {
  const shape = (options: { challenge: string; allowCredentials?: { id: string }[] }) => ({
    ...options,
    challenge: options.challenge.length,
    allowCredentials: options.allowCredentials?.map((each) => ({ ...each, id: each.id.length })),
  });

  it('whether a user name is known: decoys are plausible and stable', async () => {
    const site = await startTestApp();
    const ask = (username: string) => site.browser().requestOptions({ username });
    const authenticator = new SoftwareAuthenticator({ origin: site.origin });
    await site.browser().signUp('somebody', authenticator);
    const known = await ask('somebody');
    for (let index = 0; index < 20; index++) {
      const unknown = await ask(`nobody-${index}`);
      expect(await ask(`NOBODY-${index}`)).toMatchObject({
        allowCredentials: unknown.allowCredentials,
      });
      // With one account only there is one shape to have.
      expect(shape(unknown)).toEqual(shape(known));
    }
    await site.close();
  });

  it.each([
    ['the ceremony it was made for', 'nobody-1'],
    ['a ceremony without a user name', undefined],
  ])('whether an ID is a decoy, presented in %s', async (_name, named) => {
    const authenticator = platform();
    const victim = platform();
    const username = newName();
    await app.browser().signUp(username, victim);
    await app.browser().signUp(newName(), authenticator);
    const { allowCredentials: [decoy] = [] } = await app
      .browser()
      .requestOptions({ username: 'nobody-1' });
    const real = victim.credentials[0]?.id ?? '';

    // An attacker knows an ID and no key: its answer is signed with a key of its own.
    const present = async (id: string, name?: string) => {
      const browser = app.browser();
      const options = await browser.requestOptions(name === undefined ? {} : { username: name });
      return async (bend: object) => {
        const response = await authenticator.get({ ...options, allowCredentials: [] }, bend);
        const answer = await browser.verifyAuthentication({ ...response, id, rawId: id });
        return answer.body;
      };
    };
    const asDecoy = await present(decoy?.id ?? '', named);
    const asReal = await present(real, named === undefined ? undefined : username);
    for (const bend of [
      {},
      { userHandle: null },
      { flags: { uv: false } },
      { clientData: (original: object) => ({ ...original, origin: 'https://evil.example' }) },
      { signature: () => new Uint8Array([1]) },
    ]) {
      expect(await asDecoy(bend)).toEqual(await asReal(bend));
    }
  });

  it('a decoy by registering it', async () => {
    const { allowCredentials: [decoy] = [] } = await app
      .browser()
      .requestOptions({ username: 'nobody-2' });
    const browser = app.browser();
    const options = await browser.creationOptions({ username: newName() });
    const credentialId = Buffer.from(decoy?.id ?? '', 'base64url');
    const answer = await browser.verifyRegistration(
      await platform().create(options, { credentialId }),
    );
    expect(answer.body.code).toBe('credential_exists');
  });

  it('that an account is disabled, without its passkey', async () => {
    const [browser, phone, username] = [app.browser(), platform(), newName()];
    const { body } = await browser.signUp(username, phone);
    const attempts = async () => {
      const options = await app.browser().requestOptions({ username });
      const bends = [
        { signature: () => new Uint8Array(8) },
        { flags: { uv: false } },
        { userHandle: 'bm9ib2R5' },
      ];
      const answers = await Promise.all(
        bends.map((bend) => app.browser().signIn(phone, { username }, bend)),
      );
      const ids = options.allowCredentials?.map(({ id }) => id);
      return [shape(options), ids, answers.map((answer) => answer.body)];
    };
    const before = await attempts();
    const { store, now } = app.deps;
    await store.disableUser(body.user.id, now(), []);
    expect(await attempts()).toEqual(before);

    expect((await browser.get('/api/session')).status).toBe(401);
    const untouched = await app.contents();
    const refused = await browser.signIn(phone);
    expect(refused).toMatchObject({ status: 403, body: { code: 'account_disabled' } });
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect(await app.contents()).toEqual(untouched);
    await store.disableUser(body.user.id, null, []);
    expect((await browser.signIn(phone)).status).toBe(200);
  });

  it('what went wrong inside: a refusal names its code and nothing else', async () => {
    const [browser, authenticator] = [app.browser(), platform()];
    await browser.signUp(newName(), authenticator);
    const answer = await browser.signIn(authenticator, {}, { signature: () => new Uint8Array(8) });
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'The passkey could not be verified.',
      status: 400,
      code: 'verification_failed',
    });
    expect(app.logLines.join('')).toContain('verification_failed');
  });

  it('from the log: no cookie, no challenge, no body', async () => {
    const [browser, authenticator] = [app.browser(), platform()];
    await browser.signUp(newName(), authenticator);
    const options = await browser.requestOptions();
    await browser.verifyAuthentication(await authenticator.get(options));
    await browser.post('/api/authentication/verify', '{"prf":{"results":{"first":"c2VjcmV0",x}}}');
    const log = app.logLines.join('');
    expect(log).not.toContain('c2VjcmV0');
    for (const cookie of browser.cookies.values()) expect(log).not.toContain(cookie);
    expect(log).not.toContain(options.challenge);
    expect(log).not.toContain(authenticator.credentials[0]?.userHandle);
  });
});

describe('with another policy', () => {
  it('a UV = 0 sign-in under preferred is unverified, and what is sensitive asks for a step-up', async () => {
    const lenient = await startTestApp({ env: { USER_VERIFICATION: 'preferred' } });
    try {
      const authenticator = new SoftwareAuthenticator({ origin: lenient.origin });
      const browser = lenient.browser();
      await browser.signUp('ann', authenticator);
      await browser.addPasskey(new SoftwareAuthenticator({ origin: lenient.origin }));
      const options = await browser.requestOptions();
      expect(options.userVerification).toBe('preferred');
      authenticator.settings.userVerified = false;
      const signedIn = await browser.signIn(authenticator);
      expect(signedIn.body.userVerified).toBe(false);
      expect((await browser.get('/api/session')).body.session.userVerified).toBe(false);
      const path = `/api/credentials/${authenticator.credentials[0]?.id}`;
      for (const [method, sensitive] of [
        ['DELETE', path],
        ['DELETE', '/api/account'],
        ['POST', '/api/registration/options'],
      ] as const) {
        const refused = await browser.request(
          method,
          sensitive,
          method === 'POST' ? {} : undefined,
        );
        expect(refused.body).toMatchObject({
          code: 'step_up_required',
          stepUp: { path: '/api/authentication/options', body: { purpose: 'step-up' } },
        });
      }

      const stepUp = await browser.requestOptions({ purpose: 'step-up' });
      expect(stepUp.userVerification).toBe('required');
      expect(stepUp.allowCredentials).toHaveLength(2);
      const unverified = await browser.verifyAuthentication(await authenticator.get(stepUp));
      expect(unverified.body.code).toBe('user_verification_required');
      authenticator.settings.userVerified = true;
      expect((await browser.verifyAuthentication(await authenticator.get(stepUp))).status).toBe(
        200,
      );
      lenient.advance(300_001);
      expect((await browser.request('DELETE', path)).body.code).toBe('step_up_required');
      expect((await browser.signIn(authenticator, { purpose: 'step-up' })).status).toBe(200);
      expect((await browser.request('DELETE', path)).status).toBe(200);
    } finally {
      await lenient.close();
    }
  });

  it('user verification that was set up later counts only once another passkey vouched', async () => {
    const lenient = await startTestApp({ env: { USER_VERIFICATION: 'preferred' } });
    try {
      const found = new SoftwareAuthenticator({ origin: lenient.origin, userVerified: false });
      const browser = lenient.browser();
      const signedUp = await browser.signUp('ann', found);
      // Whoever finds the key sets a PIN of their own.
      found.settings.userVerified = true;
      const thief = lenient.browser();
      expect((await thief.signIn(found)).body.userVerified).toBe(false);
      expect((await thief.signIn(found, { purpose: 'step-up' })).body.userVerified).toBe(false);
      expect((await thief.request('DELETE', '/api/account')).body.code).toBe('step_up_required');
      for (const body of [{}, { mediation: 'conditional' }]) {
        const refused = await thief.post('/api/registration/options', body);
        expect(refused.body.code).toBe('step_up_required');
      }
      const { id } = signedUp.body.credential;
      const before = await lenient.deps.store.findCredential(id);
      expect(before?.credential.uvInitialized).toBe(false);
    } finally {
      await lenient.close();
    }
  });

  it('a key that may exist twice signs in, but verifies nobody', async () => {
    const [key, browser] = [platform({ signCount: 10 }), app.browser()];
    await browser.signUp(newName(), key);
    await browser.signIn(key, {}, { signCount: 3 });
    const signedIn = await browser.signIn(key);
    expect(signedIn.body).toMatchObject({
      userVerified: false,
      credential: { state: 'suspected-clone' },
    });
    expect((await browser.request('DELETE', '/api/account')).body.code).toBe('step_up_required');
  });

  it('an account is deleted only after a fresh sign-in, whatever the policy', async () => {
    const open = await startTestApp({
      env: { USER_VERIFICATION_MANAGE: 'discouraged', USER_VERIFICATION_STEP_UP: 'discouraged' },
    });
    try {
      const authenticator = new SoftwareAuthenticator({ origin: open.origin });
      const browser = open.browser();
      await browser.signUp('ann', authenticator);
      open.advance(300_001);
      expect((await browser.post('/api/registration/options', {})).status).toBe(200);
      expect((await browser.request('DELETE', '/api/account')).body.code).toBe('step_up_required');
      await browser.signIn(authenticator, { purpose: 'step-up' });
      expect((await browser.request('DELETE', '/api/account')).status).toBe(200);
    } finally {
      await open.close();
    }
  });

  it('https: the cookies are Secure and carry the __Host- prefix', async () => {
    const secure = await startTestApp({
      env: { ORIGIN: 'https://login.example.com', RP_ID: 'example.com' },
    });
    try {
      const browser = secure.browser();
      const authenticator = new SoftwareAuthenticator({ origin: 'https://example.com' });
      const answer = await browser.signUp('ann', authenticator);
      expect(answer.status).toBe(201);
      const [cookie] = answer.headers.getSetCookie();
      expect(cookie).toMatch(/^__Host-latchkey-session=[\w-]{43}; /);
      for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) {
        expect(cookie?.split('; ')).toContain(attribute);
      }
      expect(cookie).not.toContain('Domain');
    } finally {
      await secure.close();
    }
  });
});

import { afterAll, describe, expect, it } from 'vitest';
import { RpError } from '../errors.ts';
import { startTestApp } from '../testing/app.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { Answer } from '../testing/browser.ts';
import { importPerson } from '../testing/imported.ts';

const app = await startTestApp();
let count = 0;
afterAll(() => app.close());

async function person() {
  const authenticator = app.device();
  const browser = app.browser();
  const username = `owner-${count++}`;
  const { body } = await browser.signUp(username, authenticator);
  return { authenticator, browser, username, user: body.user, credential: body.credential };
}

describe('the account', () => {
  it('is nobody’s without a session', async () => {
    const stranger = app.browser();
    for (const [method, path] of [
      ['GET', '/api/session'],
      ['DELETE', '/api/session'],
      ['PATCH', '/api/account'],
      ['DELETE', '/api/account'],
      ['GET', '/api/sessions'],
      ['DELETE', '/api/sessions'],
      ['DELETE', '/api/sessions/AAAA'],
      ['GET', '/api/credentials'],
      ['PATCH', '/api/credentials/AAAA'],
      ['DELETE', '/api/credentials/AAAA'],
      ['POST', '/api/registration/options'],
    ] as const) {
      const body = method === 'PATCH' ? { name: 'x' } : method === 'POST' ? {} : undefined;
      const answer = await stranger.request(method, path, body);
      expect([method, path, answer.body.code]).toEqual([method, path, 'unauthenticated']);
    }
    stranger.cookies.set('latchkey-session', 'A'.repeat(43));
    expect((await stranger.get('/api/session')).status).toBe(401);
  });

  it('changes its names, and says so in the signals', async () => {
    const { browser, user, credential } = await person();
    const username = `renamed-${count++}`;
    const answer = await browser.request('PATCH', '/api/account', { username, displayName: 'Ann' });
    expect(answer.body.user).toEqual({ id: user.id, username, displayName: 'Ann' });
    expect(answer.body.signals).toEqual({
      allAcceptedCredentials: {
        rpId: 'localhost',
        userId: user.id,
        allAcceptedCredentialIds: [credential.id],
      },
      currentUserDetails: {
        rpId: 'localhost',
        userId: user.id,
        name: username,
        displayName: 'Ann',
      },
    });
    expect((await browser.creationOptions({})).user).toEqual({
      id: user.id,
      name: username,
      displayName: 'Ann',
    });
  });

  it('can’t take a name that another has, but may change the case of its own', async () => {
    const [{ browser, username }, other] = [await person(), await person()];
    const taken = await browser.request('PATCH', '/api/account', {
      username: other.username.toUpperCase(),
    });
    expect(taken.body.code).toBe('username_taken');
    const own = await browser.request('PATCH', '/api/account', {
      username: username.toUpperCase(),
    });
    expect(own.body.user.username).toBe(username.toUpperCase());
  });

  it('that is named as it is called already stays as it is, history and all', async () => {
    const { browser, username, user } = await person();
    const before = await app.contents();
    const names = { username, displayName: user.displayName };
    const { status, body } = await browser.request('PATCH', '/api/account', names);
    expect([status, body.user]).toEqual([200, user]);
    const [{ id, name }] = (await browser.get('/api/credentials')).body.credentials;
    await browser.request('PATCH', `/api/credentials/${id}`, { name });
    expect(await app.contents()).toEqual(before);
  });

  it('goes wholly, with an empty accepted list to signal', async () => {
    const { browser, authenticator, user } = await person();
    const elsewhere = app.browser();
    await elsewhere.signIn(authenticator);
    const answer = await browser.request('DELETE', '/api/account');
    expect(answer.body.signals).toEqual({
      allAcceptedCredentials: { rpId: 'localhost', userId: user.id, allAcceptedCredentialIds: [] },
    });
    expect(browser.cookies.has('latchkey-session')).toBe(false);
    expect((await elsewhere.get('/api/session')).status).toBe(401);
    expect(JSON.stringify(await app.contents())).not.toContain(user.id);
    expect((await browser.signIn(authenticator)).body.code).toBe('credential_unknown');
  });
});

describe('passkeys', () => {
  it('are listed as the contract says', async () => {
    const { browser, credential } = await person();
    const { body, headers } = await browser.get('/api/credentials');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body.credentials).toEqual([
      {
        id: credential.id,
        name: 'Passkey',
        provider: { aaguid: '00000000-0000-0000-0000-000000000000', name: 'Unknown provider' },
        transports: ['internal', 'hybrid'],
        kind: 'passkey',
        backedUp: true,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        lastUsedAt: null,
        useKnown: true,
        lastUsedOn: null,
        lastUsedIn: null,
        rpId: 'localhost',
        state: 'active',
        current: true,
        upgrade: null,
      },
    ]);
  });

  it('are renamed by their owner alone', async () => {
    const { browser, credential } = await person();
    const path = `/api/credentials/${credential.id}`;
    const renamed = await browser.request('PATCH', path, { name: '  My   iPhone ' });
    expect(renamed.body).toMatchObject({ id: credential.id, name: 'My iPhone' });
    expect((await browser.request('PATCH', path, { name: '\u202e' })).body.code).toBe(
      'invalid_request',
    );
    const { browser: other } = await person();
    expect((await other.request('PATCH', path, { name: 'mine' })).body.code).toBe('not_found');
    expect((await browser.get('/api/credentials')).body.credentials[0].name).toBe('My iPhone');
  });

  it('are deleted by their owner alone, never the last, and their sessions end', async () => {
    const { browser, credential } = await person();
    const second = app.device();
    const added = await browser.addPasskey(second);
    const stolen = app.browser();
    await stolen.signIn(second);
    const path = `/api/credentials/${added.body.credential.id}`;
    expect((await (await person()).browser.request('DELETE', path)).body.code).toBe('not_found');

    const deleted = await browser.request('DELETE', path);
    expect(deleted.body.signals.allAcceptedCredentials.allAcceptedCredentialIds).toEqual([
      credential.id,
    ]);
    expect((await stolen.get('/api/session')).status).toBe(401);
    expect((await app.browser().signIn(second)).body).toMatchObject({
      code: 'credential_unknown',
      rpId: 'localhost',
      credentialId: added.body.credential.id,
    });
    const last = await browser.request('DELETE', `/api/credentials/${credential.id}`);
    expect(last.body.code).toBe('last_credential');
    expect((await browser.get('/api/credentials')).body.credentials).toHaveLength(1);
    expect((await browser.request('DELETE', path)).body.code).toBe('not_found');
  });

  it('keep at least one in a race of deletions', async () => {
    const { browser, credential } = await person();
    const added = await browser.addPasskey(app.device());
    const answers = await Promise.all(
      [credential.id, added.body.credential.id].map((id) =>
        browser.request('DELETE', `/api/credentials/${id}`),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('show the picture of their provider', async () => {
    const aaguid = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd';
    const browser = app.browser();
    const authenticator = app.device({ aaguid });
    const { provider, name } = (await browser.signUp(`apple-${count++}`, authenticator)).body
      .credential;
    expect(name).toBe('Apple Passwords');
    for (const icon of [provider.icon, provider.iconDark]) {
      const answer = await browser.get(new URL(icon).pathname);
      expect(answer.headers.get('content-type')).toMatch(/^image\/svg\+xml/);
      expect(answer.headers.get('content-security-policy')).toContain('sandbox');
      expect(answer.body).toContain('<svg');
    }
    expect((await browser.get('/providers/none/light')).status).toBe(404);
    expect((await browser.get(`/providers/${aaguid}/pink`)).status).toBe(404);
  });
});

describe('sessions', () => {
  it('are listed with the device, and ended by their owner alone', async () => {
    const { browser, authenticator } = await person();
    const phone = app.browser();
    const options = await phone.requestOptions();
    const userAgent =
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
    await phone.request('POST', '/api/authentication/verify', await authenticator.get(options), {
      'user-agent': userAgent,
    });
    const { sessions } = (await browser.get('/api/sessions')).body;
    expect(sessions).toHaveLength(2);
    expect(sessions[0]).toMatchObject({ current: false, device: 'Safari on iPhone' });
    expect(sessions[1]).toMatchObject({ current: true, userVerified: true, method: 'passkey' });

    const path = `/api/sessions/${sessions[0].id}`;
    expect((await (await person()).browser.request('DELETE', path)).body.code).toBe('not_found');
    expect((await phone.get('/api/session')).status).toBe(200);
    expect((await browser.request('DELETE', path)).status).toBe(204);
    expect((await phone.get('/api/session')).status).toBe(401);
  });

  it('are ended everywhere else at once, and the one that asks stays', async () => {
    const { browser, authenticator } = await person();
    const others = [app.browser(), app.browser()];
    for (const other of others) await other.signIn(authenticator);
    const stranger = (await person()).browser;
    const { status, body } = await browser.request('DELETE', '/api/sessions');
    expect([status, body]).toEqual([200, { ended: 2 }]);
    for (const other of others) expect((await other.get('/api/session')).status).toBe(401);
    expect((await browser.get('/api/sessions')).body.sessions).toHaveLength(1);
    expect((await stranger.get('/api/session')).status).toBe(200);
    const [latest] = (await browser.get('/api/activity')).body.activity;
    expect(latest).toMatchObject({ kind: 'other-sessions-ended', passkey: null });
    expect((await browser.request('DELETE', '/api/sessions')).body).toEqual({ ended: 0 });
    expect((await browser.get('/api/activity')).body.activity[0]).toEqual(latest);
  });

  it('expire, and are purged with the nonces', async () => {
    const aging = await startTestApp({ env: { SESSION_TTL_SECONDS: '3600' } });
    try {
      const browser = aging.browser();
      await browser.signUp('ann', aging.device());
      aging.advance(3_600_000);
      expect((await browser.get('/api/session')).status).toBe(401);
      const { store, now } = aging.deps;
      expect(await store.purge(now(), 0)).toBe(1);
      aging.advance(3_600_000);
      expect(await store.purge(now(), 0)).toBe(1);
      expect(await store.purge(now(), now())).toBe(1);
      expect(await store.purge(now(), now())).toBe(0);
    } finally {
      await aging.close();
    }
  });
});

describe('what is done is told as done', () => {
  it.each<[string, number, (who: Awaited<ReturnType<typeof person>>) => Promise<Answer>]>([
    ['a passkey that is added', 201, ({ browser }) => browser.addPasskey(app.device())],
    [
      'a passkey that is deleted',
      200,
      ({ browser, credential }) => browser.request('DELETE', `/api/credentials/${credential.id}`),
    ],
    [
      'a name that is changed',
      200,
      ({ browser }) => browser.request('PATCH', '/api/account', { displayName: 'Ann' }),
    ],
  ])('%s, though the database ends before its signals are made', async (_what, status, change) => {
    const who = await person();
    await who.browser.addPasskey(app.device());
    const { store } = app.deps;
    const intact = { ...store };
    let isDone = false;
    const mutable = store as { -readonly [Member in keyof typeof store]: (typeof store)[Member] };
    for (const name of ['completeAddition', 'deleteCredential', 'updateAccount'] as const) {
      mutable[name] = async (input: never) => {
        const result = await intact[name](input);
        isDone = true;
        return result as never;
      };
    }
    mutable.listCredentials = (userId) => {
      if (isDone) throw new RpError('unavailable');
      return intact.listCredentials(userId);
    };
    try {
      expect((await change(who)).status).toBe(status);
      expect(isDone).toBe(true);
    } finally {
      Object.assign(mutable, intact);
    }
  });
});

describe('a passkey that is not known', () => {
  it('stays on its device where others are still to come', async () => {
    const moving = await startTestApp({ env: { FORGET_UNKNOWN: 'off' } });
    const { devices, userId } = await importPerson(moving, {});
    await moving.deps.store.deleteAccount(userId, 0);
    const { body } = await moving.browser().signIn(devices[0] as SoftwareAuthenticator);
    expect(body.code).toBe('credential_unknown');
    expect(body).not.toHaveProperty('credentialId');
    await moving.close();
  });
});

describe('of the last two passkeys that may be used', () => {
  it('one stays when both are deleted at once, whatever else is held', async () => {
    for (let times = 0; times < 10; times++) {
      const { devices, ids } = await importPerson(app, {}, {}, { rpId: 'gone.example' });
      const browser = app.browser();
      await browser.signIn(devices[0] as SoftwareAuthenticator);
      const answers = await Promise.all(
        ids.slice(0, 2).map((id) => browser.request('DELETE', `/api/credentials/${id}`)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    }
  });
});

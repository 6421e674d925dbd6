/** The vault over HTTP: who sees and changes it, and what stays whatever is written. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginSaltRotation, finishSaltRotation } from '../administration/salt-rotation.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { Answer, TestBrowser } from '../testing/browser.ts';
import { id, newCredential, newUser } from '../testing/records.ts';
import { passkeyEnvelope, recoveryEnvelope, saltIdOf, saltOf } from '../testing/vault.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** An account with one passkey, signed in. */
async function ann() {
  const [browser, device] = [app.browser(), app.device()];
  const username = app.newName();
  await browser.signUp(username, device);
  const salt = await saltOf(browser);
  const idOf = (of: SoftwareAuthenticator) => of.credentials[0]?.id;
  const read = () => browser.get('/api/vault');
  const write = (body: unknown) => browser.request('PUT', '/api/vault', body);
  return { browser, device, username, salt, read, write, own: idOf(device), idOf };
}

const data = id(500);
const problemOf = ({ status, body }: Answer) => [status, body.code];

describe('a vault', () => {
  it('is not there until its owner writes one', async () => {
    const { read, salt, own } = await ann();
    const answer = await read();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...{ exists: false, revision: 0, envelopes: [], rotationDue: false },
      ...{ saltIds: [saltIdOf(salt)], credentialIds: [own] },
    });
  });

  it('is read as it was written, with what the server adds', async () => {
    const { read, write, salt, own } = await ann();
    const passkey = passkeyEnvelope(own, salt);
    const recovery = recoveryEnvelope();
    const written = await write({ revision: 0, envelopes: [passkey, recovery], data });
    expect([written.status, written.body]).toEqual([200, { revision: 1 }]);
    const { body } = await read();
    expect(body).toMatchObject({ exists: true, revision: 1, data, rotationDue: false });
    const kept = (envelope: typeof passkey) => ({
      ...envelope,
      ...{ createdAt: expect.any(String), lastUsedAt: null },
    });
    expect(body.envelopes).toHaveLength(2);
    expect(body.envelopes).toEqual(expect.arrayContaining([kept(passkey), kept(recovery)]));
  });

  it('takes back what it gave, and the answer of GET as it is', async () => {
    const { read, write, salt, own } = await ann();
    const envelopes = [passkeyEnvelope(own, salt), recoveryEnvelope()];
    await write({ revision: 0, envelopes, data });
    const { body: before } = await read();
    expect((await write(before)).body).toEqual({ revision: 2 });
    expect((await read()).body).toEqual({ ...before, revision: 2 });
  });

  it('needs no more than the contract names: ids are made where none are given', async () => {
    const { read, write, salt, own } = await ann();
    const saltId = saltIdOf(salt);
    const least = { kind: 'passkey', credentialId: own, saltId, wrappedKey: id(60) };
    expect((await write({ revision: 0, envelopes: [least] })).status).toBe(200);
    const [envelope] = (await read()).body.envelopes;
    expect(envelope).toMatchObject({ ...least, id: expect.stringMatching(/^[\w-]{22}$/) });
  });

  it('is another’s own: nobody sees it, and nobody names another’s passkeys in theirs', async () => {
    const [mine, theirs] = [await ann(), await ann()];
    await mine.write({ revision: 0, envelopes: [passkeyEnvelope(mine.own, mine.salt)], data });
    expect((await theirs.read()).body.exists).toBe(false);
    const foreign = passkeyEnvelope(mine.own, mine.salt);
    const refused = await theirs.write({ revision: 0, envelopes: [foreign] });
    expect(problemOf(refused)).toEqual([409, 'conflict']);
    expect(problemOf(await app.browser().get('/api/vault'))).toEqual([401, 'unauthenticated']);
  });

  it('of twenty who write at once, one does, and the others are told', async () => {
    const { read, write, salt, own } = await ann();
    const attempts = Array.from({ length: 20 }, () =>
      write({ revision: 0, envelopes: [passkeyEnvelope(own, salt)], data: id(500) }),
    );
    const answers = await Promise.all(attempts);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(problemOf(answer)).toEqual([409, 'conflict']);
    }
    expect((await read()).body).toMatchObject({ revision: 1, envelopes: [expect.anything()] });
  });

  it('is never without an envelope, nor without one that counts where there was one', async () => {
    const { read, write, salt, own } = await ann();
    expect(problemOf(await write({ revision: 0, envelopes: [] }))).toEqual([409, 'last_envelope']);
    const envelope = passkeyEnvelope(own, salt);
    await write({ revision: 0, envelopes: [envelope], data });
    await write({ revision: 1, envelopes: [{ ...envelope, opened: true }] });
    for (const envelopes of [[], [passkeyEnvelope(own, salt)]]) {
      const refused = await write({ revision: 2, envelopes });
      expect(problemOf(refused)).toEqual([409, 'last_envelope']);
    }
    expect((await read()).body).toMatchObject({ revision: 2, data });
  });

  it('believes that an envelope opened it only if it was there before', async () => {
    const { read, write, salt, own } = await ann();
    const envelope = passkeyEnvelope(own, salt);
    const opened = [{ ...envelope, opened: true }];
    const refused = await write({ revision: 0, envelopes: opened });
    expect(problemOf(refused)).toEqual([400, 'invalid_request']);
    expect(refused.body.detail).toBe('envelopes.0: a new envelope has not opened the vault yet');
    await write({ revision: 0, envelopes: [envelope] });
    expect((await read()).body.envelopes).toMatchObject([{ lastUsedAt: null }]);
    expect((await write({ revision: 1, envelopes: opened })).status).toBe(200);
    expect((await read()).body.envelopes).toMatchObject([{ lastUsedAt: expect.any(String) }]);
  });

  it.each([
    ['more data than it holds', { data: id(24 * 1024 + 1) }],
    ['data that is no base64url', { data: 'a+b/' }],
    ['more envelopes than it holds', { envelopes: Array(33).fill(recoveryEnvelope()) }],
    ['an envelope that is too long', { envelopes: [recoveryEnvelope({ wrappedKey: id(385) })] }],
    ['a fingerprint that is too long', { envelopes: [recoveryEnvelope({ fingerprint: id(17) })] }],
    ['an envelope of nothing', { envelopes: [{ kind: 'recovery' }] }],
    ['an envelope of no kind', { envelopes: [{ ...recoveryEnvelope(), kind: 'mail' }] }],
    ['no envelopes', { envelopes: undefined }],
    ['a revision below none', { revision: -1 }],
  ])('refuses %s', async (_what, bad) => {
    const { read, write } = await ann();
    const refused = await write({ revision: 0, envelopes: [recoveryEnvelope()], ...bad });
    expect(problemOf(refused)).toEqual([400, 'invalid_request']);
    expect((await read()).body.exists).toBe(false);
  });

  it('takes as many envelopes as there may be, as long as they may be, with as much data', async () => {
    const { browser, username, read, write, salt } = await ann();
    const { user } = (await browser.get('/api/session')).body;
    const credentials = Array.from({ length: 8 }, () => newCredential(user.id, { id: id(255) }));
    const account = { user: { ...newUser(username), ...user }, usernameKey: username, audit: [] };
    await app.deps.store.importAccounts([{ ...account, credentials }]);
    const envelopes = credentials.flatMap((each) =>
      Array.from({ length: 4 }, () => passkeyEnvelope(each.id, salt, { wrappedKey: id(384) })),
    );
    const longest = { envelopes, data: id(24 * 1024) };
    expect((await write({ revision: 0, ...longest })).body).toEqual({ revision: 1 });
    const { body } = await read();
    expect(body).toMatchObject({ revision: 1, data: longest.data });
    expect(body.envelopes).toHaveLength(32);
  });

  it('refuses PRF results wherever they stand, and says nothing of them', async () => {
    const { write } = await ann();
    const envelope = { ...recoveryEnvelope(), prf: { results: { first: id(32) } } };
    const refused = await write({ revision: 0, envelopes: [envelope] });
    expect(problemOf(refused)).toEqual([400, 'invalid_request']);
    expect(app.logLines.join('')).not.toContain(envelope.prf.results.first);
  });

  it('is deleted with all that is in it, and the next one goes on from its revision', async () => {
    const { browser, read, write, salt, own } = await ann();
    expect(problemOf(await browser.request('DELETE', '/api/vault'))).toEqual([404, 'not_found']);
    await write({ revision: 0, envelopes: [passkeyEnvelope(own, salt)], data });
    expect((await browser.request('DELETE', '/api/vault')).status).toBe(204);
    expect((await read()).body).toMatchObject({ exists: false, revision: 0, envelopes: [] });
    const late = await write({ revision: 1, envelopes: [passkeyEnvelope(own, salt)], data });
    expect(problemOf(late)).toEqual([409, 'conflict']);
    const next = await write({ revision: 0, envelopes: [passkeyEnvelope(own, salt)], data });
    expect(next.body).toEqual({ revision: 3 });
  });
});

describe('whoever asks for a vault', () => {
  const calls = [
    ['GET', '/api/vault', undefined],
    ['PUT', '/api/vault', { revision: 0, envelopes: [recoveryEnvelope()] }],
    ['DELETE', '/api/vault', undefined],
    [
      'POST',
      '/api/vault/changed-answer',
      { credentialId: id(), saltId: id(8), fingerprint: id(16) },
    ],
  ] as const;

  async function refusesAll(browser: TestBrowser) {
    for (const [method, path, body] of calls) {
      const { status, body: problem } = await browser.request(method, path, body);
      expect([method, status, problem.code]).toEqual([method, 403, 'step_up_required']);
      expect(problem.stepUp).toEqual({
        method: 'POST',
        path: '/api/authentication/options',
        body: { purpose: 'vault' },
      });
    }
  }

  it('has confirmed a moment ago who they are, with the ceremony that also opens it', async () => {
    const own = await startTestApp();
    try {
      const [browser, device] = [own.browser(), own.device()];
      await browser.signUp('ann', device);
      own.advance(300_001);
      await refusesAll(browser);
      const confirmed = await browser.signIn(device, { purpose: 'vault' });
      expect(confirmed.body).toMatchObject({ userVerified: true });
      expect((await browser.get('/api/vault')).status).toBe(200);
      const { activity } = (await browser.get('/api/activity')).body;
      expect(activity[0].kind).toBe('stepped-up');
    } finally {
      await own.close();
    }
  });

  it('was verified then, however little the site asks for otherwise', async () => {
    const lenient = await startTestApp({
      env: {
        USER_VERIFICATION: 'discouraged',
        USER_VERIFICATION_STEP_UP: 'discouraged',
        USER_VERIFICATION_MANAGE: 'discouraged',
      },
    });
    try {
      const [browser, device] = [lenient.browser(), lenient.device({ userVerified: false })];
      await browser.signUp('ann', device);
      await refusesAll(browser);
      const options = await browser.requestOptions({ purpose: 'vault' });
      expect(options.userVerification).toBe('required');
      const unverified = await browser.verifyAuthentication(await device.get(options));
      expect(problemOf(unverified)).toEqual([403, 'user_verification_required']);
    } finally {
      await lenient.close();
    }
  });
});

describe('the account page', () => {
  /** What it begins with, and whether it loads ahead what opens a vault. */
  async function pageOf(browser: TestBrowser) {
    const { body } = await browser.get('/account');
    const [, json = ''] = /<script type="text\/json" id="page">(.*?)<\/script>/s.exec(body) ?? [];
    const isLoadedAhead = /<link rel="modulepreload" href="[^"]*vault\.js\?[^"]*">/.test(body);
    return { ...JSON.parse(json).vault, isLoadedAhead };
  }
  const nothing = { state: null, isLoadedAhead: false };

  it('brings the vault to who has just confirmed, as it is read; to others, only that there is one', async () => {
    const own = await startTestApp();
    try {
      const [browser, device] = [own.browser(), own.device()];
      await browser.signUp('ann', device);
      expect(await pageOf(browser)).toEqual({ exists: false, ...nothing });
      const envelopes = [passkeyEnvelope(device.credentials[0]?.id, await saltOf(browser))];
      await browser.request('PUT', '/api/vault', { revision: 0, envelopes, data });
      const state = (await browser.get('/api/vault')).body;
      expect(state).toMatchObject({ exists: true, data });
      expect(await pageOf(browser)).toEqual({ exists: true, state, isLoadedAhead: true });
      own.advance(300_001);
      expect(await pageOf(browser)).toEqual({ exists: true, ...nothing });
    } finally {
      await own.close();
    }
  });

  it('does not bring it to who was not verified', async () => {
    const lenient = await startTestApp({ env: { USER_VERIFICATION: 'discouraged' } });
    try {
      const [browser, device] = [lenient.browser(), lenient.device()];
      await browser.signUp('ann', device);
      const envelopes = [passkeyEnvelope(device.credentials[0]?.id, await saltOf(browser))];
      await browser.request('PUT', '/api/vault', { revision: 0, envelopes, data });
      device.settings.userVerified = false;
      await browser.signIn(device);
      expect(await pageOf(browser)).toEqual({ exists: true, ...nothing });
    } finally {
      await lenient.close();
    }
  });
});

describe('the ceremony that opens a vault', () => {
  it('names the passkeys of the account, and is for nobody else', async () => {
    const { browser, own } = await ann();
    const options = await browser.requestOptions({ purpose: 'vault' });
    expect(options.allowCredentials?.map((each) => each.id)).toEqual([own]);
    const stranger = await app.browser().post('/api/authentication/options', { purpose: 'vault' });
    expect(problemOf(stranger)).toEqual([401, 'unauthenticated']);
  });

  it('is bound to its purpose and its session', async () => {
    const [mine, theirs] = [await ann(), await ann()];
    const options = await mine.browser.requestOptions({ purpose: 'vault' });
    const response = await mine.device.get(options);
    const foreign = await theirs.browser.verifyAuthentication(response);
    expect(problemOf(foreign)).toEqual([400, 'challenge_invalid']);
    expect((await mine.browser.verifyAuthentication(response)).status).toBe(200);
  });
});

describe('a passkey that is deleted', () => {
  async function withTwo() {
    const account = await ann();
    const second = app.device();
    await account.browser.addPasskey(second);
    const two = account.idOf(second);
    const envelopes = [account.own, two].map((each) => passkeyEnvelope(each, account.salt));
    const remove = (which: string | undefined) =>
      account.browser.request('DELETE', `/api/credentials/${which}`);
    return { ...account, second, two, envelopes, remove };
  }

  it('takes its envelopes along, and the data key is to be changed', async () => {
    const { read, write, remove, envelopes, own, two } = await withTwo();
    await write({ revision: 0, envelopes, data });
    expect((await remove(two)).status).toBe(200);
    const { body } = await read();
    expect(body).toMatchObject({ revision: 2, rotationDue: true, data });
    expect(body.envelopes.map((each: { credentialId: string }) => each.credentialId)).toEqual([
      own,
    ]);
    const rekeyed = { ...body.envelopes[0], wrappedKey: id(190) };
    const half = await write({ revision: 2, envelopes: [rekeyed] });
    expect(half.body).toEqual({ revision: 3 });
    expect((await read()).body.rotationDue).toBe(true);
    const whole = { ...rekeyed, wrappedKey: id(190) };
    await write({ revision: 3, envelopes: [whole], data: id(400) });
    expect((await read()).body.rotationDue).toBe(false);
  });

  it('stays if nothing else opens the vault', async () => {
    const { browser, write, remove, envelopes, own, two } = await withTwo();
    await write({ revision: 0, envelopes: envelopes.slice(0, 1), data });
    expect(problemOf(await remove(own))).toEqual([409, 'last_envelope']);
    const { credentials } = (await browser.get('/api/credentials')).body;
    expect(credentials).toHaveLength(2);
    expect((await remove(two)).status).toBe(200);
  });

  it('takes a vault along that never held anything', async () => {
    const { read, write, remove, own, salt } = await withTwo();
    await write({ revision: 0, envelopes: [passkeyEnvelope(own, salt)] });
    expect((await remove(own)).status).toBe(200);
    expect((await read()).body.exists).toBe(false);
  });
});

describe('the salt', () => {
  type Options = { extensions?: { prf?: { eval: { first: string; second?: string } } } };
  const evalOf = (options: unknown) => (options as Options).extensions?.prf?.eval;

  it('is the same in the options of every ceremony, for everybody, decoys included', async () => {
    const { browser, username, salt } = await ann();
    expect(Buffer.from(salt, 'base64url')).toHaveLength(32);
    const stranger = app.browser();
    const page = (await app.browser().get('/sign-in')).body as string;
    const [, json = ''] = /<script type="text\/json" id="page">(.*?)<\/script>/s.exec(page) ?? [];
    const all = [
      await stranger.requestOptions(),
      await stranger.requestOptions({ mediation: 'conditional' }),
      await stranger.requestOptions({ username }),
      await stranger.requestOptions({ username: 'nobody-at-all' }),
      await stranger.creationOptions({ username: app.newName() }),
      await browser.requestOptions({ purpose: 'step-up' }),
      await browser.requestOptions({ purpose: 'vault' }),
      await browser.creationOptions({}),
      JSON.parse(json).options,
    ];
    for (const options of all) expect(evalOf(options)).toEqual({ first: salt });
  });

  it('is joined by the next one during a rotation, on every node within seconds', async () => {
    const site = await startTestApp();
    const { database } = site.deps.config;
    if (database.kind === 'memory') throw new Error('two nodes need a database that both reach');
    const url = database.kind === 'file' ? `file:${database.path}` : database.url;
    const node = await startTestApp({ env: { DATABASE_URL: url } });
    try {
      const salt = await saltOf(site.browser());
      expect(await saltOf(node.browser())).toBe(salt);
      const next = new Uint8Array(32).fill(7);
      const operator = { ...site.deps, operator: 'root', random: () => next };
      await beginSaltRotation(operator);
      const second = Buffer.from(next).toString('base64url');
      for (const each of [site, node]) {
        await expect
          .poll(async () => evalOf(await each.browser().requestOptions()))
          .toEqual({ first: salt, second });
      }
      const later = () => Date.now() + 3_600_000;
      await finishSaltRotation({ ...operator, random: randomBytes, now: later });
      for (const each of [site, node]) {
        await expect
          .poll(async () => evalOf(await each.browser().requestOptions()))
          .toEqual({ first: second });
      }
      const [browser, device] = [node.browser(), node.device()];
      await browser.signUp('ann', device);
      const late = passkeyEnvelope(device.credentials[0]?.id, salt);
      const change = { revision: 0, envelopes: [late] };
      const past = await browser.request('PUT', '/api/vault', change);
      expect(problemOf(past)).toEqual([409, 'conflict']);
    } finally {
      await node.close();
      await site.close();
    }
  });
});

describe('an answer that has changed', () => {
  it('is kept on record if another one of that passkey has opened the vault', async () => {
    const { browser, write, salt, own } = await ann();
    const report = (fingerprint: string) =>
      browser.post('/api/vault/changed-answer', {
        ...{ credentialId: own, saltId: saltIdOf(salt), fingerprint },
      });
    expect(problemOf(await report(id(16)))).toEqual([404, 'not_found']);
    const known = passkeyEnvelope(own, salt);
    await write({ revision: 0, envelopes: [known], data });
    await write({ revision: 1, envelopes: [{ ...known, opened: true }] });
    expect(problemOf(await report(known.fingerprint))).toEqual([404, 'not_found']);
    expect((await report(id(16))).status).toBe(204);
    const { activity } = (await browser.get('/api/activity')).body;
    expect(activity[0].kind).toBe('vault-answer-changed');
  });
});

describe('the history of an account', () => {
  it('tells of every change of the ways into the vault, and of nothing in it', async () => {
    const { browser, read, write, salt, own } = await ann();
    const passkey = passkeyEnvelope(own, salt);
    await write({ revision: 0, envelopes: [passkey], data });
    await write({ revision: 1, envelopes: [passkey], data: id(300) });
    await write({ revision: 2, envelopes: [passkey, recoveryEnvelope()] });
    const { envelopes } = (await read()).body;
    const [rekeyed] = envelopes.map((each: object) => ({ ...each, wrappedKey: id(190) }));
    await write({ revision: 3, envelopes: [rekeyed], data: id(300) });
    await browser.request('DELETE', '/api/vault');
    const { activity } = (await browser.get('/api/activity')).body;
    const kinds = activity.map(({ kind }: { kind: string }) => kind);
    expect(kinds.filter((kind: string) => kind.startsWith('vault')).toReversed()).toEqual([
      'vault-created',
      'vault-passkey-added',
      'vault-code-added',
      'vault-code-removed',
      'vault-key-rotated',
      'vault-deleted',
    ]);
  });
});

describe('the page about vaults', () => {
  it('is where password managers send a person who deletes a passkey, signed in or not', async () => {
    const endpoints = await app.browser().get('/.well-known/passkey-endpoints');
    const { pathname } = new URL(endpoints.body.prfUsageDetails);
    const { status, body } = await app.browser().get(pathname);
    expect(status).toBe(200);
    expect(body).toContain('What your passkeys protect');
  });
});

describe('without vaults', () => {
  it('nothing of them is to be seen', async () => {
    const without = await startTestApp({ env: { VAULT: 'off' } });
    try {
      const [browser, device] = [without.browser(), without.device()];
      const creation = await browser.creationOptions({ username: 'ann' });
      expect(creation.extensions).toEqual({ credProps: true });
      await browser.verifyRegistration(await device.create(creation));
      expect(await browser.requestOptions()).not.toHaveProperty('extensions');
      const vault = await browser.post('/api/authentication/options', { purpose: 'vault' });
      expect(problemOf(vault)).toEqual([400, 'invalid_request']);
      expect(vault.body.detail).toBe('purpose: there are no vaults here');
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const body = method === 'PUT' ? { revision: 0, envelopes: [] } : undefined;
        const answer = await browser.request(method, '/api/vault', body);
        expect(problemOf(answer)).toEqual([404, 'not_found']);
      }
      const endpoints = await browser.get('/.well-known/passkey-endpoints');
      expect(endpoints.body).not.toHaveProperty('prfUsageDetails');
      expect((await browser.get('/vault')).status).toBe(404);
      const { paths } = (await browser.get('/openapi.json')).body;
      expect(Object.keys(paths).filter((path) => path.includes('vault'))).toEqual([]);
      expect(await without.deps.store.findSalts()).toBeNull();
    } finally {
      await without.close();
    }
  });
});

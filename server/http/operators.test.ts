/** The operators' API: what a key may do, and what nobody gets through without one. */
import { request as httpRequest } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import {
  listOperatorKeys,
  makeOperatorKey,
  revokeOperatorKey,
} from '../administration/operator-keys.ts';
import { type OperatorScope, operatorScopes } from '../records/operator-key.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';
import { TestNativeApp } from '../testing/browser.ts';
import { documented } from '../testing/documented.ts';
import { endpointsFor } from './endpoints.ts';
import { openApiDocument } from './openapi.ts';

const app = await startTestApp();
const other = await startTestApp();
const limited = await startTestApp({ env: { RATE_LIMITS: 'on' } });
afterAll(() => Promise.all([app, other, limited].map((each) => each.close())));

const root = (on: TestApp = app) => ({ ...on.deps, operator: 'root' });

async function makeKey(
  scopes: readonly OperatorScope[] = operatorScopes,
  { on = app, days = 1 } = {},
) {
  const { key, secret } = await makeOperatorKey(root(on), { name: 'crm', scopes, days });
  return { id: key.id, secret };
}

/** Another back end. */
function client(secret: string | null, on: TestApp = app) {
  const check = documented(openApiDocument(on.deps.config, endpointsFor(on.deps.config)));
  const caller = new TestNativeApp(on.origin, on.origin, check);
  const headers: Record<string, string> =
    secret === null ? {} : { authorization: `Bearer ${secret}` };
  return (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
    caller.request(method, `/api/operator${path}`, body, { ...headers, ...more });
}

async function person(on: TestApp = app) {
  const [browser, device, username] = [on.browser(), on.device(), on.newName()];
  const { status, body } = await browser.signUp(username, device);
  expect(status).toBe(201);
  return { browser, device, username, id: String(body.user.id) };
}

const codeOf = ({ status, body }: { status: number; body: { code?: string } }) => [
  status,
  body.code,
];

/** Every call, with what it needs and what it may be made with. */
const calls = (id: string): [OperatorScope, string, string, object?][] => [
  ['accounts:read', 'GET', '/accounts'],
  ['accounts:read', 'GET', `/accounts/${id}`],
  ['accounts:disable', 'POST', `/accounts/${id}/disable`],
  ['accounts:disable', 'POST', `/accounts/${id}/enable`],
  ['sessions:end', 'DELETE', `/accounts/${id}/sessions`],
  ['enrolments:create', 'POST', '/enrolments', { account: id }],
  ['invitations:create', 'POST', '/invitations', {}],
  ['invitations:revoke', 'GET', '/invitations'],
  ['audit:read', 'GET', '/audit'],
];

describe('a key', () => {
  it('does what its scope says, and nothing else', async () => {
    const { id } = await person();
    for (const [scope, method, path, body] of calls(id)) {
      const others = operatorScopes.filter((each) => each !== scope);
      const [right, wrong] = [await makeKey([scope]), await makeKey(others)];
      const before = await app.contents();
      const refused = await client(wrong.secret)(method, path, body);
      expect(codeOf(refused)).toEqual([403, 'insufficient_scope']);
      expect(refused.body.scope).toBe(scope);
      expect(refused.headers.get('www-authenticate')).toBe(
        `Bearer realm="operators", error="insufficient_scope", scope="${scope}"`,
      );
      expect(await app.contents()).toEqual(before);
      const { status } = await client(right.secret)(method, path, body);
      expect([200, 201]).toContain(status);
    }
  });

  it('is shown once, kept as a hash, and stands in no log; the log and the audit name it', async () => {
    const { id, secret } = await makeKey();
    expect(secret).toMatch(/^latchkey_operator_[\w-]{43}$/);
    const owner = await person();
    expect((await client(secret)('POST', `/accounts/${owner.id}/disable`)).status).toBe(200);
    const stored = JSON.stringify([await app.contents(), await listOperatorKeys(root())]);
    expect(stored).not.toContain(secret);
    const log = app.logLines.join('\n');
    expect(log).not.toContain(secret);
    expect(log).toContain(`"operatorKey":"${id}"`);
    const { entries } = await app.deps.store.listAudit(owner.id, { limit: 1 });
    expect(entries).toMatchObject([
      { kind: 'account-disabled', evidence: { by: 'key', operator: `crm (${id})` } },
    ]);
  });

  it('keeps the day of its last use', async () => {
    const { id, secret } = await makeKey(['accounts:read']);
    await client(secret)('GET', '/accounts');
    const { keys } = await listOperatorKeys(root());
    const today = new Date(app.deps.now()).toISOString().slice(0, 10);
    expect(keys.find((key) => key.id === id)?.lastUsedOn).toBe(today);
  });
});

describe('nobody gets through', () => {
  const refusal = async (answer: Promise<{ status: number; body: unknown; headers: Headers }>) => {
    const { status, body, headers } = await answer;
    return { status, body, challenge: headers.get('www-authenticate') };
  };

  it('without a key: no cookie, query or body stands in for it', async () => {
    const owner = await person();
    const { secret } = await makeKey();
    const asked = [
      client(null)('GET', '/accounts'),
      owner.browser.get('/api/operator/accounts'),
      client(null)('GET', `/accounts/${owner.id}?access_token=${secret}`),
      client(null)('POST', '/invitations', { access_token: secret }),
      client(null)('GET', '/accounts', undefined, {
        authorization: `Basic ${btoa(`x:${secret}`)}`,
      }),
      client(null)('GET', '/accounts', undefined, { 'x-authorization': `Bearer ${secret}` }),
    ];
    for (const each of asked) {
      const { status, body, challenge } = await refusal(each);
      expect([status, (body as { code: string }).code]).toEqual([401, 'operator_key_required']);
      expect(challenge).toBe('Bearer realm="operators"');
    }
    expect(app.logLines.join('\n')).not.toContain(secret);
  });

  it('with a key that is wrong, expired, revoked, or of another deployment: all alike', async () => {
    const [expired, revoked] = [await makeKey(), await makeKey()];
    await revokeOperatorKey(root(), revoked.id);
    const foreign = await makeKey(operatorScopes, { on: other });
    const { secret: good } = await makeKey(operatorScopes, { days: 3 });
    app.advance(86_400_000);
    const wrong = [expired.secret, revoked.secret, foreign.secret, `${good.slice(0, -2)}AA`, 'x'];
    const answers = await Promise.all(
      [...wrong, good.toUpperCase(), good.replace('operator', 'other')].map((secret) =>
        refusal(client(secret)('GET', '/accounts')),
      ),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({
      status: 401,
      body: { code: 'operator_key_invalid' },
      challenge: 'Bearer realm="operators", error="invalid_token"',
    });
    expect((await client(good)('GET', '/accounts')).status).toBe(200);
    app.advance(-86_400_000);
  });

  it('with two Authorization headers, whichever of them is good', async () => {
    const { secret } = await makeKey();
    for (const headers of [
      [`Bearer ${secret}`, 'Bearer other'],
      ['Basic eDp5', `Bearer ${secret}`],
      [`Bearer ${secret}`, `Bearer ${secret}`],
    ]) {
      const { status, text } = await raw('/api/operator/accounts', headers);
      expect([status, JSON.parse(text).code]).toEqual([400, 'invalid_request']);
    }
    const joined = await client(`${secret}, Bearer ${secret}`)('GET', '/accounts');
    expect(codeOf(joined)).toEqual([401, 'operator_key_required']);
  });

  it('from a page of another site, with a key and without', async () => {
    const { secret } = await makeKey();
    const from = { origin: 'https://elsewhere.example' };
    const answer = await client(secret)('POST', '/invitations', {}, from);
    expect(codeOf(answer)).toEqual([403, 'cross_site_request']);
    const preflight = await fetch(`${app.origin}/api/operator/invitations`, {
      method: 'OPTIONS',
      headers: { ...from, 'access-control-request-method': 'POST' },
    });
    const read = await client(secret)('GET', '/accounts', undefined, from);
    for (const { headers } of [preflight, read]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect(read.headers.get('set-cookie')).toBeNull();
  });

  it('by trying again and again', async () => {
    const call = client(`latchkey_operator_${'A'.repeat(43)}`, limited);
    const answers = [];
    for (let tries = 0; tries <= 60; tries++) answers.push(await call('GET', '/accounts'));
    expect(codeOf(answers[0] as never)).toEqual([401, 'operator_key_invalid']);
    expect(codeOf(answers[60] as never)).toEqual([429, 'too_many_requests']);
    // Whoever has a key at that address is let in all the same.
    const { secret } = await makeKey(operatorScopes, { on: limited });
    expect((await client(secret, limited)('GET', '/accounts')).status).toBe(200);
  });

  it('with a session, restricted or not', async () => {
    const owner = await person();
    const { secret } = await makeKey(['enrolments:create']);
    const made = await client(secret)('POST', '/enrolments', { account: owner.id });
    const token = new URL(made.body.link).hash.slice(1);
    const restricted = app.browser();
    expect((await restricted.post('/api/enrolment', { token })).status).toBe(200);
    for (const [, method, path, body] of calls(owner.id)) {
      const answer = await restricted.request(method, `/api/operator${path}`, body);
      expect(codeOf(answer)).toEqual([401, 'operator_key_required']);
    }
  });

  it('once the key is revoked, though it was good when the call came', async () => {
    const owner = await person();
    const { id, secret } = await makeKey();
    const { findOperatorKey } = app.deps.store;
    Object.assign(app.deps.store, {
      findOperatorKey: async (...given: Parameters<typeof findOperatorKey>) => {
        const found = await findOperatorKey(...given);
        await revokeOperatorKey(root(), id);
        return found;
      },
    });
    const answer = await client(secret)('POST', `/accounts/${owner.id}/disable`);
    Object.assign(app.deps.store, { findOperatorKey });
    expect(codeOf(answer)).toEqual([401, 'operator_key_invalid']);
    expect((await app.deps.store.findUser(owner.id))?.disabledAt).toBeNull();
  });
});

/** Headers that `fetch` would join. */
function raw(path: string, authorization: string[]): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${app.origin}${path}`,
      { headers: { authorization } as never },
      (got) => {
        let text = '';
        got.on('data', (chunk) => {
          text += chunk;
        });
        got.on('end', () => resolve({ status: got.statusCode ?? 0, text }));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

describe('accounts', () => {
  it('are listed page by page, searched, and found by their name', async () => {
    const call = client((await makeKey(['accounts:read'])).secret);
    const people = [await person(), await person(), await person()];
    const found: string[] = [];
    for (let after = ''; ; ) {
      const { body } = await call('GET', `/accounts?limit=2${after}`);
      found.push(...body.accounts.map(({ id }: { id: string }) => id));
      if (body.next === null) break;
      after = `&after=${encodeURIComponent(body.next)}`;
    }
    for (const { id } of people) expect(found.filter((each) => each === id)).toHaveLength(1);
    const [{ username, id } = { username: '', id: '' }] = people;
    const named = await call('GET', `/accounts?username=${username}`);
    expect(named.body).toMatchObject({ accounts: [{ id, username }], next: null });
    const nobody = await call('GET', `/accounts?username=${app.newName()}`);
    expect(nobody.body).toEqual({ accounts: [], next: null });
    // An ID is no name.
    expect((await call('GET', `/accounts?username=${id}`)).body.accounts).toEqual([]);
    for (const query of ['limit=0', 'limit=1000', 'limit=x', 'page=2', 'access_token=x']) {
      expect(codeOf(await call('GET', `/accounts?${query}`))).toEqual([400, 'invalid_request']);
    }
  });

  it('are shown without a key, a hash or an attestation', async () => {
    const { id, username } = await person();
    const { secret } = await makeKey(['accounts:read']);
    const { body } = await client(secret)('GET', `/accounts/${id}`);
    expect(body).toMatchObject({
      account: { id, username, disabledAt: null },
      counts: { passkeys: 1, sessions: 1 },
    });
    expect(JSON.stringify(body)).not.toMatch(/publicKey|tokenHash|attestation/);
  });

  it('are disabled, enabled, and signed out', async () => {
    const { id, browser, device } = await person();
    const call = client((await makeKey(['accounts:disable', 'sessions:end'])).secret);
    const first = await call('POST', `/accounts/${id}/disable`);
    expect(first.body).toMatchObject({ changed: true, ended: 1 });
    expect((await browser.get('/api/session')).status).toBe(401);
    expect((await call('POST', `/accounts/${id}/disable`)).body).toMatchObject({ changed: false });
    expect((await call('POST', `/accounts/${id}/enable`)).body).toMatchObject({ changed: true });
    expect((await browser.signIn(device)).status).toBe(200);
    expect((await call('DELETE', `/accounts/${id}/sessions`)).body).toMatchObject({ ended: 1 });
    expect((await browser.get('/api/session')).status).toBe(401);
  });

  it('that do not exist are 404, whatever their ID looks like', async () => {
    const call = client((await makeKey()).secret);
    const { username } = await person();
    for (const [, method, path, body] of calls('AQ')) {
      if (!JSON.stringify([path, body]).includes('AQ')) continue;
      expect(codeOf(await call(method, path, body))).toEqual([404, 'not_found']);
    }
    // The name of an account is no ID.
    expect(codeOf(await call('POST', `/accounts/${username}/disable`))[1]).toBe('not_found');
    expect(codeOf(await call('GET', '/accounts/a%2Fb'))[1]).toBe('not_found');
  });
});

describe('links', () => {
  it('let the owner of an account add a passkey, and end with it', async () => {
    const { id, username } = await person();
    const call = client((await makeKey(['enrolments:create'])).secret);
    const byId = await call('POST', '/enrolments', { account: id, minutes: 5 });
    const byName = await call('POST', '/enrolments', { username });
    expect([byId.status, byName.status]).toEqual([201, 201]);
    const token = new URL(byId.body.link).hash.slice(1);
    const browser = app.browser();
    expect((await browser.post('/api/enrolment', { token })).status).toBe(200);
    expect((await browser.addPasskey(app.device())).status).toBe(201);
    const late = new URL(byName.body.link).hash.slice(1);
    expect(codeOf(await app.browser().post('/api/enrolment', { token: late }))).toEqual([
      400,
      'challenge_invalid',
    ]);
  });

  it('make an account first if they are asked to', async () => {
    const call = client((await makeKey(['enrolments:create'])).secret);
    const username = app.newName();
    const made = await call('POST', '/enrolments', { username, create: true });
    expect(made.body).toMatchObject({ created: true, account: { username } });
    expect(codeOf(await call('POST', '/enrolments', { username, create: true }))).toEqual([
      409,
      'username_taken',
    ]);
    expect(codeOf(await call('POST', '/enrolments', { username: 'a b', create: true }))).toEqual([
      400,
      'invalid_request',
    ]);
  });

  it('invite', async () => {
    const call = client((await makeKey(['invitations:create'])).secret);
    const { body } = await call('POST', '/invitations', { minutes: 5 });
    const invitation = new URL(body.link).hash.slice(1);
    const [browser, device] = [app.browser(), app.device()];
    const options = await browser.creationOptions({ username: app.newName(), invitation });
    expect((await browser.verifyRegistration(await device.create(options))).status).toBe(201);
    const { username } = await person();
    expect(codeOf(await call('POST', '/invitations', { username }))).toEqual([
      409,
      'username_taken',
    ]);
  });

  it('that invite are listed and taken back, and say so', async () => {
    const call = client((await makeKey(['invitations:create', 'invitations:revoke'])).secret);
    const username = app.newName();
    const { id, link, expiresAt } = (await call('POST', '/invitations', { username })).body;
    const ofOurs = async () => {
      const { body } = await call('GET', '/invitations?limit=999');
      return body.invitations.filter((each: { id: string }) => each.id === id);
    };
    const operator = expect.stringMatching(/^crm /);
    expect(await ofOurs()).toEqual([{ id, username, expiresAt, operator }]);
    expect((await call('DELETE', `/invitations/${id}`)).body).toEqual({ revoked: id });
    expect(await ofOurs()).toEqual([]);
    expect(codeOf(await call('DELETE', `/invitations/${id}`))).toEqual([404, 'not_found']);
    const token = new URL(link).hash.slice(1);
    for (const [path, body] of [
      ['/api/invitation', { token }],
      ['/api/registration/options', { username, invitation: token }],
    ] as const) {
      expect(codeOf(await app.browser().post(path, body))).toEqual([400, 'invitation_revoked']);
    }
    expect(JSON.stringify(await call('GET', '/invitations'))).not.toContain(token);
    for (const query of ['after=x', 'limit=0', 'page=2']) {
      expect(codeOf(await call('GET', `/invitations?${query}`))).toEqual([400, 'invalid_request']);
    }
  });

  it.each([
    {},
    { account: 'AQ', username: 'ann' },
    { account: 'AQ', create: true },
    { account: 'AQ', minutes: 0 },
    { account: 'AQ', minutes: 10_081 },
    { account: 7 },
  ])('are not made of %o', async (body) => {
    const call = client((await makeKey(['enrolments:create'])).secret);
    expect(codeOf(await call('POST', '/enrolments', body))).toEqual([400, 'invalid_request']);
  });

  it('that race with the end of the account, or with its being disabled, open nothing after it', async () => {
    const call = client((await makeKey()).secret);
    for (const end of [
      (id: string) => app.deps.store.deleteAccount(id, app.deps.now()),
      (id: string) => call('POST', `/accounts/${id}/disable`),
    ]) {
      const { id } = await person();
      const { body } = await call('POST', '/enrolments', { account: id });
      const token = new URL(body.link).hash.slice(1);
      const browsers = Array.from({ length: 10 }, () => app.browser());
      const attempts = browsers.map((browser) => browser.post('/api/enrolment', { token }));
      await Promise.all([...attempts, end(id)]);
      for (const browser of browsers) {
        expect((await browser.get('/api/session')).status).toBe(401);
      }
    }
  });
});

describe('the audit', () => {
  it('is followed from where one was, and says who did what to whom', async () => {
    const key = await makeKey();
    const call = client(key.secret);
    const follow = async (after: string) => {
      const entries: { kind: string; account: string | null; operator: string | null }[] = [];
      for (let from = after; ; ) {
        const { body } = await call('GET', `/audit?limit=3&after=${from}`);
        entries.push(...body.entries);
        if (body.entries.length === 0) return { entries, next: body.next as string };
        from = body.next;
      }
    };
    const { next } = await follow('0');
    const { id } = await person();
    await call('POST', `/accounts/${id}/disable`);
    await call('POST', '/invitations', {});
    const { entries, next: last } = await follow(next);
    const told = entries.map(({ kind, account, operator }) => [kind, account, operator]);
    const operator = `crm (${key.id})`;
    expect(told).toEqual([
      ['account-created', id, null],
      ['account-disabled', id, operator],
      ['account-invited', null, operator],
    ]);
    expect((await follow(last)).entries).toEqual([]);
    for (const after of ['-1', '1e3', 'x', '99999999999999']) {
      expect(codeOf(await call('GET', `/audit?after=${after}`))).toEqual([400, 'invalid_request']);
    }
  });
});

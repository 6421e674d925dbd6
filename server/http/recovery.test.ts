/** Ways back into an account for an owner who has no passkey for it any more. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { disableAccount, enableAccount } from '../administration/accounts.ts';
import { offerEnrolment, openAccount } from '../administration/enrolment.ts';
import { toBase64Url } from '../base64url.ts';
import { startTestApp } from '../testing/app.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { openMailbox } from '../testing/mailbox.ts';
import { endpointsFor } from './endpoints.ts';

const mailbox = await openMailbox();
const app = await startTestApp({ env: mailbox.env });
afterAll(async () => {
  await app.close();
  await mailbox.close();
});

const newVerifier = () => toBase64Url(randomBytes(32));

async function signedUp() {
  const username = app.newName();
  const browser = app.browser();
  const { body } = await browser.signUp(username, app.device());
  return { username, browser, user: body.user as { id: string } };
}

/** Somebody with a code, who has lost everything else. */
async function withCode() {
  const person = await signedUp();
  const verifier = newVerifier();
  const { status } = await person.browser.request('PUT', '/api/recovery/code', { verifier });
  expect(status).toBe(204);
  return { ...person, verifier };
}

const redeem = (browser: TestBrowser, username: string, verifier: string) =>
  browser.request('POST', '/api/recovery/code/verify', { username, verifier });

describe('the recovery code', () => {
  it('is kept as a keyed hash alone, and told of only by its date', async () => {
    const { browser, verifier } = await withCode();
    const { body } = await browser.get('/api/recovery');
    expect(body.code.createdAt).toMatch(/^\d{4}-/);
    const stored = JSON.stringify(await app.contents());
    const plainHash = createHash('sha256').update(Buffer.from(verifier, 'base64url'));
    expect(stored).not.toContain(verifier);
    expect(stored).not.toContain(plainHash.digest('base64url'));
    expect(app.logLines.join('\n')).not.toContain(verifier);
  });

  it('needs a fresh sign-in to be set or removed', async () => {
    const { browser } = await withCode();
    app.advance(400_000);
    const late = await browser.request('PUT', '/api/recovery/code', { verifier: newVerifier() });
    expect(late.body.code).toBe('step_up_required');
    const removal = await browser.request('DELETE', '/api/recovery/code');
    expect(removal.body.code).toBe('step_up_required');
    app.advance(-400_000);
    expect((await browser.request('DELETE', '/api/recovery/code')).status).toBe(204);
    expect((await browser.get('/api/recovery')).body.code).toBeNull();
    expect((await browser.request('DELETE', '/api/recovery/code')).status).toBe(404);
  });

  it('gives the account back: a passkey is added, and from then on all is as it was', async () => {
    const { username, verifier, user } = await withCode();
    const browser = app.browser();
    const recovered = await redeem(browser, username, verifier);
    expect(recovered.status).toBe(200);
    expect(recovered.body.session).toMatchObject({ method: 'recovery', userVerified: false });
    const device = app.device();
    const added = await browser.addPasskey(device);
    expect(added.status).toBe(201);
    expect(added.body.user.id).toBe(user.id);
    const { body } = await browser.get('/api/session');
    expect(body.session).toMatchObject({ method: 'passkey', userVerified: false });
    expect((await browser.get('/api/credentials')).body.credentials).toHaveLength(2);
    // Its assurance is lower until the passkey was used.
    const refused = await browser.request('DELETE', '/api/account');
    expect(refused.body.code).toBe('step_up_required');
    expect((await browser.signIn(device, { purpose: 'step-up' })).status).toBe(200);
    expect((await browser.request('DELETE', '/api/account')).status).toBe(200);
  });

  it('works once', async () => {
    const { username, verifier } = await withCode();
    expect((await redeem(app.browser(), username, verifier)).status).toBe(200);
    expect((await redeem(app.browser(), username, verifier)).body.code).toBe('verification_failed');
  });

  it('of 20 who redeem it at once lets one in', async () => {
    const { username, verifier } = await withCode();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => redeem(app.browser(), username, verifier)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('refuses a wrong code, a foreign one and an unknown name alike, and changes nothing', async () => {
    const [mine, theirs] = [await withCode(), await withCode()];
    const bare = await signedUp();
    const before = await app.contents();
    const answers = await Promise.all([
      redeem(app.browser(), mine.username, newVerifier()),
      redeem(app.browser(), mine.username, theirs.verifier),
      redeem(app.browser(), bare.username, newVerifier()),
      redeem(app.browser(), app.newName(), newVerifier()),
    ]);
    for (const { status, body, headers } of answers) {
      expect({ status, body }).toEqual({ status: 400, body: answers[0]?.body });
      expect(headers.get('set-cookie')).toBeNull();
    }
    expect(answers[0]?.body.code).toBe('verification_failed');
    expect(await app.contents()).toEqual(before);
  });

  it.each([
    ['is missing', { username: 'ann' }],
    ['is short', { username: 'ann', verifier: toBase64Url(randomBytes(31)) }],
    ['is long', { username: 'ann', verifier: toBase64Url(randomBytes(33)) }],
    ['is no text', { username: 'ann', verifier: 7 }],
  ])('says what is wrong with a verifier that %s', async (_what, body) => {
    const answer = await app.browser().request('POST', '/api/recovery/code/verify', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  });

  it('does not open an account that an operator has disabled', async () => {
    const { username, verifier, user } = await withCode();
    await app.deps.store.disableUser(user.id, Date.now(), []);
    expect((await redeem(app.browser(), username, verifier)).body.code).toBe('account_disabled');
  });
});

describe('a session that a recovery opened', () => {
  let browser: TestBrowser;
  let username: string;
  beforeEach(async () => {
    const person = await withCode();
    username = person.username;
    browser = app.browser();
    await redeem(browser, username, person.verifier);
  });

  it('may do nothing that asks for an owner, but see who it is and sign out', async () => {
    const rows = endpointsFor(app.deps.config).filter(({ who }) => who === 'owner');
    const open = rows.filter(({ restricted }) => restricted).map(({ id }) => id);
    expect(open.sort()).toEqual(['getSession', 'signOut']);
    const bodies = [
      ...[{}, { name: 'x' }, { verifier: newVerifier() }, { email: 'ann@example.com' }],
      ...[{ code: '123456' }, { revision: 0, envelopes: [] }],
      { credentialId: 'AQ', saltId: 'abJnHy7379U', fingerprint: 'o7G1s6ht2t5bMHqgFreJxQ' },
    ];
    for (const { id, method, path, restricted, body: schema } of rows) {
      if (restricted) continue;
      const body = schema && bodies.find((each) => schema.safeParse(each).success);
      expect([id, body === undefined]).toEqual([id, schema === undefined]);
      const given = method === 'get' ? undefined : (body ?? {});
      const url = path.replace(/\{\w+\}/, 'x');
      const answer = await browser.request(method.toUpperCase(), url, given);
      expect([id, answer.status, answer.body.code]).toEqual([id, 403, 'recovery_required']);
    }
  });

  it('may not step up, nor upgrade a passkey', async () => {
    const stepUp = { purpose: 'step-up' };
    const options = await browser.request('POST', '/api/authentication/options', stepUp);
    expect(options.body.code).toBe('recovery_required');
  });

  it('may say who it is, and sign out', async () => {
    const { body } = await browser.get('/api/session');
    expect(body).toMatchObject({ user: { username }, session: { method: 'recovery' } });
    expect((await browser.request('DELETE', '/api/session')).status).toBe(204);
    expect((await browser.get('/api/session')).status).toBe(401);
  });

  it('ends after half an hour', async () => {
    app.advance(30 * 60_000);
    expect((await browser.get('/api/session')).status).toBe(401);
    app.advance(-30 * 60_000);
  });

  it('adds one passkey, and is gone', async () => {
    const options = await browser.creationOptions({});
    const device = app.device();
    const stolen = app.browser();
    for (const [name, value] of browser.cookies) stolen.cookies.set(name, value);
    expect((await stolen.get('/api/session')).status).toBe(200);
    const first = await browser.verifyRegistration(await device.create(options));
    expect(first.status).toBe(201);
    // What opened it opens nothing any more, the session that took its place included.
    expect((await stolen.get('/api/session')).status).toBe(401);
    const { sessions } = (await browser.get('/api/sessions')).body;
    expect(sessions.map(({ method }: { method: string }) => method)).toEqual([
      'passkey',
      'passkey',
    ]);
  });

  it('leaves the other passkeys to whoever has used the new one, whatever a step-up has to show', async () => {
    const lenient = await startTestApp({ env: { USER_VERIFICATION_MANAGE: 'preferred' } });
    const owner = lenient.browser();
    const { body } = await owner.signUp('ann', lenient.device());
    const verifier = newVerifier();
    await owner.request('PUT', '/api/recovery/code', { verifier });
    const lost = lenient.browser();
    await redeem(lost, 'ann', verifier);
    const device = lenient.device();
    expect((await lost.addPasskey(device)).status).toBe(201);
    const old = `/api/credentials/${body.credential.id}`;
    const refused = await lost.request('DELETE', old);
    expect([refused.status, refused.body.code]).toEqual([403, 'step_up_required']);
    expect((await lost.signIn(device)).status).toBe(200);
    expect((await lost.request('DELETE', old)).status).toBe(200);
    await lenient.close();
  });

  it('is taken for nobody on pages', async () => {
    const page = await browser.get('/account');
    expect(page.headers.get('location')).toBe('/sign-in');
  });
});

describe('the link of an operator', () => {
  const operator = () => ({ ...app.deps, operator: 'root' });
  const offer = async (username: string, minutes = 60) => {
    const user = await openAccount(operator(), username);
    const { link } = await offerEnrolment(operator(), { user, created: true, minutes });
    const { origin, pathname, hash } = new URL(link);
    expect(origin + pathname).toBe(`${app.deps.config.origin}/enrol`);
    return { user, token: hash.slice(1) };
  };
  const redeemLink = (browser: TestBrowser, token: string) =>
    browser.post('/api/enrolment', { token });

  it('lets somebody who has no passkey yet add one', async () => {
    const username = app.newName();
    const { user, token } = await offer(username);
    const browser = app.browser();
    // Programs that follow links use nothing up.
    expect((await app.browser().get('/enrol')).status).toBe(200);
    const { status, body } = await redeemLink(browser, token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: { username }, session: { method: 'enrolment' } });
    const device = app.device();
    expect((await browser.addPasskey(device)).status).toBe(201);
    expect((await app.browser().signIn(device)).body.user.id).toBe(user.id);
    const { entries } = await app.deps.store.listAudit(user.id, { limit: 10 });
    expect(
      entries
        .map(({ kind }) => kind)
        .reverse()
        .slice(0, 4),
    ).toEqual(['account-opened', 'enrolment-offered', 'enrolled', 'passkey-added']);
  });

  it('works once, for one of 20 at once, and not after its time', async () => {
    const { token } = await offer(app.newName());
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => redeemLink(app.browser(), token)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await redeemLink(app.browser(), token)).body.code).toBe('challenge_invalid');
    const late = await offer(app.newName(), 1);
    app.advance(60_000);
    expect((await redeemLink(app.browser(), late.token)).body.code).toBe('challenge_invalid');
    app.advance(-60_000);
  });

  it('does not come to life again with an account that was disabled', async () => {
    const { user, token } = await offer(app.newName());
    await disableAccount(operator(), user);
    expect((await redeemLink(app.browser(), token)).body.code).toBe('challenge_invalid');
    const disabled = await app.deps.store.findUser(user.id);
    if (disabled !== null) await enableAccount(operator(), disabled);
    expect((await redeemLink(app.browser(), token)).body.code).toBe('challenge_invalid');
  });

  it('is kept as a hash alone, and stands in no log', async () => {
    const { token } = await offer(app.newName());
    await redeemLink(app.browser(), token);
    const { token: unused } = await offer(app.newName());
    const stored = JSON.stringify(await app.contents());
    for (const each of [token, unused]) {
      expect(stored).not.toContain(each);
      expect(app.logLines.join()).not.toContain(each);
    }
  });

  it('is made for no name that is taken or can be none', async () => {
    const { username } = await signedUp();
    await expect(openAccount(operator(), username)).rejects.toMatchObject({
      refusal: { code: 'name_taken' },
    });
    await expect(openAccount(operator(), 'a b')).rejects.toMatchObject({
      refusal: { code: 'name_unusable' },
    });
  });
});

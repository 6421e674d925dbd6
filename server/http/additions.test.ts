/** One more passkey for an account that is signed in. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { importPerson, legacy } from '../testing/imported.ts';

const app = await startTestApp();
afterAll(() => app.close());

describe('more passkeys', () => {
  it('adds one with the same user handle, excluding those that are there', async () => {
    const [browser, phone, key] = [
      app.browser(),
      app.device(),
      app.device({ transports: ['usb', 'nfc'], backupEligible: false }),
    ];
    const { body } = await browser.signUp(app.newName(), phone);
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
    const [browser, silent] = [app.browser(), app.device()];
    await browser.signUp(app.newName(), app.device());
    const body = { mediation: 'conditional' };
    const added = await browser.addPasskey(silent, body, { flags: { up: false, uv: false } });
    expect(added.status).toBe(201);
    const stored = await app.deps.store.findCredential(added.body.credential.id);
    expect(stored?.credential.uvInitialized).toBe(true);
  });

  it('adds nothing to a session that was ended meanwhile', async () => {
    const [browser, phone] = [app.browser(), app.device()];
    await browser.signUp(app.newName(), phone);
    const elsewhere = app.browser();
    await elsewhere.signIn(phone);
    const response = await app.device().create(await browser.creationOptions({}));
    const { sessions } = (await elsewhere.get('/api/sessions')).body;
    const other = sessions.find(({ current }: { current: boolean }) => !current);
    await elsewhere.request('DELETE', `/api/sessions/${other.id}`);
    expect((await browser.verifyRegistration(response)).body.code).toBe('unauthenticated');
  });

  it('adds nothing that a verified session was promised to a later one that is not', async () => {
    const lenient = await startTestApp({ env: { USER_VERIFICATION: 'preferred' } });
    const [browser, phone] = [lenient.browser(), lenient.device()];
    await browser.signUp('ann', phone);
    const conditional = { mediation: 'conditional' };
    const promised = [
      await browser.creationOptions({}),
      await browser.creationOptions(conditional),
    ];
    phone.settings.userVerified = false;
    expect((await browser.signIn(phone)).body.userVerified).toBe(false);
    const before = await lenient.contents();
    for (const options of promised) {
      const answer = await browser.verifyRegistration(await lenient.device().create(options));
      expect([answer.status, answer.body.code]).toEqual([400, 'challenge_invalid']);
    }
    expect(await lenient.contents()).toEqual(before);
    // Nor to another account's, or to nobody.
    await browser.request('DELETE', '/api/session');
    const [options] = promised;
    const signedOut = options && (await lenient.device().create(options));
    expect(signedOut && (await browser.verifyRegistration(signedOut)).body.code).toBe(
      'unauthenticated',
    );
    await lenient.close();
  });

  it('adds what was promised before a step-up in another tab, which replaced the session', async () => {
    const [browser, phone] = [app.browser(), app.device()];
    await browser.signUp(app.newName(), phone);
    const options = await browser.creationOptions({});
    const session = browser.cookies.get('latchkey-session');
    expect((await browser.signIn(phone, { purpose: 'step-up' })).status).toBe(200);
    expect(browser.cookies.get('latchkey-session')).not.toBe(session);
    const added = await browser.verifyRegistration(await app.device().create(options));
    expect(added.status).toBe(201);
  });

  it('adds what was promised to this session, however old it is by now', async () => {
    const site = await startTestApp();
    const browser = site.browser();
    await browser.signUp('ann', site.device());
    site.advance(290_000);
    const options = await browser.creationOptions({});
    site.advance(300_000);
    expect((await browser.post('/api/registration/options', {})).body.code).toBe(
      'step_up_required',
    );
    expect((await browser.verifyRegistration(await site.device().create(options))).status).toBe(
      201,
    );
    await site.close();
  });

  it('adds nothing in a new session that is too old to be promised it', async () => {
    const site = await startTestApp();
    const [browser, phone] = [site.browser(), site.device()];
    await browser.signUp('ann', phone);
    const options = await browser.creationOptions({});
    await browser.signIn(phone);
    site.advance(301_000);
    const late = await browser.verifyRegistration(await site.device().create(options));
    expect(late.body.code).toBe('challenge_invalid');
    await site.close();
  });

  it('upgrades only for the session that the passkey opened, or one that it opened again', async () => {
    const { devices, ids } = await importPerson(app, legacy, {});
    const [old, other] = devices as [SoftwareAuthenticator, SoftwareAuthenticator];
    const browser = app.browser();
    await browser.signIn(old);
    const upgrade = await browser.creationOptions({ upgrades: ids[0] });
    await browser.signIn(other);
    const response = await app.device().create(upgrade);
    expect((await browser.verifyRegistration(response)).body.code).toBe('challenge_invalid');
    await browser.signIn(old);
    expect((await browser.verifyRegistration(response)).body.superseded).toBe(ids[0]);
  });

  it('holds 64 passkeys and no more, also in a race', async () => {
    const browser = app.browser();
    await browser.signUp(app.newName(), app.device());
    for (let held = 1; held < 63; held++) await browser.addPasskey(app.device());
    const responses = await Promise.all(
      Array.from({ length: 3 }, async () => app.device().create(await browser.creationOptions({}))),
    );
    const answers = await Promise.all(responses.map((each) => browser.verifyRegistration(each)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await browser.post('/api/registration/options', {})).body.code).toBe(
      'credential_limit',
    );
  });
});

/** One more passkey for an account that is signed in. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';

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

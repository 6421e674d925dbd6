/** Who counts as verified, and what asks for it again. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';

const app = await startTestApp();
afterAll(() => app.close());

describe('with another policy', () => {
  it('a UV = 0 sign-in under preferred is unverified, and what is sensitive asks for a step-up', async () => {
    const lenient = await startTestApp({ env: { USER_VERIFICATION: 'preferred' } });
    try {
      const authenticator = lenient.device();
      const browser = lenient.browser();
      await browser.signUp('ann', authenticator);
      await browser.addPasskey(lenient.device());
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
      const found = lenient.device({ userVerified: false });
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
    const [key, browser] = [app.device({ signCount: 10, backupEligible: false }), app.browser()];
    await browser.signUp(app.newName(), key);
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
      const authenticator = open.device();
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
});

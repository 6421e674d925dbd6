/** What apps that people sign in to here learn of somebody whom Apple let in. */
import { createHash, randomUUID } from 'node:crypto';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppleStandIn, startApple } from '../testing/apple/stand-in.ts';
import { type AppsApp, startAppsApp } from '../testing/apps.ts';
import { TestNativeApp } from '../testing/browser.ts';

const id = 'com.example.app';

let apple: AppleStandIn;
let app: AppsApp;
beforeAll(async () => {
  apple = await startApple();
  app = await startAppsApp([], { env: apple.env('http://localhost:3000') });
});
afterAll(async () => {
  await app.close();
  await apple.close();
});

async function signedIn() {
  const installed = new TestNativeApp(app.origin);
  const nonce = randomUUID();
  const hashed = createHash('sha256').update(nonce).digest('hex');
  const person = apple.addPerson('Ann');
  const given = { ...(await apple.native(person, { nonce: hashed })), nonce };
  const { status, body } = await installed.post('/api/apple/native', given);
  expect(status).toBe(200);
  return { installed, person, userId: body.user.id as string };
}

async function tokensFor(installed: TestNativeApp, parameters: Record<string, string> = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const answer = await installed.postForm('/oidc/challenge', {
    ...{ client_id: id, scope: 'openid offline_access', code_challenge_method: 'S256' },
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    ...parameters,
  });
  if (answer.status !== 200) return answer;
  const code = answer.body.authorization_code;
  const config = await app.as(id);
  const given = { code, code_verifier: verifier };
  return {
    ...answer,
    tokens: await client.genericGrantRequest(config, 'authorization_code', given),
  };
}

describe('an app of ours whose person Apple let in', () => {
  it('gets the same tokens as after a passkey, which claim no more than there is', async () => {
    const { installed, userId } = await signedIn();
    const answer = await tokensFor(installed);
    if (!('tokens' in answer)) throw new Error(`no tokens: ${answer.status}`);
    const claims = answer.tokens.claims();
    expect(claims).toMatchObject({ sub: userId, aud: id, auth_time: expect.any(Number) });
    expect(claims).not.toHaveProperty('acr');
    expect(claims?.amr ?? []).toEqual([]);
  });

  it.each(['phr', 'phrh'])('gets none if it asks for %s', async (acr) => {
    const { installed } = await signedIn();
    const { status, body } = await tokensFor(installed, { acr_values: acr });
    expect([status, body.error]).toEqual([403, 'insufficient_authorization']);
  });

  it('loses them when the person withdraws the consent at Apple', async () => {
    const { installed, person } = await signedIn();
    const answer = await tokensFor(installed);
    if (!('tokens' in answer)) throw new Error(`no tokens: ${answer.status}`);
    const config = await app.as(id);
    const refreshed = await client.refreshTokenGrant(config, answer.tokens.refresh_token ?? '');
    app.advance(1000);
    apple.now = app.deps.now;
    const payload = await apple.notification(person, 'consent-revoked');
    const notified = await installed.post('/api/apple/notifications', { payload });
    expect(notified.status).toBe(200);
    const again = client.refreshTokenGrant(config, refreshed.refresh_token ?? '');
    await expect(again).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

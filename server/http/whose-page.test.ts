/** A call can say whose page it is made from, so that a stale tab never acts on another account. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';

const app = await startTestApp();
afterAll(() => app.close());

/** One browser in which somebody else is signed in than its older tab shows. */
async function staleTab() {
  const [browser, device] = [app.browser(), app.device()];
  const { body: shown } = await browser.signUp(app.newName(), app.device());
  await browser.request('DELETE', '/api/session');
  const { body: present } = await browser.signUp(app.newName(), device);
  return { browser, device, shown: shown.user.id as string, present };
}

const calls = (credential: string): [method: string, path: string, body?: unknown][] => [
  ['GET', '/api/session'],
  ['DELETE', '/api/session'],
  ['PATCH', '/api/account', { displayName: 'Somebody' }],
  ['DELETE', '/api/account'],
  ['GET', '/api/sessions'],
  ['DELETE', '/api/sessions/x'],
  ['GET', '/api/credentials'],
  ['PATCH', `/api/credentials/${credential}`, { name: 'x' }],
  ['DELETE', `/api/credentials/${credential}`],
  ['POST', `/api/credentials/${credential}/postpone-upgrade`],
  ['GET', '/api/activity'],
  ['POST', '/api/registration/options', {}],
  ['POST', '/api/authentication/options', { purpose: 'step-up' }],
];

describe('a call from the page of another account', () => {
  it('is refused before anything is done, whichever it is', async () => {
    const { browser, shown, present } = await staleTab();
    const before = await app.contents();
    for (const [method, path, body] of calls(present.credential.id)) {
      const answer = await browser.request(method, path, body, { 'latchkey-user': shown });
      expect([method, path, answer.status, answer.body.code]).toEqual([
        ...[method, path, 409, 'account_changed'],
      ]);
    }
    expect(await app.contents()).toEqual(before);
  });

  it('is refused also when it completes a ceremony', async () => {
    const { browser, device, shown } = await staleTab();
    const headers = { 'latchkey-user': shown };
    const assertion = await device.get(await browser.requestOptions({ purpose: 'step-up' }));
    const made = await app.device().create(await browser.creationOptions({}));
    const before = await app.contents();
    for (const [path, body] of [
      ['/api/authentication/verify', assertion],
      ['/api/registration/verify', made],
    ] as const) {
      const { body: refusal } = await browser.request('POST', path, body, headers);
      expect(refusal).toMatchObject({ code: 'account_changed', status: 409 });
    }
    expect(await app.contents()).toEqual(before);
  });
});

describe('a call that says whose page it is', () => {
  it('goes on as any other if that account is signed in', async () => {
    const { browser, present } = await staleTab();
    const headers = { 'latchkey-user': present.user.id };
    const answer = await browser.request('GET', '/api/session', undefined, headers);
    expect(answer.body.user.id).toBe(present.user.id);
  });

  it('is told that nobody is signed in if that is so', async () => {
    const headers = { 'latchkey-user': 'AAAA' };
    const answer = await app.browser().request('GET', '/api/session', undefined, headers);
    expect(answer.body.code).toBe('unauthenticated');
  });
});

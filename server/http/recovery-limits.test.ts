/** How often strangers may try to get into accounts and have mails sent, and that it keeps no owner out. */
import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import { rateLimits } from '../limits/table.ts';
import { startTestApp } from '../testing/app.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { openMailbox } from '../testing/mailbox.ts';
import { ownersByMail } from '../testing/owners-by-mail.ts';

const mailbox = await openMailbox();
const app = await startTestApp({
  env: { ...mailbox.env, RATE_LIMITS: 'on', TRUST_PROXY: 'loopback' },
});
const { withAddress } = ownersByMail(app, mailbox);
afterAll(async () => {
  await app.close();
  await mailbox.close();
});

let sources = 0;
const newSource = () => ({ 'x-forwarded-for': `198.51.100.${sources++}` });
type Source = ReturnType<typeof newSource>;

const post = (path: string, body: object, source: Source) =>
  app.browser().request('POST', `/api/recovery/${path}`, body, source);

/** Calls as often as the limit allows, and returns what the next call is answered. */
async function exhaust(limit: keyof typeof rateLimits, call: () => ReturnType<typeof post>) {
  for (let count = 0; count < rateLimits[limit].points; count++) {
    expect((await call()).status).not.toBe(429);
  }
  const { status, body, headers } = await call();
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  const { retryAfter: _left, ...told } = body;
  return { status, told, names: [...headers.keys()].sort() };
}

describe('who asks for links by mail', () => {
  it('is stopped after 30 an hour, for known and unknown accounts alike', async () => {
    const owner = await withAddress();
    const asked = [
      { username: owner.username },
      { username: 'nobody' },
      { email: owner.address },
      { email: 'nobody@example.com' },
    ];
    const answers = [];
    for (const by of asked) {
      const source = newSource();
      answers.push(await exhaust('mail-by-address', () => post('begin', by, source)));
      // Whom the first 30 were about makes no difference either.
      for (const other of asked) expect((await post('begin', other, source)).status).toBe(429);
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ status: 429, told: { code: 'too_many_requests' } });
  });

  it('keeps the owner not out, who asks from elsewhere', async () => {
    const owner = await withAddress();
    const [browser, source] = [app.browser(), newSource()];
    const begun = await browser.request(
      ...(['POST', '/api/recovery/begin', { username: owner.username }, source] as const),
    );
    expect(begun.status).toBe(202);
    const token = new URL(await owner.link()).hash.slice(1);
    expect((await browser.post('/api/recovery/link', { token })).status).toBe(202);
  });
});

describe('who guesses', () => {
  const wrong = () => toBase64Url(randomBytes(32));

  it('codes is stopped after 60 in ten minutes, and the owner gets in from elsewhere', async () => {
    const [{ username, verifier }, source] = [await withAddress(), newSource()];
    const guess = () => post('code/verify', { username, verifier: wrong() }, source);
    expect(await exhaust('recovery-by-address', guess)).toMatchObject({ status: 429 });
    expect((await post('code/verify', { username, verifier }, source)).status).toBe(429);
    expect((await post('code/verify', { username, verifier }, newSource())).status).toBe(200);
  });

  it.each(['link', 'veto'])('a %s is stopped, too', async (path) => {
    const source = newSource();
    const guess = () => post(path, { token: wrong() }, source);
    expect(await exhaust('recovery-by-address', guess)).toMatchObject({ status: 429 });
  });
});

describe('codes for a new address', () => {
  const offer = (browser: TestBrowser, email: string) =>
    browser.request('PUT', '/api/recovery/email', { email }, newSource());
  const signedUp = async () => {
    const browser = app.browser();
    expect((await browser.signUp(app.newName(), app.device())).status).toBe(201);
    return browser;
  };

  it('are five an hour for one account, wherever it asks from', async () => {
    const browser = await signedUp();
    let count = 0;
    const next = () => offer(browser, `new-${count++}@example.com`);
    expect(await exhaust('mail-by-account', next)).toMatchObject({ status: 429 });
    expect((await offer(await signedUp(), 'new-0@example.com')).status).toBe(202);
  });

  it('are ten a day for one mailbox, whoever asks for them', async () => {
    const next = async () => offer(await signedUp(), 'Stranger@example.com');
    expect(await exhaust('mail-by-mailbox', next)).toMatchObject({ status: 429 });
    expect((await offer(await signedUp(), 'stranger@example.com')).status).toBe(429);
    expect(mailbox.received.filter(({ to }) => /stranger/i.test(to.join())).length).toBeLessThan(
      11,
    );
  });
});

/** Verified mail addresses, and the notices that go to them. */
import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { disableAccount } from '../administration/accounts.ts';
import { deleteAccount } from '../administration/delete-account.ts';
import { toBase64Url } from '../base64url.ts';
import { startTestApp } from '../testing/app.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { openMailbox } from '../testing/mailbox.ts';

const mailbox = await openMailbox();
const app = await startTestApp({ env: mailbox.env });
afterAll(async () => {
  await app.close();
  await mailbox.close();
});

let people = 0;
const newAddress = () => `person-${people++}@example.com`;
const put = (browser: TestBrowser, email: string) =>
  browser.request('PUT', '/api/recovery/email', { email });
const verify = (browser: TestBrowser, code: string) =>
  browser.post('/api/recovery/email/verify', { code });

/** The mails to an address, once there are so many. */
async function mailsTo(address: string, count = 1) {
  await expect.poll(() => mailbox.to(address).length).toBeGreaterThanOrEqual(count);
  return mailbox.to(address);
}

async function codeFor(address: string): Promise<string> {
  const mails = await mailsTo(address);
  return /^\d{6}/.exec(mails.at(-1)?.subject ?? '')?.[0] ?? '';
}

async function signedUp() {
  const device = app.device();
  const username = app.newName();
  const browser = app.browser();
  const { body } = await browser.signUp(username, device);
  return { username, browser, device, user: body.user as { id: string } };
}

async function withAddress() {
  const person = await signedUp();
  const address = newAddress();
  expect((await put(person.browser, address)).status).toBe(202);
  expect((await verify(person.browser, await codeFor(address))).status).toBe(204);
  return { ...person, address };
}

describe('a mail address', () => {
  it('counts once its owner has typed the code, and its owner sees it whole', async () => {
    const { browser } = await signedUp();
    const address = newAddress();
    await put(browser, address);
    const code = await codeFor(address);
    expect((await browser.get('/api/recovery')).body.email).toBeNull();
    expect((await verify(browser, code)).status).toBe(204);
    const { body } = await browser.get('/api/recovery');
    expect(body.email).toMatchObject({ address });
    expect((await verify(browser, code)).body.code).toBe('verification_failed');
    const [mail] = mailbox.to(address);
    expect(mail).toMatchObject({ to: [address], from: 'no-reply@example.com' });
    expect(mail?.headers['auto-submitted']).toBe('auto-generated');
  });

  it('is asked for after a fresh sign-in, and removed so', async () => {
    const { browser } = await withAddress();
    app.advance(400_000);
    expect((await put(browser, newAddress())).body.code).toBe('step_up_required');
    const removal = await browser.request('DELETE', '/api/recovery/email');
    expect(removal.body.code).toBe('step_up_required');
    app.advance(-400_000);
    expect((await browser.request('DELETE', '/api/recovery/email')).status).toBe(204);
    expect((await browser.get('/api/recovery')).body.email).toBeNull();
    expect((await browser.request('DELETE', '/api/recovery/email')).status).toBe(404);
  });

  it.each([
    'ann@example.com,eve@example.org',
    'ann@example.com\r\nBcc: eve@example.org',
    'Ann <ann@example.com>',
    'ann@localhost',
  ])('%j is refused before anything is sent', async (email) => {
    const { browser } = await signedUp();
    const { status, body } = await put(browser, email);
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect(JSON.stringify(await app.contents())).not.toContain(JSON.stringify(email));
  });

  it('is not verified from another browser of the same account', async () => {
    const { browser, device } = await signedUp();
    const address = newAddress();
    await put(browser, address);
    const code = await codeFor(address);
    const other = app.browser();
    await other.signIn(device);
    expect((await verify(other, code)).body.code).toBe('verification_failed');
    expect((await verify(browser, code)).status).toBe(204);
  });

  it('takes five tries in ten minutes, however many come at once', async () => {
    const { browser } = await signedUp();
    const address = newAddress();
    await put(browser, address);
    const code = await codeFor(address);
    const wrong = code === '000000' ? '000001' : '000000';
    await Promise.all(Array.from({ length: 20 }, () => verify(browser, wrong)));
    expect((await verify(browser, code)).body.code).toBe('verification_failed');

    const second = await signedUp();
    const other = newAddress();
    await put(second.browser, other);
    const late = await codeFor(other);
    app.advance(600_000);
    expect((await verify(second.browser, late)).body.code).toBe('verification_failed');
    app.advance(-600_000);
  });

  it('is verified once by 20 who type the code at once', async () => {
    const { browser } = await signedUp();
    const address = newAddress();
    await put(browser, address);
    const code = await codeFor(address);
    const answers = await Promise.all(Array.from({ length: 20 }, () => verify(browser, code)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  it('hears of the one that takes its place', async () => {
    const { browser, address } = await withAddress();
    const next = newAddress();
    await put(browser, next);
    await verify(browser, await codeFor(next));
    const mails = await mailsTo(address, 2);
    expect(mails.at(-1)?.subject).toContain('Your mail address was changed');
    expect(mails.at(-1)?.text).not.toContain(next);
  });

  it('leaves no code in the database, the outbox or the log', async () => {
    const { browser } = await signedUp();
    const address = newAddress();
    mailbox.refuse = () => ({ code: 451, text: 'later' });
    await put(browser, address);
    await expect.poll(() => app.logLines.join()).toContain('RCPT TO 451');
    const stored = JSON.stringify(await app.contents());
    mailbox.refuse = null;
    app.advance(30_000);
    const code = await codeFor(address);
    app.advance(-30_000);
    expect(code).toMatch(/^\d{6}$/);
    expect(stored).toContain(address);
    expect(stored).not.toContain(code);
    expect(app.logLines.join('\n')).not.toMatch(new RegExp(`${code}|${address}`));
  });

  it('of a stranger gets no word that the sender has chosen', async () => {
    const browser = app.browser();
    const username = 'win-money-at-evil.example';
    await browser.signUp(username, app.device());
    const address = newAddress();
    await put(browser, address);
    const [mail] = await mailsTo(address);
    expect(`${mail?.subject}${mail?.text}${mail?.html}`).not.toContain('evil');
  });

  it('that the mail server refuses for good is given up, and said in the log', async () => {
    const { browser, user } = await signedUp();
    mailbox.refuse = () => ({ code: 550, text: 'no such mailbox, says the secret server' });
    await put(browser, newAddress());
    const failures = async () =>
      (await app.deps.store.listFailedMessages(100)).filter(({ subject }) => subject === user.id);
    await expect.poll(failures).toMatchObject([{ attempts: 1 }]);
    mailbox.refuse = null;
    expect((await failures())[0]?.failure).toContain('RCPT TO 550');
    expect(app.logLines.join()).not.toContain('secret server');
  });
});

describe('an owner is told by mail', () => {
  it('of every change of the ways in, with when, device and place', async () => {
    const { browser, address, username } = await withAddress();
    const second = app.device();
    const added = await browser.addPasskey(second);
    await browser.request('PUT', '/api/recovery/code', { verifier: toBase64Url(randomBytes(32)) });
    await browser.request('DELETE', '/api/recovery/code');
    await browser.request('DELETE', `/api/credentials/${added.body.credential.id}`);
    const mails = await mailsTo(address, 5);
    // Several are on their way at once, and arrive in any order.
    expect(
      mails
        .slice(1, 5)
        .map(({ subject }) => subject.replace(/ – .*/, ''))
        .sort(),
    ).toEqual([
      'A passkey was added',
      'A passkey was deleted',
      'You have a new recovery code',
      'Your recovery code was removed',
    ]);
    for (const { text, html } of mails.slice(1, 5)) {
      expect(text).toMatch(/When: \d+ \w+ \d{4} at \d\d:\d\d UTC/);
      expect(text).toContain('Device: ');
      expect(text).toContain(`Account: ${username}`);
      expect(text).toContain('If this wasn’t you');
      expect(text).toContain(`${app.origin}/account`);
      expect(html).not.toMatch(/<img|<script|url\(|<link/i);
    }
  });

  const lastMail = async (address: string) => {
    await expect.poll(() => mailbox.to(address).at(-1)?.subject).toContain('was deleted');
    return mailbox.to(address).at(-1)?.text ?? '';
  };

  it('of the end of the account, which is all that is left of it then', async () => {
    const { browser, address, username } = await withAddress();
    expect((await browser.request('DELETE', '/api/account')).status).toBe(200);
    const text = await lastMail(address);
    expect(text).toContain('Device: ');
    expect(text).toContain(`Account: ${username}`);
    expect(text).toContain('If this wasn’t you, ask whoever runs this service.');
    expect(text).not.toContain('/account');
    // With the mail, the last row that names the account or its address is gone.
    const contents = async () => JSON.stringify(await app.contents());
    await expect.poll(contents).not.toContain(address);
    expect(await contents()).not.toContain(username);
  });

  it('of its end by whoever runs the service', async () => {
    const { address, user } = await withAddress();
    const found = await app.deps.store.findUser(user.id);
    if (found === null) throw new Error('no such account');
    await deleteAccount({ ...app.deps, operator: 'root' }, found);
    const text = await lastMail(address);
    expect(text).toContain('By: Whoever runs this service');
    expect(text).not.toMatch(/Device:|root/);
  });

  it('of what another back end did, as of what an operator did', async () => {
    const { address, user } = await withAddress();
    const found = await app.deps.store.findUser(user.id);
    if (found === null) throw new Error('no such account');
    await disableAccount({ ...app.deps, operator: 'crm (AQ)', by: 'key' }, found);
    const mails = await mailsTo(address, 2);
    expect(mails.at(-1)?.text).toContain('By: Whoever runs this service');
    expect(mails.at(-1)?.text).not.toMatch(/Device:|crm/);
  });

  it('but not of a sign-in', async () => {
    const { device, address } = await withAddress();
    const before = (await mailsTo(address)).length;
    await app.browser().signIn(device);
    const rows = (await app.deps.store.takeMessages('mail', app.deps.now(), 0)).length;
    expect([rows, mailbox.to(address).length]).toEqual([0, before]);
  });
});

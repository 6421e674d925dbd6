/** Mail to people who hide their address behind Apple's relay. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.ts';
import { startTestApp, type TestApp } from '../../testing/app.ts';
import { type Mailbox, openMailbox } from '../../testing/mailbox.ts';
import { id, newNonce, newSession, newUser } from '../../testing/records.ts';
import { mailChannel } from './channel.ts';

const relayed = 'x7k2m9@privaterelay.appleid.com';

let mailbox: Mailbox;
let app: TestApp;
beforeAll(async () => {
  mailbox = await openMailbox();
  const env = { ...mailbox.env, APPLE_RELAY_FROM: 'Example <apple@mail.example.org>' };
  app = await startTestApp({ env });
});
afterAll(async () => {
  await app.close();
  await mailbox.close();
});

function deliver(recipient: string, userId = 'somebody') {
  const evidence = { userAgent: null, country: null };
  const notice = { kind: 'notice', of: 'passkey-added', at: app.deps.now(), evidence };
  const message = { id: id(), recipient, subject: userId, createdAt: 0, attempts: 1 };
  const told = { ...message, channel: 'mail', message: JSON.stringify(notice) } as const;
  return mailChannel(app.deps)?.deliver(told, new AbortController().signal);
}

describe('mail to Apple’s relay', () => {
  it('comes from the sender that is registered there, and other mail from its own', async () => {
    expect(await deliver(relayed)).toBe('delivered');
    expect(await deliver('ann@example.org')).toBe('delivered');
    expect(mailbox.to(relayed).map(({ from }) => from)).toEqual(['apple@mail.example.org']);
    expect(mailbox.to('ann@example.org').map(({ from }) => from)).toEqual(['no-reply@example.com']);
  });

  it('that is refused says what to register, and names no recipient', async () => {
    mailbox.refuse = () => ({ code: 550, text: '5.1.1 <x7k2m9@privaterelay.appleid.com> unknown' });
    const outcome = await deliver(relayed);
    const other = await deliver('ann@example.org');
    mailbox.refuse = null;
    expect(outcome).toEqual({
      giveUp: expect.stringContaining('register mail.example.org with Apple'),
    });
    expect(JSON.stringify([outcome, other])).not.toMatch(/x7k2m9|ann@/);
    expect(other).toEqual({ giveUp: expect.not.stringContaining('Apple') });
  });

  it('is not sent while its owner lets none through', async () => {
    const user = newUser();
    await app.deps.store.completeAppleSignIn({
      ...{ nonce: newNonce(), admit: () => {}, replaces: null },
      arrival: {
        ...{ teams: ['team'], sub: 'ann', transferSub: null, name: null, token: null },
        ...{ at: 1, toldAt: 1, checkDueAt: 1 },
        address: { email: relayed, isVerified: true, isPrivate: true },
      },
      newcomer: { user, usernameKey: user.username },
      open: () => ({ session: newSession(user.id), audit: [] }),
    });
    const tell = (type: 'email-disabled' | 'email-enabled', eventAt: number) =>
      app.deps.store.applyAppleNotification({
        ...{ jti: id(), expiresAt: 9, teams: ['team'], sub: 'ann', at: 2, eventAt },
        ...{ event: { type, email: relayed }, audit: () => [] },
      });
    await tell('email-disabled', 2);
    expect(await deliver(relayed, user.id)).toEqual({ giveUp: expect.stringContaining('relay') });
    await tell('email-enabled', 3);
    expect(await deliver(relayed, user.id)).toBe('delivered');
  });

  it('needs mail to be on', () => {
    expect(() => loadConfig({ APPLE_RELAY_FROM: 'a@example.org' })).toThrow('APPLE_RELAY_FROM');
    expect(loadConfig(mailbox.env).mail?.relayFrom.address).toBe('no-reply@example.com');
  });
});

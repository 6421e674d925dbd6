/** Owners of accounts with a verified mail address. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import type { TestApp } from './app.ts';
import { linkIn, type Mailbox } from './mailbox.ts';

let people = 0;

export function ownersByMail(app: TestApp, mailbox: Mailbox) {
  /** Resolves when nothing is left to be delivered now. */
  async function delivered(): Promise<void> {
    const due = async () => {
      const tables = (await app.contents()) as [
        string,
        { failure: string | null; created_at: number }[],
      ][];
      const [, rows = []] = tables.find(([name]) => name === 'outbox') ?? [];
      return rows.filter((row) => row.failure === null && Number(row.created_at) <= app.deps.now())
        .length;
    };
    await expect.poll(due, { timeout: 10_000 }).toBe(0);
  }

  /** An account with a passkey, an address, and a recovery code. */
  async function withAddress(address = `owner-${people++}@example.com`) {
    const username = app.newName();
    const device = app.device();
    const browser = app.browser();
    const { body } = await browser.signUp(username, device);
    await browser.request('PUT', '/api/recovery/email', { email: address });
    await delivered();
    const code = /^\d{6}/.exec(mailbox.to(address).at(-1)?.subject ?? '')?.[0];
    const verified = await browser.post('/api/recovery/email/verify', { code });
    expect(verified.status).toBe(204);
    const verifier = toBase64Url(randomBytes(32));
    await browser.request('PUT', '/api/recovery/code', { verifier });
    await delivered();
    return {
      ...{ username, device, browser, address, verifier, user: body.user as { id: string } },
      /** The link in the latest mail that has one. */
      async link(): Promise<string> {
        await delivered();
        const letters = mailbox.to(address).filter(({ text }) => text.includes('/recover#'));
        const last = letters.at(-1);
        if (last === undefined) throw new Error('no link came');
        return linkIn(last, '/recover');
      },
    };
  }

  return { delivered, withAddress };
}

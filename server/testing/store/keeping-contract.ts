/** What every store must keep for ever, and what it must remove when it has expired. */
import { randomBytes } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import { at } from '../records.ts';
import { signedUp } from '../stored-accounts.ts';

const hour = 3_600_000;

export function describeKeeping(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  it('keepKey keeps the first of a name for good', async () => {
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const kept = await Promise.all([
      store.keepKey('decoy', first),
      store.keepKey('decoy', second),
      store.keepKey('other', second),
    ]);
    const hex = kept.map((key) => Buffer.from(key).toString('hex'));
    expect(hex[0]).toBe(hex[1]);
    expect([first, second].map((key) => key.toString('hex'))).toContain(hex[0]);
    expect(hex[2]).toBe(second.toString('hex'));
  });

  it('purge removes what has expired and leaves the rest', async () => {
    const { user, session, nonce: spent, usernameKey, credential } = await signedUp(store);
    expect(await store.purge(at + 999, 0)).toBe(0);
    expect(await store.purge(at + 1000, 0)).toBe(1);
    expect(await store.findSession(session.tokenHash, at)).toBeNull();
    // A nonce is kept for an hour after its challenge has expired.
    expect(await store.purge(spent.expiresAt + hour, 0)).toBe(0);
    expect(await store.purge(spent.expiresAt + hour + 1, 0)).toBe(1);
    expect((await store.listAudit(user.id, { limit: 10 })).entries).toHaveLength(1);
    expect(await store.purge(at, at + 1)).toBe(1);
    expect(await store.findUserByName(usernameKey)).toEqual(user);
    expect(await store.findCredential(credential.id)).not.toBeNull();
  });
}

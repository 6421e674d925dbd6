/** What every store must do when a credential joins an account. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import { at, entry, newAddition, newCredential } from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

export function describeAddition(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  describe('completeAddition', () => {
    it('adds a credential, in the order of their making', async () => {
      const { user, credential, session } = await signedUp(store);
      const second = newCredential(user.id, { createdAt: at + 1 });
      const more = { credential: second, limit: 2, audit: [entry(user.id)] };
      await store.completeAddition(newAddition(session, more));
      const ids = (await store.listCredentials(user.id)).map((each) => each.id);
      expect(ids).toEqual([credential.id, second.id]);
    });

    it('refuses what is over the limit, what exists, and a session or account that is gone', async () => {
      const { user, credential, session } = await signedUp(store);
      const add = (more: Parameters<typeof newAddition>[1]) =>
        store.completeAddition(newAddition(session, more));
      await expect(add({ limit: 1 })).rejects.toEqual(code('credential_limit'));
      await expect(add({ credential })).rejects.toEqual(code('credential_exists'));
      await expect(add({ sessionId: 'gone' })).rejects.toEqual(code('unauthenticated'));
      await store.deleteAccount(user.id, at);
      await expect(add({})).rejects.toEqual(code('unauthenticated'));
    });

    it('holds the limit for credentials that are added at once', async () => {
      const { user, session } = await signedUp(store);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, () =>
          store.completeAddition(newAddition(session, { limit: 4 })),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      expect(await store.listCredentials(user.id)).toHaveLength(4);
    });
  });
}

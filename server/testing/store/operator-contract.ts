/** What every store must do with what operators did to accounts that are gone. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { OperatorEntry } from '../../records/operator-entry.ts';
import type { Store } from '../../store/store.ts';
import { at, id } from '../records.ts';
import { signedUp } from '../stored-accounts.ts';

const deletion = (account: string, when = at): OperatorEntry => ({
  ...{ id: id(), at: when, operator: 'root', kind: 'account-deleted' },
  evidence: { account, passkeys: 1, sessions: 1 },
});

export function describeOperators(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  describe('the deletion of an account by an operator', () => {
    it('is remembered when the account is not', async () => {
      const [one, other] = [(await signedUp(store)).user, (await signedUp(store)).user];
      const entries = [deletion(one.id), deletion(other.id, at + 1)] as const;
      await store.deleteAccount(one.id, at, { by: entries[0] });
      await store.deleteAccount(other.id, at, { by: entries[1] });
      expect(await store.findUser(one.id)).toBeNull();
      expect(await store.listOperatorEntries(10)).toEqual([...entries].reverse());
      expect(await store.listOperatorEntries(1)).toEqual([entries[1]]);
    });

    it('is remembered once, and not if its owner was first', async () => {
      const { user } = await signedUp(store);
      const attempts = Array.from({ length: 20 }, () => deletion(user.id));
      await Promise.all(attempts.map((by) => store.deleteAccount(user.id, at, { by })));
      expect(await store.listOperatorEntries(100)).toHaveLength(1);
      const another = (await signedUp(store)).user;
      await store.deleteAccount(another.id, at);
      await store.deleteAccount(another.id, at, { by: deletion(another.id) });
      expect(await store.listOperatorEntries(100)).toHaveLength(1);
    });

    it('is forgotten with the audit of that time', async () => {
      for (const when of [at, at + 1]) {
        const { user } = await signedUp(store);
        await store.deleteAccount(user.id, at, { by: deletion(user.id, when) });
      }
      expect(await store.purge(at, at + 1)).toBeGreaterThan(0);
      expect((await store.listOperatorEntries(10)).map((entry) => entry.at)).toEqual([at + 1]);
    });
  });
}

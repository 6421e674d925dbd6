/** What every store must do with the keys of the operators' API. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { OperatorEntry } from '../../records/operator-entry.ts';
import type { Store } from '../../store/store.ts';
import { at, entry, id } from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

const act = () => ({ id: id(), at, operator: 'root' });
const revocation = (key: string): OperatorEntry => ({
  ...act(),
  ...{ kind: 'operator-key-revoked', evidence: { key } },
});

export function describeOperatorKeys(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  async function make() {
    const key = {
      ...{ id: id(), name: 'crm', scopes: ['audit:read'], createdAt: at },
      ...{ expiresAt: at + 1000, lastUsedOn: null },
    };
    const { scopes, expiresAt } = key;
    const evidence = { key: key.id, name: 'crm', scopes, expiresAt };
    const keyHash = id(32);
    await store.makeOperatorKey(
      { ...key, keyHash },
      { ...act(), kind: 'operator-key-made', evidence },
    );
    return { key, keyHash };
  }
  const gone = code('operator_key_invalid');

  describe('an operator key', () => {
    it('is found by its hash until it expires, and told of without it', async () => {
      const { key, keyHash } = await make();
      expect(await store.findOperatorKey(keyHash, at + 999)).toEqual(key);
      expect(await store.findOperatorKey(keyHash, at + 1000)).toBeNull();
      expect(await store.findOperatorKey(id(32), at)).toBeNull();
      expect(await store.listOperatorKeys()).toEqual([key]);
    });

    it('is revoked once, and that is on record', async () => {
      const { key, keyHash } = await make();
      await store.revokeOperatorKey(key.id, revocation(key.id));
      expect(await store.findOperatorKey(keyHash, at)).toBeNull();
      const again = store.revokeOperatorKey(key.id, revocation(key.id));
      await expect(again).rejects.toEqual(code('not_found'));
      const kinds = (await store.listOperatorEntries(10)).map(({ kind }) => kind);
      expect(kinds.sort()).toEqual(['operator-key-made', 'operator-key-revoked']);
    });

    it('keeps the day of its last use, which never goes back', async () => {
      const { key } = await make();
      await store.noteOperatorKeyUse(key.id, '2026-03-02');
      await store.noteOperatorKeyUse(key.id, '2026-03-01');
      expect(await store.listOperatorKeys()).toEqual([{ ...key, lastUsedOn: '2026-03-02' }]);
    });

    it('lets changes through as long as it is good, and none after', async () => {
      const { key } = await make();
      const { user } = await signedUp(store);
      const disable = (now: number) =>
        store.underOperatorKey({ id: key.id, now }, (inner) =>
          inner.disableUser(user.id, at, [entry(user.id)]),
        );
      expect(await disable(at)).toBe(1);
      await expect(disable(at + 1000)).rejects.toEqual(gone);
      await store.disableUser(user.id, null, []);
      await store.revokeOperatorKey(key.id, revocation(key.id));
      await expect(disable(at)).rejects.toEqual(gone);
      expect((await store.findUser(user.id))?.disabledAt).toBeNull();
    });

    it('that is revoked while 20 changes are made stops every one that has not been made', async () => {
      const { key } = await make();
      const { user } = await signedUp(store);
      const before = (await store.listAudit(user.id, { limit: 100 })).entries.length;
      // Some are refused while the revocation is still waited for.
      const settled = Promise.allSettled(
        Array.from({ length: 20 }, () =>
          store.underOperatorKey({ id: key.id, now: at }, (inner) =>
            inner.noteAudit([entry(user.id)]),
          ),
        ),
      );
      await store.revokeOperatorKey(key.id, revocation(key.id));
      const made = async () => (await store.listAudit(user.id, { limit: 100 })).entries.length;
      const whenRevoked = await made();
      const outcomes = await settled;
      expect(await made()).toBe(whenRevoked);
      const through = outcomes.filter(({ status }) => status === 'fulfilled').length;
      expect(whenRevoked - before).toBe(through);
    });
  });
}

/** What every store must do with accounts: changed, deleted, disabled, listed. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import { at, entry, id, signIn, use } from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

export function describeAccounts(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  describe('accounts', () => {
    it('change what is given and leave the rest, also at once', async () => {
      const { user } = await signedUp(store);
      const name = { username: `New-${id()}`, usernameKey: `new-${id()}` };
      const [, changed] = await Promise.all([
        store.updateAccount({ userId: user.id, name, audit: [] }),
        store.updateAccount({ userId: user.id, displayName: 'New', audit: [] }),
      ]);
      expect(await store.findUserByName(name.usernameKey)).toMatchObject({
        username: name.username,
        displayName: 'New',
      });
      expect(changed).toMatchObject({ id: user.id, displayName: 'New' });
      expect(await store.updateAccount({ userId: user.id, audit: [] })).toEqual(
        await store.findUser(user.id),
      );
      expect(await store.findUserByName(user.username)).toBeNull();
    });

    it('can’t take another’s name', async () => {
      const [mine, theirs] = [await signedUp(store), await signedUp(store)];
      const name = { username: 'x', usernameKey: theirs.usernameKey };
      await expect(store.updateAccount({ userId: mine.user.id, name, audit: [] })).rejects.toEqual(
        code('username_taken'),
      );
      expect(await store.findUser(mine.user.id)).toEqual(mine.user);
    });

    it('go with everything that is theirs, and nothing that is not', async () => {
      const [mine, theirs] = [await signedUp(store), await signedUp(store)];
      await store.deleteAccount(mine.user.id, at);
      expect(await store.findUser(mine.user.id)).toBeNull();
      expect(await store.findCredential(mine.credential.id)).toBeNull();
      expect(await store.findSession(mine.session.tokenHash, at)).toBeNull();
      expect((await store.listAudit(mine.user.id, { limit: 10 })).entries).toEqual([]);
      expect(await store.findCredential(theirs.credential.id)).not.toBeNull();
      await expect(
        store.updateAccount({ userId: mine.user.id, displayName: 'x', audit: [] }),
      ).rejects.toEqual(code('unauthenticated'));
    });
  });

  describe('disabled accounts', () => {
    it('lose their sessions and open none, until they are enabled', async () => {
      const [mine, theirs] = [await signedUp(store), await signedUp(store)];
      const { user, credential, session } = mine;
      await store.completeSignIn({
        ...signIn(mine.credential, { signCount: 1 }),
        use: use(credential),
      });
      const disabling = [entry(user.id, 'account-disabled')];
      expect(await store.disableUser(user.id, at + 1, disabling)).toBe(2);
      expect(await store.findUser(user.id)).toEqual({ ...user, disabledAt: at + 1 });
      expect((await store.findCredential(credential.id))?.user.disabledAt).toBe(at + 1);
      expect(await store.findSession(session.tokenHash, at)).toBeNull();
      expect(await store.listSessions(user.id, at)).toEqual([]);
      expect((await store.listAudit(user.id, { limit: 1 })).entries).toEqual(disabling);

      const refused = signIn(mine.credential, { signCount: 1 });
      await expect(store.completeSignIn(refused)).rejects.toEqual(code('account_disabled'));
      expect(await store.listSessions(user.id, at)).toEqual([]);
      expect((await store.listAudit(user.id, { limit: 1 })).entries).toEqual(disabling);
      expect((await store.findCredential(credential.id))?.credential.signCount).toBe(0);
      expect(await store.findSession(theirs.session.tokenHash, at)).not.toBeNull();

      const enabling = [entry(user.id, 'account-enabled')];
      expect(await store.disableUser(user.id, null, enabling)).toBe(0);
      expect(await store.findUser(user.id)).toEqual(user);
      expect((await store.listAudit(user.id, { limit: 1 })).entries).toEqual(enabling);
      // The refusal has not spent the nonce.
      await store.completeSignIn(refused);
      expect(await store.findSession(refused.session.tokenHash, at)).not.toBeNull();
    });

    it('say so only after the nonce and the credential have been looked at', async () => {
      const mine = await signedUp(store);
      await store.disableUser(mine.user.id, at, []);
      const attempt = signIn(mine.credential, { signCount: 1 });
      await expect(store.completeSignIn({ ...attempt, nonce: mine.nonce })).rejects.toEqual(
        code('challenge_invalid'),
      );
      await expect(
        store.completeSignIn({ ...attempt, use: { ...attempt.use, id: id(20) } }),
      ).rejects.toEqual(code('credential_unknown'));
      await expect(
        store.completeSignIn({ ...attempt, use: { ...attempt.use, expectedSignCount: 7 } }),
      ).rejects.toEqual(code('account_disabled'));
    });

    it('have no session left of those that were opened at once', async () => {
      for (let round = 0; round < 5; round++) {
        const mine = await signedUp(store);
        const attempt = () =>
          store
            .completeSignIn({
              ...signIn(mine.credential, { signCount: 1 }),
              use: use(mine.credential),
            })
            .then(
              () => 'opened',
              (error: { code: string }) => error.code,
            );
        const [before, , after] = await Promise.all([
          Promise.all(Array.from({ length: 6 }, attempt)),
          store.disableUser(mine.user.id, at, []),
          Promise.all(Array.from({ length: 6 }, attempt)),
        ]);
        expect(['opened', 'account_disabled']).toEqual(
          expect.arrayContaining([...new Set([...before, ...after])]),
        );
        // A session that was missed would be valid again with the account.
        await store.disableUser(mine.user.id, null, []);
        expect(await store.listSessions(mine.user.id, at)).toEqual([]);
      }
    });

    it('that are not there are not found', async () => {
      await expect(store.disableUser('gone', at, [entry('gone')])).rejects.toEqual(
        code('not_found'),
      );
      await expect(store.disableUser('gone', null, [])).rejects.toEqual(code('not_found'));
    });
  });

  it('listUsers pages through the accounts by the bytes of their keys, within a prefix', async () => {
    const names = ['a', 'aa', 'ab', 'a_', 'a-b', 'b', 'ä', 'z', 'ａ', '\u{1f511}', 'a\u{1f511}'];
    for (const name of [...names].reverse()) await signedUp(store, {}, { username: name });
    const inOrder = names.sort((one, other) =>
      Buffer.compare(Buffer.from(one), Buffer.from(other)),
    );
    const list = async (search: string | undefined, limit: number) => {
      const found: string[] = [];
      for (let after: string | null | undefined; after !== null; ) {
        const page = { limit, ...(search && { search }), ...(after && { after }) };
        const { users, next } = await store.listUsers(page);
        expect(users.length).toBe(next === null ? users.length : limit);
        found.push(...users.map(({ username }) => username));
        after = next;
      }
      return found;
    };
    for (const limit of [1, 2, 5, 11, 100]) expect(await list(undefined, limit)).toEqual(inOrder);
    expect(await list('a', 3)).toEqual(inOrder.filter((name) => name.startsWith('a')));
    expect(await list('%', 3)).toEqual([]);
    const [first] = (await store.listUsers({ limit: 1 })).users;
    expect(first).toEqual(await store.findUserByName('a'));
  });
}

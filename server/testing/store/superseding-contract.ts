/** What every store must do when a credential takes the place of another. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import { at, entry, id, newAddition, newCredential, signIn } from '../records.ts';
import { accountWith, code } from '../stored-accounts.ts';

export function describeSuperseding(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  const stateOf = async (credentialId: string) =>
    (await store.findCredential(credentialId))?.credential.state;

  function addition(
    { user, session }: Awaited<ReturnType<typeof accountWith>>,
    supersedes: string,
  ) {
    const credential = newCredential(user.id, { createdAt: at + 10 });
    const audit = [entry(user.id, 'passkey-upgraded')];
    return newAddition(session, { credential, supersedes, audit });
  }

  describe('an addition', () => {
    it.each([
      ['active', 'superseded'],
      ['superseded', 'superseded'],
      ['suspected-clone', 'suspected-clone'],
      ['revoked', 'revoked'],
    ] as const)('finds the credential it supersedes %s and leaves it %s', async (from, to) => {
      const mine = await accountWith(store, {}, { state: from });
      const [, old = mine.credential] = mine.all;
      const added = addition(mine, old.id);
      await store.completeAddition(added);
      expect(await stateOf(old.id)).toBe(to);
      expect(await stateOf(added.credential.id)).toBe('active');
      expect(await stateOf(mine.credential.id)).toBe('active');
    });

    it('succeeds if the credential that it supersedes is gone, or is another account’s', async () => {
      const [mine, theirs] = [await accountWith(store), await accountWith(store)];
      for (const old of [id(20), theirs.credential.id]) {
        const added = addition(mine, old);
        await store.completeAddition(added);
        expect(await stateOf(added.credential.id)).toBe('active');
      }
      expect(await stateOf(theirs.credential.id)).toBe('active');
    });

    it('that is refused supersedes nothing', async () => {
      const mine = await accountWith(store);
      const { id: old } = mine.credential;
      const added = addition(mine, old);
      const taken = { ...added, credential: mine.credential };
      await expect(store.completeAddition(taken)).rejects.toEqual(code('credential_exists'));
      const full = { ...addition(mine, old), limit: 1 };
      await expect(store.completeAddition(full)).rejects.toEqual(code('credential_limit'));
      const signedOut = { ...addition(mine, old), sessionId: 'gone' };
      await expect(store.completeAddition(signedOut)).rejects.toEqual(code('unauthenticated'));
      expect(await stateOf(old)).toBe('active');
    });

    it('of two at once that supersede the same, both stay', async () => {
      const mine = await accountWith(store);
      const both = [addition(mine, mine.credential.id), addition(mine, mine.credential.id)];
      await Promise.all(both.map((each) => store.completeAddition(each)));
      const held = await store.listCredentials(mine.user.id);
      expect(held.map(({ state }) => state)).toEqual(['superseded', 'active', 'active']);
    });

    it('and sign-ins with what it supersedes don’t stand in each other’s way', async () => {
      for (let round = 0; round < 5; round++) {
        const mine = await accountWith(store);
        const { credential, session } = mine;
        const again = { ...signIn(credential), replaces: session };
        const outcomes = await Promise.allSettled([
          store.completeAddition(addition(mine, credential.id)),
          store.completeSignIn(again),
        ]);
        const refusals = outcomes.flatMap((each) =>
          each.status === 'rejected' ? [each.reason.code] : [],
        );
        // The session may have been replaced before the addition came to it.
        expect(['', 'unauthenticated']).toContain(refusals.join());
        expect(await store.findSession(again.session.tokenHash, at)).not.toBeNull();
      }
    });
  });
}

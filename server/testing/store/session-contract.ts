/** What every store must do with sessions. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import { at, entry, newNonce, newSession, signIn, use } from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

export function describeSessions(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  describe('sessions', () => {
    it('are ended all at once, and the account stays open', async () => {
      const [mine, theirs] = [await signedUp(store), await signedUp(store)];
      const { user } = mine;
      const session = newSession(user.id);
      const next = {
        ...signIn(mine.credential, { signCount: 1 }),
        use: use(mine.credential),
        session,
        audit: [],
      };
      await store.completeSignIn(next);
      const audit = [entry(user.id, 'sessions-ended')];
      expect(await store.endSessions(user.id, audit)).toBe(2);
      expect(await store.listSessions(user.id, at)).toEqual([]);
      expect((await store.listAudit(user.id, { limit: 1 })).entries).toEqual(audit);
      expect(await store.endSessions(user.id, [])).toBe(0);
      expect(await store.findSession(theirs.session.tokenHash, at)).not.toBeNull();
      await store.completeSignIn({ ...next, nonce: newNonce() });
      await expect(store.endSessions('gone', [entry('gone')])).rejects.toEqual(code('not_found'));
    });

    it('are ended everywhere else, and the one that asks stays', async () => {
      const [mine, theirs] = [await signedUp(store), await signedUp(store)];
      const { user, session } = mine;
      await store.completeSignIn({ ...signIn(mine.credential), audit: [] });
      await store.completeSignIn({ ...signIn(mine.credential), audit: [] });
      const audit = [entry(user.id, 'other-sessions-ended')];
      const end = (noting = audit) =>
        store.endOtherSessions({ userId: user.id, keep: session, audit: noting });
      expect(await end()).toBe(2);
      expect((await store.listSessions(user.id, at)).map(({ id }) => id)).toEqual([session.id]);
      expect((await store.listAudit(user.id, { limit: 1 })).entries).toEqual(audit);
      expect(await end([...audit, ...audit])).toBe(0);
      expect((await store.listAudit(user.id, { limit: 9 })).entries).toHaveLength(2);
      expect(await store.findSession(theirs.session.tokenHash, at)).not.toBeNull();
      const foreign = { userId: theirs.user.id, keep: session, audit: [] };
      await expect(store.endOtherSessions(foreign)).rejects.toEqual(code('unauthenticated'));
      expect(await store.findSession(theirs.session.tokenHash, at)).not.toBeNull();
    });

    it('that end each other at once: one of them stays', async () => {
      for (let round = 0; round < 5; round++) {
        const { user, credential } = await signedUp(store);
        const opened = Array.from({ length: 20 }, () => newSession(user.id));
        for (const session of opened) {
          await store.completeSignIn({ ...signIn(credential), session, audit: [] });
        }
        const outcomes = await Promise.allSettled(
          opened.map((keep) => store.endOtherSessions({ userId: user.id, keep, audit: [] })),
        );
        const done = opened.filter((_, index) => outcomes[index]?.status === 'fulfilled');
        expect(done).toHaveLength(1);
        const left = (await store.listSessions(user.id, at)).map(({ id }) => id);
        expect(left).toEqual(done.map(({ id }) => id));
      }
    });

    it('are found until they expire and not after', async () => {
      const { session } = await signedUp(store);
      expect(await store.findSession(session.tokenHash, at + 999)).not.toBeNull();
      expect(await store.findSession(session.tokenHash, at + 1000)).toBeNull();
      expect(await store.listSessions(session.userId, at + 1000)).toEqual([]);
    });

    it('are ended under their owner’s name alone, once', async () => {
      const [mine, theirs] = [await signedUp(store), await signedUp(store)];
      const end = (userId: string) =>
        store.endSession({ userId, id: mine.session.id, appsToo: false, audit: [] });
      await expect(end(theirs.user.id)).rejects.toEqual(code('not_found'));
      await end(mine.user.id);
      await expect(end(mine.user.id)).rejects.toEqual(code('not_found'));
    });
  });
}

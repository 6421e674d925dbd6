/** What every store must do with the history of an account, however long it is. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry, AuditKind } from '../../records/audit.ts';
import type { AuditPage } from '../../store/audit.ts';
import type { Store } from '../../store/store.ts';
import { at, entry, newSession, signIn } from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

const dayMs = 86_400_000;
/** The first moment of a day (UTC). */
const morning = Math.floor(at / dayMs) * dayMs;

export function describeHistory(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  const account = async () => (await signedUp(store, {}, { audit: () => [] })).user.id;

  /** Entries of a kind, a second apart. */
  function entries(userId: string, kind: AuditKind, count: number, from = morning): AuditEntry[] {
    return Array.from({ length: count }, (_, index) => ({
      ...entry(userId, kind),
      at: from + index * 1000,
    }));
  }

  async function note(userId: string, all: readonly AuditEntry[]): Promise<void> {
    for (let from = 0; from < all.length; from += 1000) {
      await store.updateAccount({ userId, audit: all.slice(from, from + 1000) });
    }
  }

  /** Every entry, page by page, latest first. */
  async function all(userId: string, { limit, ...rest }: AuditPage = { limit: 1000 }) {
    const found = [];
    for (let before: string | undefined | null; before !== null; ) {
      const page = await store.listAudit(userId, { ...rest, limit, ...(before && { before }) });
      expect(page.entries.length).toBe(page.next === null ? page.entries.length : limit);
      found.push(...page.entries);
      before = page.next;
    }
    return found;
  }

  describe('a history', () => {
    it('is read page by page, latest first', async () => {
      const [mine, theirs] = [await account(), await account()];
      const written = entries(mine, 'signed-in', 23);
      await note(mine, written);
      await note(theirs, entries(theirs, 'signed-in', 3));
      for (const limit of [1, 5, 22, 23, 24]) {
        expect(await all(mine, { limit })).toEqual([...written].reverse());
      }
      expect(await store.listAudit(mine, { limit: 23 })).toMatchObject({ next: null });
    });

    it('goes on where a page ended, whatever came meanwhile', async () => {
      const mine = await account();
      const written = entries(mine, 'signed-in', 4);
      await note(mine, written);
      const { next } = await store.listAudit(mine, { limit: 2 });
      await note(mine, entries(mine, 'stepped-up', 2, morning + 60_000));
      const page = await store.listAudit(mine, { limit: 2, before: next ?? '' });
      expect(page.entries).toEqual(written.slice(0, 2).reverse());
    });

    it('shows what matters apart from what does not, on pages of its own', async () => {
      const mine = await account();
      const added = entries(mine, 'passkey-added', 3);
      for (const each of added) {
        await note(mine, [each, ...entries(mine, 'account-changed', 60, each.at)]);
      }
      await note(mine, entries(mine, 'signed-in', 1));
      const only = 'security' as const;
      expect(await all(mine, { limit: 2, only })).toEqual([...added].reverse());
      expect(await all(mine)).toHaveLength(3 * 61 + 1);
    });

    it.each(['', 'x', '-1', '1e3', '9'.repeat(40), "' OR 1=1", '%', 'ffff'])(
      'has no page before %o',
      async (before) => {
        await expect(store.listAudit(await account(), { limit: 1, before })).rejects.toEqual(
          code('invalid_request'),
        );
      },
    );
  });

  describe('an account that does the same thing all day', () => {
    it('keeps the first hundred and the last hundred of each kind, and every other day', async () => {
      const [mine, theirs] = [await account(), await account()];
      const before = entries(mine, 'signed-in', 201, morning - dayMs);
      const flood = entries(mine, 'signed-in', 6_500);
      const renamed = entries(mine, 'passkey-renamed', 150);
      const others = entries(theirs, 'signed-in', 120);
      await note(mine, [...before, ...flood, ...renamed]);
      await note(theirs, others);
      // In the first of these days one is too many.
      const now = morning + 6_500_000;
      expect(await store.purge(now, 0)).toBe(1 + 6_300);
      const kept = (await all(mine)).reverse();
      expect(kept.filter(({ kind }) => kind === 'passkey-renamed')).toEqual(renamed);
      const signedIn = kept.filter(({ kind }) => kind === 'signed-in');
      expect(signedIn).toEqual([
        ...before.slice(0, 100),
        ...before.slice(-100),
        ...flood.slice(0, 100),
        ...flood.slice(-100),
      ]);
      expect((await all(theirs)).reverse()).toEqual(others);
      expect(await store.purge(now, 0)).toBe(0);
    });

    it('keeps its latest thousand sessions', async () => {
      const { user, credential, session } = await signedUp(store, {}, { audit: () => [] });
      const opened = Array.from({ length: 1_010 }, (_, index) =>
        newSession(user.id, { credentialId: credential.id, authenticatedAt: at + index + 1 }),
      );
      for (let from = 0; from < opened.length; from += 101) {
        await Promise.all(
          opened
            .slice(from, from + 101)
            .map((each) =>
              store.completeSignIn({ ...signIn(credential), session: each, audit: [] }),
            ),
        );
      }
      await note(user.id, entries(user.id, 'signed-in', 5));
      expect(await store.purge(morning, 0)).toBe(11);
      const alive = (token: string) => store.findSession(token, at);
      expect(await alive(session.tokenHash)).toBeNull();
      expect(await alive(opened[9]?.tokenHash ?? '')).toBeNull();
      expect(await alive(opened[10]?.tokenHash ?? '')).not.toBeNull();
      expect(await alive(opened.at(-1)?.tokenHash ?? '')).not.toBeNull();
    });
  });

  it('an account with a very long history goes at once, and others are served meanwhile', async () => {
    const [mine, theirs] = [await signedUp(store), await signedUp(store)];
    await note(mine.user.id, entries(mine.user.id, 'signed-in', 12_000));
    const seen: boolean[] = [];
    let isGone = false;
    const deleting = store.deleteAccount(mine.user.id, at).then(() => {
      isGone = true;
    });
    while (!isGone) {
      seen.push((await store.findUser(mine.user.id)) !== null);
      await store.completeSignIn(signIn(theirs.credential));
      if (!seen.at(-1)) {
        expect(await store.findSession(mine.session.tokenHash, at)).toBeNull();
        const again = signIn(mine.credential);
        await expect(store.completeSignIn(again)).rejects.toEqual(code('credential_unknown'));
      }
    }
    await deleting;
    // Once it is gone it does not come back.
    expect(seen).toEqual([...seen].sort((one, other) => Number(other) - Number(one)));
    expect(await all(mine.user.id)).toEqual([]);
    expect(await store.findUser(theirs.user.id)).not.toBeNull();
  });
}

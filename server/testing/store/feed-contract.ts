/** What every store must do for those who follow what happens. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../records/audit.ts';
import type { Store } from '../../store/store.ts';
import { at, entry, id } from '../records.ts';
import { code, signedUp } from '../stored-accounts.ts';

export function describeFeed(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  /** One that is told apart by its session. */
  const disabled = (userId: string, sessionId: string, when = at): AuditEntry => ({
    ...{ at: when, kind: 'account-disabled', userId, credentialId: null, sessionId },
    evidence: { by: 'admin', operator: 'root' },
  });
  async function follow(from = 0, limit = 7) {
    const seen: { position: number; mark: string }[] = [];
    for (let after = from; ; ) {
      const page = await store.readFeed(after, limit);
      for (const { position, entry: found } of page) {
        seen.push({ position, mark: 'userId' in found ? (found.sessionId ?? '') : found.id });
      }
      const last = page.at(-1);
      if (last === undefined) return seen;
      after = last.position;
    }
  }

  describe('the feed', () => {
    it('has the entries of all accounts and of operators, each once, page by page', async () => {
      const [one, other] = [(await signedUp(store)).user, (await signedUp(store)).user];
      const start = (await follow()).at(-1)?.position ?? 0;
      await store.noteAudit([disabled(one.id, 'a'), disabled(other.id, 'b'), entry(one.id)]);
      const act = { id: id(), at, operator: 'root', kind: 'account-invited' } as const;
      const evidence = { invitation: 'AQ', isNamed: false, expiresAt: at };
      await store.offerInvitation(
        { id: 'AQ', tokenHash: id(32), username: null, expiresAt: at, operator: 'root' },
        { ...act, evidence },
      );
      const seen = await follow(start, 1);
      // Without what is routine.
      expect(seen.map(({ mark }) => mark).sort()).toEqual(['a', 'b', act.id].sort());
      expect(await follow(start, 2)).toEqual(seen);
      expect(await follow(seen.at(-1)?.position)).toEqual([]);
    });

    it('puts what comes in sight late, and with an early time, behind what was read', async () => {
      const { user } = await signedUp(store);
      await store.noteAudit([disabled(user.id, 'now')]);
      const read = await follow();
      await store.noteAudit([disabled(user.id, 'late', at - 100_000)]);
      const later = await follow(read.at(-1)?.position);
      expect(later.map(({ mark }) => mark)).toEqual(['late']);
    });

    it('leaves nothing out and tells nothing twice while others write and read', async () => {
      const { user } = await signedUp(store);
      const marks = Array.from({ length: 60 }, (_, index) => `m${index}`);
      const writing = marks.map((mark, index) =>
        store.noteAudit([disabled(user.id, mark, at - index * 7)]),
      );
      const reader = async () => {
        const seen: string[] = [];
        const read = async (after: number) => {
          const page = await store.readFeed(after, 5);
          seen.push(
            ...page.map(({ entry: found }) => ('userId' in found ? (found.sessionId ?? '') : '')),
          );
          return page.at(-1)?.position ?? after;
        };
        let after = 0;
        for (let turn = 0; turn < 12; turn++) after = await read(after);
        await Promise.all(writing);
        for (let before = -1; before !== after; ) {
          before = after;
          after = await read(after);
        }
        return seen.filter((mark) => mark.startsWith('m'));
      };
      const readers = await Promise.all([reader(), reader(), reader()]);
      expect([...(readers[0] ?? [])].sort()).toEqual([...marks].sort());
      expect(readers[1]).toEqual(readers[0]);
      expect(readers[2]).toEqual(readers[0]);
    });

    it('forgets the entries of an account that goes, and goes on behind them', async () => {
      const { user } = await signedUp(store);
      await store.noteAudit([disabled(user.id, 'gone')]);
      const position = (await follow()).at(-1)?.position ?? 0;
      await store.deleteAccount(user.id, at);
      expect(await follow()).toEqual([]);
      const next = (await signedUp(store)).user;
      await store.noteAudit([disabled(next.id, 'next')]);
      expect((await follow(position)).map(({ mark }) => mark)).toContain('next');
    });

    it('refuses a position that it never gave, as after a backup was restored', async () => {
      await signedUp(store);
      const last = (await follow()).at(-1)?.position ?? 0;
      await expect(store.readFeed(last + 1, 10)).rejects.toEqual(code('invalid_request'));
    });
  });
}

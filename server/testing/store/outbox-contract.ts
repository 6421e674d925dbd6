/** What every store must do with messages that are to be delivered. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { OperatorEntry } from '../../records/operator-entry.ts';
import type { NewMessage } from '../../records/outbox.ts';
import { messagesAtOnce, messagesKeptMs } from '../../store/outbox.ts';
import type { Store } from '../../store/store.ts';
import { at, id as randomId } from '../records.ts';

const leaseMs = 60_000;

const mail = (subject: string, more: Partial<NewMessage> = {}): NewMessage => ({
  ...{ channel: 'mail', subject, message: '{"text":"\\u0000 é"}', createdAt: at, dueAt: at },
  ...more,
});

export function describeOutbox(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    return () => store.close();
  });

  const take = (now = at) => store.takeMessages('mail', now, leaseMs);
  const subjects = async (now?: number) => (await take(now)).map(({ subject }) => subject).sort();

  async function givenUp(subject: string, more: Partial<NewMessage> = {}) {
    await store.addMessages([mail(subject, more)]);
    const [taken] = await take();
    if (taken === undefined) throw new Error('nothing was due');
    await store.giveUpMessage(taken, 'refused');
    return taken;
  }
  const retry = (): OperatorEntry => ({
    ...{ id: randomId(), at, operator: 'root', kind: 'messages-retried' },
    evidence: { message: null },
  });

  describe('the outbox', () => {
    it('hands a message out as it was written, with the number of the attempt', async () => {
      const { dueAt: _due, ...written } = mail('u1');
      await store.addMessages([mail('u1')]);
      const [taken] = await take();
      expect(taken).toEqual({ ...written, recipient: null, id: expect.any(String), attempts: 1 });
    });

    it('keeps channels apart, and messages that are not due', async () => {
      await store.addMessages([
        mail('u1'),
        mail('u2', { channel: 'apple' }),
        mail('u3', { dueAt: at + 1 }),
      ]);
      expect(await subjects()).toEqual(['u1']);
      expect(await subjects(at + 1)).toEqual(['u3']);
      expect(await store.takeMessages('apple', at, leaseMs)).toHaveLength(1);
    });

    it('hands nothing out twice while the lease lasts, and all of it again after', async () => {
      await store.addMessages([mail('u1')]);
      expect(await subjects()).toEqual(['u1']);
      expect(await take(at + leaseMs - 1)).toEqual([]);
      expect(await take(at + leaseMs)).toMatchObject([{ subject: 'u1', attempts: 2 }]);
    });

    it('hands every message to one of 20 who take at once', async () => {
      const all = Array.from({ length: 200 }, (_, index) => `u${index}`);
      await store.addMessages(all.map((subject) => mail(subject)));
      const takers = Array.from({ length: 20 }, () => take());
      const taken = (await Promise.all(takers)).flat();
      for (let more = await take(); more.length > 0; more = await take()) taken.push(...more);
      expect(taken.map(({ subject }) => subject).sort()).toEqual(all.sort());
      expect(new Set(taken.map(({ id }) => id)).size).toBe(200);
    });

    it('hands out a bounded number at a time, the longest due first', async () => {
      const late = Array.from({ length: messagesAtOnce }, (_, index) => mail(`l${index}`));
      await store.addMessages([...late, mail('first', { dueAt: at - 1 })]);
      const taken = await subjects();
      expect(taken).toHaveLength(messagesAtOnce);
      expect(taken).toContain('first');
    });

    it('forgets what was delivered', async () => {
      await store.addMessages([mail('u1')]);
      const [taken] = await take();
      if (taken !== undefined) await store.deliveredMessage(taken);
      expect(await take(at + 10 * leaseMs)).toEqual([]);
      expect(await store.listFailedMessages(100)).toEqual([]);
    });

    it('postpones, but not what another has taken since', async () => {
      await store.addMessages([mail('u1')]);
      const [first] = await take();
      if (first === undefined) throw new Error('nothing was due');
      await store.postponeMessage(first, at + 5);
      expect(await take(at + 4)).toEqual([]);
      const [second] = await take(at + 5);
      expect(second).toMatchObject({ attempts: 2 });
      await store.postponeMessage(first, at);
      await store.giveUpMessage(first, 'too late');
      expect(await take(at + 6)).toEqual([]);
      expect(await store.listFailedMessages(100)).toEqual([]);
    });

    it('keeps what was given up for 30 days, with the reason, and hands it to nobody', async () => {
      const { id } = await givenUp('u1');
      expect(await take(at + 10 * leaseMs)).toEqual([]);
      const { dueAt: _due, ...written } = mail('u1');
      const failed = { ...written, id, recipient: null, attempts: 1, failure: 'refused' };
      await store.purge(at + messagesKeptMs, 0);
      expect(await store.listFailedMessages(100)).toEqual([failed]);
      await store.purge(at + messagesKeptMs + 1, 0);
      expect(await store.listFailedMessages(100)).toEqual([]);
    });

    it('keeps what Apple has to revoke, however long it takes', async () => {
      await store.addMessages([mail('u1', { channel: 'apple' })]);
      await store.purge(at + 100 * messagesKeptMs, 0);
      const [taken] = await store.takeMessages('apple', at, leaseMs);
      if (taken === undefined) throw new Error('nothing was due');
      await store.giveUpMessage(taken, 'refused');
      await store.purge(at + 100 * messagesKeptMs, 0);
      expect(await store.listFailedMessages(1)).toMatchObject([{ channel: 'apple' }]);
    });

    it('lists the latest of what was given up', async () => {
      for (const [index, subject] of ['u1', 'u2', 'u3'].entries()) {
        await givenUp(subject, { createdAt: at + index });
      }
      const listed = await store.listFailedMessages(2);
      expect(listed.map(({ subject }) => subject)).toEqual(['u3', 'u2']);
    });

    it('hands out again what an operator has retried, as if it were written then', async () => {
      const [one, other] = [await givenUp('u1'), await givenUp('u2')];
      const later = at + messagesKeptMs;
      expect(await store.retryMessages(one.id, later, retry())).toBe(1);
      expect(await store.retryMessages(one.id, later, retry())).toBe(0);
      expect(await store.retryMessages('none', later, retry())).toBe(0);
      expect(await take(later - 1)).toEqual([]);
      expect(await take(later)).toMatchObject([{ id: one.id, attempts: 2, createdAt: later }]);
      const attempts = Array.from({ length: 20 }, () => store.retryMessages(null, later, retry()));
      expect((await Promise.all(attempts)).filter((count) => count > 0)).toEqual([1]);
      expect(await take(later)).toMatchObject([{ id: other.id }]);
      expect(await store.listOperatorEntries(9)).toHaveLength(2);
    });

    it('leaves what waits as it is when all is retried', async () => {
      await store.addMessages([mail('u1', { dueAt: at + 5 })]);
      expect(await store.retryMessages(null, at, retry())).toBe(0);
      expect(await take(at)).toEqual([]);
      expect(await store.listOperatorEntries(9)).toEqual([]);
    });
  });
}

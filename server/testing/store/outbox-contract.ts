/** What every store must do with messages that are to be delivered. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { NewMessage } from '../../records/outbox.ts';
import { messagesAtOnce, messagesKeptMs } from '../../store/outbox.ts';
import type { Store } from '../../store/store.ts';
import { at } from '../records.ts';

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
      expect(await store.listFailedMessages()).toEqual([]);
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
      expect(await store.listFailedMessages()).toEqual([]);
    });

    it('keeps what was given up for 30 days, with the reason, and hands it to nobody', async () => {
      await store.addMessages([mail('u1')]);
      const [taken] = await take();
      if (taken !== undefined) await store.giveUpMessage(taken, '550 no such mailbox');
      expect(await take(at + 10 * leaseMs)).toEqual([]);
      const failed = {
        ...{ channel: 'mail', subject: 'u1', createdAt: at, attempts: 1 },
        failure: '550 no such mailbox',
      };
      await store.purge(at + messagesKeptMs, 0);
      expect(await store.listFailedMessages()).toEqual([failed]);
      await store.purge(at + messagesKeptMs + 1, 0);
      expect(await store.listFailedMessages()).toEqual([]);
    });
  });
}

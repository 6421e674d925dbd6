import type { OutboxStore } from '../../outbox.ts';
import type { Access } from '../transactions.ts';

const single = { autocommit: true, repeatable: true };

/** A take whose answer was lost is not repeated: its messages are due again when the lease is over. */
export const outboxOperations = ({ read, write }: Access): OutboxStore => ({
  takeMessages: (channel, now, leaseMs) =>
    write((on) => on.outbox.take(channel, now, leaseMs), { autocommit: true }),
  deliveredMessage: (attempt) => write((on) => on.outbox.remove(attempt), single),
  postponeMessage: (attempt, dueAt) => write((on) => on.outbox.postpone(attempt, dueAt), single),
  giveUpMessage: (attempt, why) => write((on) => on.outbox.giveUp(attempt, why), single),
  listFailedMessages: (limit) => read((on) => on.outbox.listFailed(limit)),
  retryMessages: (id, at, by) =>
    write(async (on) => {
      const count = await on.outbox.retry(id, at);
      if (count > 0) await on.operators.note(by);
      return count;
    }),
  addMessages: (messages) => write((on) => on.outbox.add(messages)),
});

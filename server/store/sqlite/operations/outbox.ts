import type { OutboxStore } from '../../outbox.ts';
import type { Access } from '../statements.ts';

export const outboxOperations = ({ read, write }: Access): OutboxStore => ({
  takeMessages: (channel, now, leaseMs) => write((on) => on.outbox.take(channel, now, leaseMs)),
  deliveredMessage: (attempt) => write((on) => on.outbox.remove(attempt)),
  postponeMessage: (attempt, dueAt) => write((on) => on.outbox.postpone(attempt, dueAt)),
  giveUpMessage: (attempt, why) => write((on) => on.outbox.giveUp(attempt, why)),
  listFailedMessages: (limit) => read((on) => on.outbox.listFailed(limit)),
  retryMessages: (id, at, by) =>
    write((on) => {
      const count = on.outbox.retry(id, at);
      if (count > 0) on.operators.note(by);
      return count;
    }),
  addMessages: (messages) => write((on) => on.outbox.add(messages)),
});

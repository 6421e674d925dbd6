import type { listFailedMessages, retryMessages } from '../../administration/messages.ts';
import { type FactsOf, table, time } from './print.ts';

export function messagesText({ messages }: FactsOf<typeof listFailedMessages>): string {
  const rows = messages.map((each) => [
    time(each.writtenAt),
    each.channel,
    each.kind,
    each.recipient ?? each.account ?? '-',
    String(each.attempts),
    each.failure,
    each.id,
  ]);
  return table(['WRITTEN', 'CHANNEL', 'WHAT', 'FOR', 'ATTEMPTS', 'WHY GIVEN UP', 'ID'], rows);
}

export function retriedText({ retried }: FactsOf<typeof retryMessages>): string {
  return retried === 1 ? 'One message is due again.' : `${retried} messages are due again.`;
}

import { maskMailAddress } from '../policy/mail-address.ts';
import type { FailedMessage } from '../store/outbox.ts';
import { type Administration, actOf } from './administration.ts';
import { isoTime } from './facts.ts';
import { RefusedAct } from './refusal.ts';

export interface MessageFacts extends Pick<FailedMessage, 'id' | 'channel' | 'attempts'> {
  /** What it is: the kind of notice, or another mail, or a revocation at Apple. */
  readonly kind: string;
  /** The ID of the account, which may be gone; null if it was to be looked up when it was delivered. */
  readonly account: string | null;
  /** Masked, such as `a…@example.com`. */
  readonly recipient: string | null;
  readonly writtenAt: string;
  /** Why it was given up. */
  readonly failure: string;
}

/** @returns the latest messages that were given up, at most `limit` */
export async function listFailedMessages(
  { store }: Pick<Administration, 'store'>,
  limit: number,
): Promise<{ readonly messages: readonly MessageFacts[] }> {
  return { messages: (await store.listFailedMessages(limit)).map(factsOf) };
}

function factsOf(message: FailedMessage): MessageFacts {
  const { id, channel, subject, recipient, createdAt, attempts, failure } = message;
  return {
    ...{ id, channel, kind: kindOf(message), account: subject || null },
    recipient: recipient && maskMailAddress(recipient),
    ...{ writtenAt: isoTime(createdAt), attempts, failure },
  };
}

function kindOf({ channel, message }: FailedMessage): string {
  if (channel === 'apple') return 'revocation';
  const { kind, of = kind } = JSON.parse(message) as { kind: string; of?: string };
  return of;
}

/**
 * Has messages that were given up delivered after all, as if they were written now.
 *
 * @param id of one, or null for all
 * @throws {RefusedAct} `message_unknown`
 */
export async function retryMessages(
  deps: Administration,
  id: string | null,
): Promise<{ readonly retried: number }> {
  const by = { ...actOf(deps), kind: 'messages-retried', evidence: { message: id } } as const;
  const retried = await deps.store.retryMessages(id, by.at, by);
  if (id !== null && retried === 0) throw new RefusedAct({ code: 'message_unknown', message: id });
  return { retried };
}

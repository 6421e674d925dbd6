import type { OperatorEntry } from '../records/operator-entry.ts';
import type { Message, NewMessage } from '../records/outbox.ts';

/** So many messages are taken at a time. */
export const messagesAtOnce = 20;

/** Mails are forgotten this long after they were written, delivered or not. */
export const messagesKeptMs = 30 * 86_400_000;

/** A token that Apple has to revoke is kept until Apple has taken the call. */
export const forgottenChannel = 'mail';

/** Which attempt at which message: a later attempt, of whatever node, has more to say. */
type Attempt = Pick<Message, 'id' | 'attempts'>;

/**
 * Messages that are to be delivered. Operations write them in the transaction of the change that they tell of,
 * so there is neither without the other.
 */
export interface OutboxStore {
  /**
   * Takes some of the messages that are due; nobody else takes them before `now + leaseMs`. Nodes don't get the
   * same ones. One whose node ended is due again when the lease is over.
   */
  takeMessages(channel: Message['channel'], now: number, leaseMs: number): Promise<Message[]>;
  /** Forgets it. */
  deliveredMessage(attempt: Attempt): Promise<void>;
  postponeMessage(attempt: Attempt, dueAt: number): Promise<void>;
  /** Nobody takes it again; it is kept with the reason. */
  giveUpMessage(attempt: Attempt, why: string): Promise<void>;
  /** The latest of the messages that were given up, at most `limit`. */
  listFailedMessages(limit: number): Promise<FailedMessage[]>;
  /**
   * Has messages that were given up tried again, as if they were written at `at`: the one with this ID, or all if `id`
   * is null. Resolves to their number. The entry `by` is stored unless that is 0.
   */
  retryMessages(id: string | null, at: number, by: OperatorEntry): Promise<number>;
  /** Writes messages that belong to no other change. */
  addMessages(messages: readonly NewMessage[]): Promise<void>;
}

/** What every store takes when it is opened. */
export interface StoreOptions {
  /** Told when messages were written, and it is durable. */
  readonly onMessages?: () => void;
}

export interface FailedMessage
  extends Pick<Message, 'id' | 'channel' | 'subject' | 'message' | 'createdAt' | 'attempts'> {
  readonly recipient: string | null;
  readonly failure: string;
}

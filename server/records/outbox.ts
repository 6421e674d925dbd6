/** What is to be told outside: written with the change that it tells of, delivered later by any node. */
type ChannelName = 'mail' | 'apple';

export interface NewMessage {
  readonly channel: ChannelName;
  /** Whom or what it is about, such as a user handle. The account may be gone by the time it is delivered. */
  readonly subject: string;
  /** The mail address, if it goes to one that may be gone by the time it is delivered. */
  readonly recipient?: string | null;
  /** JSON that the channel understands. What is secret in it is sealed by the room that writes it. */
  readonly message: string;
  /** Milliseconds since the Unix epoch, as all times here. */
  readonly createdAt: number;
  /** Nobody takes it earlier. */
  readonly dueAt: number;
}

/** A message that was taken to be delivered. */
export interface Message extends Omit<NewMessage, 'dueAt'> {
  readonly id: string;
  /** How often it was taken, this time included. */
  readonly attempts: number;
}

/** What became of an attempt. `giveUp` says why, for operators; it must hold nothing secret. */
export type Delivery = 'delivered' | { readonly retryAt: number } | { readonly giveUp: string };

/** How messages of one kind are delivered. An attempt that throws is made again later. */
export interface Channel {
  readonly channel: ChannelName;
  /** @param signal aborted when the attempt takes too long */
  deliver(message: Message, signal: AbortSignal): Promise<Delivery>;
}

import { z } from 'zod';
import { AppleFailure } from './failure.ts';
import type { FindKey } from './key-set.ts';
import { address, flag, openToken, subject } from './token.ts';

/** What Apple tells of a person, server to server. */
export interface AppleNotification {
  /** The notification: the same one may come again. */
  readonly jti: string;
  readonly type: 'consent-revoked' | 'account-delete' | 'email-disabled' | 'email-enabled';
  readonly sub: string;
  /** In milliseconds since the Unix epoch. */
  readonly eventTime: number;
  readonly email?: string;
  readonly isPrivateEmail?: boolean;
}

/** One without an end is not taken for longer: whether it came before is not remembered for ever. */
const livesForMs = 7 * 86_400_000;

/** Apple has spelled the second one in two ways. */
const types = new Map<string, AppleNotification['type']>([
  ['consent-revoked', 'consent-revoked'],
  ['account-delete', 'account-delete'],
  ['account-deleted', 'account-delete'],
  ['email-disabled', 'email-disabled'],
  ['email-enabled', 'email-enabled'],
]);

const claims = z.object({
  jti: z.string().min(1).max(255),
  iat: z.number(),
  /** JSON text. Apple's documentation shows an object too. */
  events: z.union([z.string().max(16_384), z.record(z.string(), z.unknown())]),
});

const event = z.object({
  type: z.string(),
  sub: subject,
  event_time: z.coerce.number().positive().max(8.64e15),
  email: address.default(null),
  is_private_email: flag.optional(),
});

/** @throws {AppleFailure} */
export async function verifyNotification(
  findKey: FindKey,
  now: () => number,
  payload: string,
  audiences: readonly string[],
): Promise<AppleNotification> {
  const opened = await openToken(findKey, now, payload, { audiences, requiredClaims: ['jti'] });
  const { success, data } = claims.safeParse(opened);
  if (!success) throw new AppleFailure('token-claims');
  if (now() - data.iat * 1000 > livesForMs) throw new AppleFailure('token-expired');
  const read = event.safeParse(parsed(data.events));
  if (!read.success) throw new AppleFailure('token-claims');
  const { sub, email, is_private_email: isPrivateEmail, event_time: time } = read.data;
  const type = types.get(read.data.type);
  if (type === undefined) throw new AppleFailure('event-unknown');
  return {
    ...{ jti: data.jti, type, sub },
    // Apple's documentation shows seconds, its notifications have milliseconds.
    eventTime: time < 1e11 ? time * 1000 : time,
    ...(email !== null && { email }),
    ...(email !== null && isPrivateEmail !== undefined && { isPrivateEmail }),
  };
}

function parsed(events: unknown): unknown {
  if (typeof events !== 'string') return events;
  try {
    return JSON.parse(events);
  } catch {
    return null;
  }
}

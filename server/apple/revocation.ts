/**
 * Refresh tokens that are to be revoked: what the end of a link or an account leaves in the outbox.
 *
 * Guarantees: a token is forgotten only after Apple has taken the call; while Apple is down, or our configuration is
 * wrong or missing, it is tried again for days. What was given up then is kept, for the operator to have tried again.
 */
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import type { Channel } from '../records/outbox.ts';
import { openStored } from '../seal/box.ts';
import type { Apple } from './apple.ts';
import { AppleFailure } from './failure.ts';

/** A refresh token is of use to one client alone, so it opens for that one alone. */
export const tokenPurpose = (clientId: string): string => `apple refresh token of ${clientId}`;

const message = z.object({ clientId: z.string(), sealed: z.string() });

/** @param apple null while Sign in with Apple is off, though links of before may end */
export function revocations(
  apple: Pick<Apple, 'revoke'> | null,
  { keys }: Pick<Deps, 'keys'>,
): Channel {
  return {
    channel: 'apple',
    async deliver({ message: text }) {
      if (apple === null) throw new Error('Sign in with Apple is off: Apple can not be told');
      const { clientId, sealed } = message.parse(JSON.parse(text));
      const token = openStored({ keys }, tokenPurpose(clientId), sealed);
      if (token === null) return { giveUp: 'SECRET no longer lists the secret that sealed it' };
      try {
        await apple.revoke({ token, clientId, hint: 'refresh_token' });
        return 'delivered';
      } catch (error) {
        if (error instanceof AppleFailure && error.kind === 'refused') return 'delivered';
        throw error;
      }
    },
  };
}

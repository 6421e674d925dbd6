/**
 * Refresh tokens that are to be revoked: what the end of a link or an account leaves in the outbox.
 *
 * Guarantees: a token is forgotten only after Apple has taken the call, or nobody could make it succeed any more;
 * while Apple is down, or our configuration is wrong, it is tried again for days.
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

export function revocations(apple: Pick<Apple, 'revoke'>, { keys }: Pick<Deps, 'keys'>): Channel {
  return {
    channel: 'apple',
    async deliver({ message: text }) {
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

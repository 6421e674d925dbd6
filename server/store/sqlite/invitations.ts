import { and, eq, gt } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Invitation } from '../../records/invitation.ts';
import { invitationIsGone } from '../refusals.ts';
import { invitations } from './schema.ts';

/** Statements on invitations; those that write run inside a transaction of the caller's. */
export function invitationStatements(db: BetterSQLite3Database) {
  const good = (tokenHash: string, now: number) =>
    and(eq(invitations.tokenHash, tokenHash), gt(invitations.expiresAt, now));
  return {
    offer: (invitation: Invitation): void => {
      db.insert(invitations).values(invitation).run();
    },
    find: (tokenHash: string, now: number): Invitation | null =>
      db.select().from(invitations).where(good(tokenHash, now)).get() ?? null,
    use(tokenHash: string, now: number): void {
      const { changes } = db.delete(invitations).where(good(tokenHash, now)).run();
      if (changes === 0) throw invitationIsGone();
    },
  };
}

import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { RpError } from '../../errors.ts';
import type { Invitation } from '../../records/invitation.ts';
import { goodInvitation, type InvitationStore, parsePlace, placeOf } from '../invitations.ts';
import { pageOf } from '../pages.ts';
import { invitationIsGone } from '../refusals.ts';
import { invitations } from './schema.ts';

/** Statements on invitations; those that write run inside a transaction of the caller's. */
export function invitationStatements(db: BetterSQLite3Database) {
  const { tokenHash: hash, id, expiresAt, revokedAt } = invitations;
  const isGood = (now: number) => and(gt(expiresAt, now), isNull(revokedAt));

  const find = (tokenHash: string, now: number): Invitation =>
    goodInvitation(
      db
        .select()
        .from(invitations)
        .where(and(eq(hash, tokenHash), gt(expiresAt, now)))
        .get(),
    );

  return {
    offer: (invitation: Invitation): void => {
      db.insert(invitations).values(invitation).run();
    },
    find,
    list({ now, after, limit }: Parameters<InvitationStore['listInvitations']>[0]) {
      const place = parsePlace(after);
      const rows = db
        .select()
        .from(invitations)
        .where(and(isGood(now), sql`(${expiresAt}, ${id}) > (${place.expiresAt}, ${place.id})`))
        .orderBy(expiresAt, id)
        .limit(limit + 1)
        .all();
      const { shown, next } = pageOf(rows.map(goodInvitation), limit, placeOf);
      return { invitations: shown, next };
    },
    use(tokenHash: string, now: number): void {
      const { changes } = db
        .delete(invitations)
        .where(and(eq(hash, tokenHash), isGood(now)))
        .run();
      if (changes > 0) return;
      find(tokenHash, now);
      throw invitationIsGone();
    },
    revoke(invitation: string, now: number): void {
      const { changes } = db
        .update(invitations)
        .set({ revokedAt: now })
        .where(and(eq(id, invitation), isGood(now)))
        .run();
      if (changes === 0) throw new RpError('not_found');
    },
  };
}

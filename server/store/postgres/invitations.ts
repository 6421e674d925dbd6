import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { RpError } from '../../errors.ts';
import type { Invitation } from '../../records/invitation.ts';
import { goodInvitation, type InvitationStore, parsePlace, placeOf } from '../invitations.ts';
import { pageOf } from '../pages.ts';
import { everyColumn } from '../placeholders.ts';
import { invitationIsGone } from '../refusals.ts';
import { invitations } from './schema.ts';

const $ = (name: string) => sql.placeholder(name);

/** Statements on invitations; those that write run inside a transaction of the caller's. */
export function invitationStatements(db: NodePgDatabase) {
  const { tokenHash: hash, id, expiresAt, revokedAt } = invitations;
  const isAlive = gt(expiresAt, sql`${$('now')}::bigint`);
  const isGood = and(isAlive, isNull(revokedAt));
  const isThis = eq(hash, $('tokenHash'));
  const offer = db.insert(invitations).values(everyColumn(invitations)).prepare('offer_invitation');
  const findOne = db
    .select()
    .from(invitations)
    .where(and(isThis, isAlive))
    .prepare('find_invitation');
  const page = db
    .select()
    .from(invitations)
    .where(and(isGood, sql`(${expiresAt}, ${id}) > (${$('from')}::bigint, ${$('id')}::text)`))
    .orderBy(expiresAt, id)
    .limit($('limit'))
    .prepare('list_invitations');
  const use = db.delete(invitations).where(and(isThis, isGood)).prepare('use_invitation');
  const revoke = db
    .update(invitations)
    .set({ revokedAt: sql`${$('now')}::bigint` })
    .where(and(eq(id, $('id')), isGood))
    .prepare('revoke_invitation');

  const find = async (tokenHash: string, now: number): Promise<Invitation> =>
    goodInvitation((await findOne.execute({ tokenHash, now }))[0]);

  return {
    async offer(invitation: Invitation): Promise<void> {
      await offer.execute({ ...invitation, revokedAt: null });
    },
    find,
    async list({ now, after, limit }: Parameters<InvitationStore['listInvitations']>[0]) {
      const { expiresAt: from, id: last } = parsePlace(after);
      const rows = await page.execute({ now, from, id: last, limit: limit + 1 });
      const { shown, next } = pageOf(rows.map(goodInvitation), limit, placeOf);
      return { invitations: shown, next };
    },
    /** Of those who use it and those who revoke it at once, the row lets one through. */
    async use(tokenHash: string, now: number): Promise<void> {
      const { rowCount } = await use.execute({ tokenHash, now });
      if (rowCount !== 0) return;
      await find(tokenHash, now);
      throw invitationIsGone();
    },
    async revoke(invitation: string, now: number): Promise<void> {
      const { rowCount } = await revoke.execute({ id: invitation, now });
      if (rowCount === 0) throw new RpError('not_found');
    },
  };
}

import { and, eq, gt, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Invitation } from '../../records/invitation.ts';
import { everyColumn } from '../placeholders.ts';
import { invitationIsGone } from '../refusals.ts';
import { invitations } from './schema.ts';

const $ = (name: string) => sql.placeholder(name);

/** Statements on invitations; those that write run inside a transaction of the caller's. */
export function invitationStatements(db: NodePgDatabase) {
  const good = and(
    eq(invitations.tokenHash, $('tokenHash')),
    gt(invitations.expiresAt, sql`${$('now')}::bigint`),
  );
  const offer = db.insert(invitations).values(everyColumn(invitations)).prepare('offer_invitation');
  const find = db.select().from(invitations).where(good).prepare('find_invitation');
  const use = db.delete(invitations).where(good).prepare('use_invitation');
  return {
    async offer(invitation: Invitation): Promise<void> {
      await offer.execute({ ...invitation });
    },
    find: async (tokenHash: string, now: number): Promise<Invitation | null> =>
      (await find.execute({ tokenHash, now }))[0] ?? null,
    async use(tokenHash: string, now: number): Promise<void> {
      const { rowCount } = await use.execute({ tokenHash, now });
      if (rowCount === 0) throw invitationIsGone();
    },
  };
}

import { and, desc, eq, gt, isNull, ne, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { RpError } from '../../errors.ts';
import { lineageOf, type NewSession, type Session } from '../../records/session.ts';
import type { User } from '../../records/user.ts';
import { columnsOf, sessionFields } from '../columns.ts';
import { keptSessions } from '../history-limits.ts';
import { everyColumn } from '../placeholders.ts';
import { sessionIsGone } from '../refusals.ts';
import { sessions, users } from './schema.ts';
import { userColumns } from './users.ts';

const sessionColumns = columnsOf(sessions, sessionFields);

/** Statements on sessions; those that write run inside a transaction of the caller's. */
export function sessionStatements(db: NodePgDatabase) {
  const alive = gt(sessions.expiresAt, sql.placeholder('now'));
  const byToken = db
    .select({ session: sessionColumns, user: userColumns })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(eq(sessions.tokenHash, sql.placeholder('tokenHash')), alive, isNull(users.disabledAt)),
    )
    .prepare('find_session');
  const byLineage = db
    .select({ session: sessionColumns, user: userColumns })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.userId, sql.placeholder('userId')),
        sql`coalesce(${sessions.succeeds}, ${sessions.id}) = ${sql.placeholder('lineage')}`,
        alive,
        isNull(users.disabledAt),
      ),
    )
    .orderBy(desc(sessions.authenticatedAt))
    .limit(1)
    .prepare('find_lineage');
  const ofUser = db
    .select(sessionColumns)
    .from(sessions)
    .where(and(eq(sessions.userId, sql.placeholder('userId')), alive))
    .orderBy(desc(sessions.authenticatedAt), desc(sessions.id))
    .limit(100)
    .prepare('list_sessions');
  const insert = db.insert(sessions).values(everyColumn(sessions)).prepare('insert_session');
  const owned = and(
    eq(sessions.id, sql.placeholder('id')),
    eq(sessions.userId, sql.placeholder('userId')),
  );
  const hold = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(owned)
    .for('share')
    .prepare('hold_session');
  const endOwned = db
    .delete(sessions)
    .where(owned)
    .returning({ id: sessions.id, succeeds: sessions.succeeds })
    .prepare('end_session');
  const endAll = db
    .delete(sessions)
    .where(eq(sessions.userId, sql.placeholder('userId')))
    .prepare('end_sessions');
  const endOthers = db
    .delete(sessions)
    .where(
      and(eq(sessions.userId, sql.placeholder('userId')), ne(sessions.id, sql.placeholder('keep'))),
    )
    .prepare('end_other_sessions');
  const endOpenedBy = db
    .delete(sessions)
    .where(
      and(
        eq(sessions.credentialId, sql.placeholder('credentialId')),
        ne(sessions.id, sql.placeholder('keep')),
      ),
    )
    .prepare('end_sessions_of_credential');
  const surplus = db
    .select({ tokenHash: sessions.tokenHash })
    .from(sessions)
    .where(eq(sessions.userId, sql.placeholder('userId')))
    .orderBy(desc(sessions.authenticatedAt), desc(sessions.id))
    .offset(keptSessions);
  const endSurplus = db
    .delete(sessions)
    .where(sql`${sessions.tokenHash} IN ${surplus}`)
    .prepare('end_surplus_sessions');
  const endReplaced = db
    .delete(sessions)
    .where(eq(sessions.id, sql.placeholder('id')))
    .prepare('end_replaced_session');

  return {
    find: async (
      tokenHash: string,
      now: number,
    ): Promise<{ session: Session; user: User } | null> =>
      (await byToken.execute({ tokenHash, now }))[0] ?? null,
    list: (userId: string, now: number): Promise<Session[]> => ofUser.execute({ userId, now }),

    /** Holds it until the transaction ends, so that it can't be ended meanwhile. */
    async holdOrRefuse(userId: string, id: string): Promise<void> {
      if ((await hold.execute({ userId, id })).length === 0) throw sessionIsGone();
    },

    async open(session: NewSession): Promise<void> {
      await insert.execute({ ...session });
    },

    /** `replaced` is the session that the browser held until now. */
    async endReplaced(replaced: string | null): Promise<void> {
      if (replaced !== null) await endReplaced.execute({ id: replaced });
    },

    /** Resolves to the sign-in it belonged to. */
    async end(userId: string, id: string): Promise<string> {
      const [ended] = await endOwned.execute({ userId, id });
      if (ended === undefined) throw new RpError('not_found');
      return lineageOf(ended);
    },

    findLineage: async (userId: string, lineage: string, now: number) =>
      (await byLineage.execute({ userId, lineage, now }))[0] ?? null,

    endOthers: async (userId: string, keep: string): Promise<number> =>
      (await endOthers.execute({ userId, keep })).rowCount ?? 0,

    endAll: async (userId: string): Promise<number> =>
      (await endAll.execute({ userId })).rowCount ?? 0,

    /** Ends the oldest of more than an account may keep; resolves to how many. */
    endSurplus: async (userId: string): Promise<number> =>
      (await endSurplus.execute({ userId })).rowCount ?? 0,

    endOpenedBy: async (credentialId: string, keep: string): Promise<number> =>
      (await endOpenedBy.execute({ credentialId, keep })).rowCount ?? 0,
  };
}

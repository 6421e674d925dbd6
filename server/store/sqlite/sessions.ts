import type { Database } from 'better-sqlite3';
import { and, desc, eq, gt, isNull, ne, type Placeholder, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { RpError } from '../../errors.ts';
import { lineageOf, type NewSession, type Session } from '../../records/session.ts';
import type { User } from '../../records/user.ts';
import { columnsOf, sessionFields } from '../columns.ts';
import { keptSessions } from '../history-limits.ts';
import { everyColumn } from '../placeholders.ts';
import { sessionIsGone } from '../refusals.ts';
import { compile, compileSelect } from './compile.ts';
import { sessions, users } from './schema.ts';
import { opaque, userColumns } from './users.ts';

const sessionColumns = columnsOf(sessions, sessionFields);

/** Statements on sessions; those that write run inside a transaction of the caller's. */
export function sessionStatements(db: BetterSQLite3Database, database: Database) {
  const alive = gt(sessions.expiresAt, sql.placeholder('now'));
  const withOwner = { session: sessionColumns, user: userColumns };
  const byToken = compileSelect<{ session: Session; user: User }>(
    database,
    db
      .select(withOwner)
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.tokenHash, opaque('tokenHash')), alive, isNull(users.disabledAt))),
    withOwner,
  );
  const byLineage = compileSelect<{ session: Session; user: User }>(
    database,
    db
      .select(withOwner)
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(
        and(
          eq(sessions.userId, opaque('userId')),
          // With the plain cast SQLite would not use the index: hence the `+`.
          sql`coalesce(${sessions.succeeds}, ${sessions.id}) = +${opaque('lineage')}`,
          alive,
          isNull(users.disabledAt),
        ),
      )
      // Few, so there is no LIMIT: its parameter would be planned anew at every call.
      .orderBy(desc(sessions.authenticatedAt)),
    withOwner,
  );
  const ofUser = db
    .select(sessionColumns)
    .from(sessions)
    .where(and(eq(sessions.userId, opaque('userId')), alive))
    .orderBy(desc(sessions.authenticatedAt), desc(sessions.id))
    .limit(100)
    .prepare();
  const insert = compile(database, db.insert(sessions).values(everyColumn(sessions)));
  const owned = (userId: string | Placeholder, id: string | Placeholder) =>
    and(eq(sessions.userId, userId), eq(sessions.id, id));
  const named = owned(sql.placeholder('userId'), sql.placeholder('id'));
  const present = db.select({ id: sessions.id }).from(sessions).where(named).prepare();
  const remove = db.delete(sessions).where(named).prepare();

  const openedBy = (userId: string, credentialId: string) =>
    and(eq(sessions.userId, userId), eq(sessions.credentialId, credentialId));

  return {
    find: (tokenHash: string, now: number): { session: Session; user: User } | null =>
      byToken({ tokenHash, now })[0] ?? null,
    list: (userId: string, now: number): Session[] => ofUser.all({ userId, now }),

    refuseMissing(userId: string, id: string): void {
      if (present.get({ userId, id }) === undefined) {
        throw sessionIsGone();
      }
    },

    /** `replaces` is the session that the browser held until now. */
    open(session: NewSession, replaces: Pick<Session, 'id' | 'userId'> | null): void {
      if (replaces !== null) remove.run({ id: replaces.id, userId: replaces.userId });
      insert({ ...session });
    },

    /** Returns the sign-in it belonged to. */
    end(userId: string, id: string): string {
      const [ended] = db.delete(sessions).where(owned(userId, id)).returning().all();
      if (ended === undefined) throw new RpError('not_found');
      return lineageOf(ended);
    },

    findLineage: (userId: string, lineage: string, now: number) =>
      byLineage({ userId, lineage, now })[0] ?? null,

    endOthers: (userId: string, keep: string): number =>
      db
        .delete(sessions)
        .where(and(eq(sessions.userId, userId), ne(sessions.id, keep)))
        .run().changes,

    endAll: (userId: string): number =>
      db.delete(sessions).where(eq(sessions.userId, userId)).run().changes,

    endOpenedBy: (userId: string, credentialId: string, keep: string | null): number =>
      db
        .delete(sessions)
        .where(
          and(openedBy(userId, credentialId), keep === null ? undefined : ne(sessions.id, keep)),
        )
        .run().changes,

    /** What is left of those that a credential opened outlives it. */
    forget(userId: string, credentialId: string): void {
      db.update(sessions).set({ credentialId: null }).where(openedBy(userId, credentialId)).run();
    },

    /** Ends the oldest of more than an account may keep; returns how many. */
    endSurplus: (userId: string): number =>
      db
        .delete(sessions)
        .where(
          sql`${sessions.tokenHash} IN (
            SELECT token_hash FROM ${sessions} WHERE user_id = ${userId}
            ORDER BY authenticated_at DESC, id DESC LIMIT -1 OFFSET ${keptSessions}
          )`,
        )
        .run().changes,
  };
}

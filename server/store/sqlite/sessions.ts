import { and, desc, eq, gt, isNull, lte, ne, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { RpError } from '../../errors.ts';
import type { NewSession, Session, User } from '../store.ts';
import { sessions, users } from './schema.ts';
import { opaque, userColumns } from './users.ts';

const sessionColumns = {
  id: sessions.id,
  userId: sessions.userId,
  createdAt: sessions.createdAt,
  authenticatedAt: sessions.authenticatedAt,
  expiresAt: sessions.expiresAt,
  userVerified: sessions.userVerified,
  method: sessions.method,
  credentialId: sessions.credentialId,
  userAgent: sessions.userAgent,
  country: sessions.country,
};

/** Statements on sessions; those that write run inside a transaction of the caller's. */
export function sessionStatements(db: BetterSQLite3Database) {
  const alive = gt(sessions.expiresAt, sql.placeholder('now'));
  const byToken = db
    .select({ session: sessionColumns, user: userColumns })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.tokenHash, opaque('tokenHash')), alive, isNull(users.disabledAt)))
    .prepare();
  const ofUser = db
    .select(sessionColumns)
    .from(sessions)
    .where(and(eq(sessions.userId, opaque('userId')), alive))
    .orderBy(desc(sessions.authenticatedAt), desc(sessions.id))
    .limit(100)
    .prepare();
  const insert = db
    .insert(sessions)
    .values({
      tokenHash: sql.placeholder('tokenHash'),
      id: sql.placeholder('id'),
      userId: sql.placeholder('userId'),
      createdAt: sql.placeholder('createdAt'),
      authenticatedAt: sql.placeholder('authenticatedAt'),
      expiresAt: sql.placeholder('expiresAt'),
      userVerified: sql.placeholder('userVerified'),
      method: sql.placeholder('method'),
      credentialId: sql.placeholder('credentialId'),
      userAgent: sql.placeholder('userAgent'),
      country: sql.placeholder('country'),
    })
    .prepare();
  const byId = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(eq(sessions.id, sql.placeholder('id')))
    .prepare();
  const removeById = db
    .delete(sessions)
    .where(eq(sessions.id, sql.placeholder('id')))
    .prepare();

  return {
    find: (tokenHash: string, now: number): { session: Session; user: User } | null =>
      byToken.get({ tokenHash, now }) ?? null,
    list: (userId: string, now: number): Session[] => ofUser.all({ userId, now }),

    refuseMissing(id: string): void {
      if (byId.get({ id }) === undefined) {
        throw new RpError('unauthenticated', { detail: 'the session is gone' });
      }
    },

    /** `replaces` is the session that the browser held until now. */
    open(session: NewSession, replaces: string | null): void {
      if (replaces !== null) removeById.run({ id: replaces });
      insert.run({ ...session });
    },

    end(userId: string, id: string): void {
      const { changes } = db
        .delete(sessions)
        .where(and(eq(sessions.id, id), eq(sessions.userId, userId)))
        .run();
      if (changes === 0) throw new RpError('not_found');
    },

    endAll: (userId: string): number =>
      db.delete(sessions).where(eq(sessions.userId, userId)).run().changes,

    endOpenedBy: (credentialId: string, keep: string): number =>
      db
        .delete(sessions)
        .where(and(eq(sessions.credentialId, credentialId), ne(sessions.id, keep)))
        .run().changes,

    purge: (now: number): number =>
      db.delete(sessions).where(lte(sessions.expiresAt, now)).run().changes,
  };
}

import { and, eq, gt } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { RpError } from '../../errors.ts';
import type { User } from '../../records/user.ts';
import { enrolmentIsGone, recoveryCodeIsWrong } from '../refusals.ts';
import { enrolments, recoveryCodes, users } from './schema.ts';
import { userColumns } from './users.ts';

interface StoredCode {
  readonly createdAt: number;
  readonly verifierHash: string;
}

/** Statements on recovery codes and enrolments; those that write run inside a transaction of the caller's. */
export function recoveryStatements(db: BetterSQLite3Database) {
  return {
    setCode(userId: string, verifierHash: string, createdAt: number): void {
      db.insert(recoveryCodes)
        .values({ userId, verifierHash, createdAt })
        .onConflictDoUpdate({ target: recoveryCodes.userId, set: { verifierHash, createdAt } })
        .run();
    },
    findCode: (userId: string): StoredCode | null =>
      db
        .select({ createdAt: recoveryCodes.createdAt, verifierHash: recoveryCodes.verifierHash })
        .from(recoveryCodes)
        .where(eq(recoveryCodes.userId, userId))
        .get() ?? null,
    removeCode(userId: string): void {
      const { changes } = db.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)).run();
      if (changes === 0) throw new RpError('not_found');
    },
    useCode(userId: string, verifierHash: string): void {
      const code = and(
        eq(recoveryCodes.userId, userId),
        eq(recoveryCodes.verifierHash, verifierHash),
      );
      if (db.delete(recoveryCodes).where(code).run().changes === 0) throw recoveryCodeIsWrong();
    },

    offerEnrolment(tokenHash: string, userId: string, expiresAt: number): void {
      db.insert(enrolments).values({ tokenHash, userId, expiresAt }).run();
    },
    findEnrolment: (tokenHash: string, now: number): User | null =>
      db
        .select(userColumns)
        .from(enrolments)
        .innerJoin(users, eq(users.id, enrolments.userId))
        .where(and(eq(enrolments.tokenHash, tokenHash), gt(enrolments.expiresAt, now)))
        .get() ?? null,
    endEnrolments(userId: string): void {
      db.delete(enrolments).where(eq(enrolments.userId, userId)).run();
    },
    useEnrolment(tokenHash: string, now: number): void {
      const good = and(eq(enrolments.tokenHash, tokenHash), gt(enrolments.expiresAt, now));
      const [used] = db.delete(enrolments).where(good).returning().all();
      if (used === undefined) throw enrolmentIsGone();
      db.delete(enrolments).where(eq(enrolments.userId, used.userId)).run();
    },
  };
}

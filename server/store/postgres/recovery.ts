import { and, eq, gt, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { RpError } from '../../errors.ts';
import type { User } from '../../records/user.ts';
import { everyColumn } from '../placeholders.ts';
import { enrolmentIsGone, recoveryCodeIsWrong } from '../refusals.ts';
import { enrolments, recoveryCodes, users } from './schema.ts';
import { userColumns } from './users.ts';

const $ = (name: string) => sql.placeholder(name);

interface StoredCode {
  readonly createdAt: number;
  readonly verifierHash: string;
}

/** Statements on recovery codes and enrolments; those that write run inside a transaction of the caller's. */
export function recoveryStatements(db: NodePgDatabase) {
  const setCode = db
    .insert(recoveryCodes)
    .values(everyColumn(recoveryCodes))
    .onConflictDoUpdate({
      target: recoveryCodes.userId,
      set: { verifierHash: sql`excluded.verifier_hash`, createdAt: sql`excluded.created_at` },
    })
    .prepare('set_recovery_code');
  const findCode = db
    .select({ createdAt: recoveryCodes.createdAt, verifierHash: recoveryCodes.verifierHash })
    .from(recoveryCodes)
    .where(eq(recoveryCodes.userId, $('userId')))
    .prepare('find_recovery_code');
  const removeCode = db
    .delete(recoveryCodes)
    .where(eq(recoveryCodes.userId, $('userId')))
    .prepare('remove_recovery_code');
  const useCode = db
    .delete(recoveryCodes)
    .where(
      and(eq(recoveryCodes.userId, $('userId')), eq(recoveryCodes.verifierHash, $('verifierHash'))),
    )
    .prepare('use_recovery_code');
  const offer = db.insert(enrolments).values(everyColumn(enrolments)).prepare('offer_enrolment');
  const good = and(
    eq(enrolments.tokenHash, $('tokenHash')),
    gt(enrolments.expiresAt, sql`${$('now')}::bigint`),
  );
  const find = db
    .select(userColumns)
    .from(enrolments)
    .innerJoin(users, eq(users.id, enrolments.userId))
    .where(good)
    .prepare('find_enrolment');
  const use = db.delete(enrolments).where(good).prepare('use_enrolment');
  const removeAll = db
    .delete(enrolments)
    .where(eq(enrolments.userId, $('userId')))
    .prepare('remove_enrolments');

  return {
    async setCode(userId: string, verifierHash: string, createdAt: number): Promise<void> {
      await setCode.execute({ userId, verifierHash, createdAt });
    },
    findCode: async (userId: string): Promise<StoredCode | null> =>
      (await findCode.execute({ userId }))[0] ?? null,
    async removeCode(userId: string): Promise<void> {
      const { rowCount } = await removeCode.execute({ userId });
      if (rowCount === 0) throw new RpError('not_found');
    },
    async useCode(userId: string, verifierHash: string): Promise<void> {
      const { rowCount } = await useCode.execute({ userId, verifierHash });
      if (rowCount === 0) throw recoveryCodeIsWrong();
    },

    async offerEnrolment(tokenHash: string, userId: string, expiresAt: number): Promise<void> {
      await offer.execute({ tokenHash, userId, expiresAt });
    },
    findEnrolment: async (tokenHash: string, now: number): Promise<User | null> =>
      (await find.execute({ tokenHash, now }))[0] ?? null,
    async endEnrolments(userId: string): Promise<void> {
      await removeAll.execute({ userId });
    },
    async useEnrolment(tokenHash: string, userId: string, now: number): Promise<void> {
      const { rowCount } = await use.execute({ tokenHash, now });
      if (rowCount === 0) throw enrolmentIsGone();
      await removeAll.execute({ userId });
    },
  };
}

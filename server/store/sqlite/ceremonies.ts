import { desc, eq, lt, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { RpError } from '../../errors.ts';
import type { AuditEntry, Nonce } from '../store.ts';
import { auditEntries, keptKeys, spentNonces } from './schema.ts';

/**
 * A nonce outlives its challenge by this much, so that a ceremony that was in flight while it expired,
 * or a clock that was set back a little, does not find its nonce forgotten.
 */
const graceMs = 60 * 60 * 1000;

/** What the ceremonies need and leave behind: a kept key, spent nonces, audit entries. */
export function ceremonyStatements(db: BetterSQLite3Database) {
  const spend = db
    .insert(spentNonces)
    .values({ nonce: sql.placeholder('nonce'), expiresAt: sql.placeholder('expiresAt') })
    .onConflictDoNothing()
    .prepare();
  const note = db
    .insert(auditEntries)
    .values({
      at: sql.placeholder('at'),
      kind: sql.placeholder('kind'),
      userId: sql.placeholder('userId'),
      credentialId: sql.placeholder('credentialId'),
      sessionId: sql.placeholder('sessionId'),
      evidence: sql.placeholder('evidence'),
    })
    .prepare();

  return {
    /** Of two ceremonies with one challenge, the second finds the nonce spent. */
    spend(nonce: Nonce): void {
      const { changes } = spend.run({
        nonce: Buffer.from(nonce.value),
        expiresAt: nonce.expiresAt,
      });
      if (changes === 0) throw new RpError('challenge_invalid', { detail: 'the nonce is spent' });
    },

    keepKey(name: string, candidate: Uint8Array): Uint8Array {
      db.insert(keptKeys)
        .values({ name, value: Buffer.from(candidate) })
        .onConflictDoNothing()
        .run();
      return db.select().from(keptKeys).where(eq(keptKeys.name, name)).get()?.value ?? candidate;
    },

    note(entries: readonly AuditEntry[]): void {
      for (const entry of entries) note.run({ ...entry });
    },

    listAudit: (userId: string, limit: number): AuditEntry[] =>
      db
        .select({
          at: auditEntries.at,
          kind: auditEntries.kind,
          userId: auditEntries.userId,
          credentialId: auditEntries.credentialId,
          sessionId: auditEntries.sessionId,
          evidence: auditEntries.evidence,
        })
        .from(auditEntries)
        .where(eq(auditEntries.userId, userId))
        .orderBy(desc(auditEntries.id))
        .limit(limit)
        .all(),

    purgeNonces: (now: number): number =>
      db
        .delete(spentNonces)
        .where(lt(spentNonces.expiresAt, now - graceMs))
        .run().changes,
    purgeAudit: (before: number): number =>
      db.delete(auditEntries).where(lt(auditEntries.at, before)).run().changes,
  };
}

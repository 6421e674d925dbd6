import type { Database } from 'better-sqlite3';
import { asc, desc, eq, gte, lt, max, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { RpError } from '../../errors.ts';
import type { AuditEntry, RecordedEntry } from '../../records/audit.ts';
import type { Nonce } from '../../records/nonce.ts';
import { horizonHour, horizonStart } from '../nonce-horizon.ts';
import { everyColumn } from '../placeholders.ts';
import { recordedEntry } from '../recorded-entry.ts';
import { compile } from './compile.ts';
import { auditEntries, keptKeys, nonceHorizon, spentNonces } from './schema.ts';

/**
 * A nonce outlives its challenge by this much, so that a ceremony that was in flight while it expired,
 * or a clock that was set back a little, does not find its nonce forgotten.
 */
const graceMs = 60 * 60 * 1000;

/** What the ceremonies need and leave behind: a kept key, spent nonces, audit entries. */
export function ceremonyStatements(db: BetterSQLite3Database, database: Database) {
  const spend = compile(
    database,
    db
      .insert(spentNonces)
      .select(
        sql`SELECT ${sql.placeholder('nonce')}, ${sql.placeholder('expiresAt')} WHERE NOT EXISTS (
        SELECT 1 FROM ${nonceHorizon} WHERE ${nonceHorizon.hour} = ${sql.placeholder('hour')} AND ${nonceHorizon.purgedUpTo} >= ${sql.placeholder('expiresAt')}
      )`,
      )
      .onConflictDoNothing(),
  );
  const { id: _made, ...noted } = everyColumn(auditEntries);
  const note = compile(database, db.insert(auditEntries).values(noted));

  const latestBefore = (time: number): number | null => {
    const latest = db.select({ at: max(spentNonces.expiresAt) }).from(spentNonces);
    return latest.where(lt(spentNonces.expiresAt, time)).get()?.at ?? null;
  };
  function raiseHorizon(purgedUpTo: number): void {
    const kept = sql`max(${nonceHorizon.purgedUpTo}, ${purgedUpTo})`;
    db.insert(nonceHorizon)
      .values({ hour: horizonHour(purgedUpTo), purgedUpTo })
      .onConflictDoUpdate({ target: nonceHorizon.hour, set: { purgedUpTo: kept } })
      .run();
  }

  return {
    /** Of two ceremonies with one challenge, the second finds the nonce spent. */
    spend(nonce: Nonce): void {
      const changes = spend({
        nonce: Buffer.from(nonce.value),
        expiresAt: nonce.expiresAt,
        hour: horizonHour(nonce.expiresAt),
      });
      if (changes === 0) {
        throw new RpError('challenge_invalid', { detail: 'the nonce is spent, or may have been' });
      }
    },

    keepKey(name: string, candidate: Uint8Array): Uint8Array {
      db.insert(keptKeys)
        .values({ name, value: Buffer.from(candidate) })
        .onConflictDoNothing()
        .run();
      return db.select().from(keptKeys).where(eq(keptKeys.name, name)).get()?.value ?? candidate;
    },

    note(entries: readonly AuditEntry[]): void {
      for (const entry of entries) note({ ...entry });
    },

    listAudit: (userId: string, limit: number): RecordedEntry[] =>
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
        .all()
        .map(recordedEntry),

    purgeNonces(now: number): number {
      const due = lt(spentNonces.expiresAt, now - graceMs);
      for (let latest = latestBefore(now - graceMs); latest !== null; ) {
        raiseHorizon(latest);
        latest = latestBefore(horizonStart(latest));
      }
      return db.delete(spentNonces).where(due).run().changes;
    },
    /** From the oldest on up to the first that is to stay: there is no index on their times. */
    purgeAudit(before: number): number {
      const [stays] = db
        .select({ id: auditEntries.id })
        .from(auditEntries)
        .where(gte(auditEntries.at, before))
        .orderBy(asc(auditEntries.id))
        .limit(1)
        .all();
      const due = stays === undefined ? undefined : lt(auditEntries.id, stays.id);
      return db.delete(auditEntries).where(due).run().changes;
    },
  };
}

import { and, asc, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { RpError } from '../../errors.ts';
import {
  type Envelope,
  isLive,
  liveSaltIds,
  rotating,
  type StoredSalts,
  saltId,
  type Vault,
} from '../../records/vault.ts';
import { acceptedStates } from '../../records/ways-in.ts';
import { columnsOf, envelopeFields, saltFields } from '../columns.ts';
import type { SaltRotation, VaultStore } from '../vault.ts';
import { once, rotationCounts, vaultOf } from '../vault-rows.ts';
import { vaultWithout } from '../vault-without.ts';
import { credentials, vaultEnvelopes, vaultSalts, vaults } from './schema.ts';

/** The one row of the salts. */
const only = eq(vaultSalts.id, 1);

type Write = Parameters<VaultStore['writeVault']>[0];

const saltColumns = columnsOf(vaultSalts, saltFields);
const envelopeColumns = columnsOf(vaultEnvelopes, envelopeFields);
const vaultColumns = {
  userId: vaults.userId,
  exists: vaults.exists,
  revision: vaults.revision,
  data: once(vaults.data).mapWith(vaults.data) as SQL<Uint8Array | null>,
  rotationDue: vaults.rotationDue,
};

/** Vaults and salts; what writes runs inside a transaction of the caller's. */
export function vaultStatements(db: BetterSQLite3Database) {
  const findSalts = (): StoredSalts | null =>
    db.select(saltColumns).from(vaultSalts).where(only).get() ?? null;

  function saltRotation(): SaltRotation | null {
    const salts = rotating(findSalts());
    if (salts === null) return null;
    const [current, next] = [salts.current, salts.next].map((salt) => sql`${saltId(salt)}`);
    const counts = db.get<{ left: number; orphans: number }>(
      rotationCounts(current ?? sql``, next ?? sql``),
    );
    return { salts, ...counts };
  }

  const find = (userId: string): Vault | null =>
    vaultOf(
      db
        .select({ vault: vaultColumns, envelope: envelopeColumns })
        .from(vaults)
        .leftJoin(vaultEnvelopes, eq(vaultEnvelopes.userId, vaults.userId))
        .where(eq(vaults.userId, userId))
        .orderBy(asc(vaultEnvelopes.createdAt), asc(vaultEnvelopes.id))
        .all(),
    );

  /** Whether every passkey is there still, and every salt still in use. */
  function areStill(userId: string, envelopes: readonly Envelope[]): boolean {
    const salts = findSalts();
    const live = salts === null ? [] : liveSaltIds(salts);
    if (!envelopes.every((each) => isLive(each, live))) return false;
    const ids = [...new Set(envelopes.flatMap(({ credentialId }) => credentialId ?? []))];
    const found = db
      .select({ id: credentials.id })
      .from(credentials)
      .where(and(eq(credentials.userId, userId), inArray(credentials.id, ids)))
      .all();
    return found.length === ids.length;
  }

  /** One statement decides which of two writers was first. */
  function take({ userId, expected, revision, rotationDue, data }: Write): boolean {
    const next = { exists: true, revision, rotationDue };
    const given = data === undefined ? {} : { data: Buffer.from(data) };
    const { changes } =
      expected === null
        ? db
            .insert(vaults)
            .values({ userId, ...next, ...given })
            .onConflictDoNothing()
            .run()
        : db
            .update(vaults)
            .set({ ...next, ...given })
            .where(and(eq(vaults.userId, userId), eq(vaults.revision, expected)))
            .run();
    return changes === 1;
  }

  return {
    findSalts,
    saltRotation,
    find,

    keepSalts(candidate: Uint8Array): StoredSalts {
      const row = { id: 1, current: Buffer.from(candidate) };
      db.insert(vaultSalts).values(row).onConflictDoNothing().run();
      return findSalts() ?? { current: candidate, next: null, rotatingSince: null };
    },

    /** Whether it was begun now. */
    beginSaltRotation(next: Uint8Array, at: number): boolean {
      const { changes } = db
        .update(vaultSalts)
        .set({ next: Buffer.from(next), rotatingSince: at })
        .where(and(only, isNull(vaultSalts.next)))
        .run();
      return changes === 1;
    },

    finishSaltRotation(): SaltRotation | null {
      const rotation = saltRotation();
      if (rotation?.orphans !== 0) return rotation;
      db.update(vaultSalts)
        .set({ current: sql`${vaultSalts.next}`, next: null, rotatingSince: null })
        .where(only)
        .run();
      return rotation;
    },

    write(input: Write): boolean {
      const { userId, envelopes } = input;
      if (!areStill(userId, envelopes) || !take(input)) return false;
      db.delete(vaultEnvelopes).where(eq(vaultEnvelopes.userId, userId)).run();
      for (const { wrappedKey, ...envelope } of envelopes) {
        const row = { ...envelope, userId, wrappedKey: Buffer.from(wrappedKey) };
        db.insert(vaultEnvelopes).values(row).run();
      }
      return true;
    },

    remove(userId: string): void {
      const { changes } = db
        .update(vaults)
        .set({
          exists: false,
          data: null,
          rotationDue: false,
          revision: sql`${vaults.revision} + 1`,
        })
        .where(and(eq(vaults.userId, userId), vaults.exists))
        .run();
      if (changes === 0) throw new RpError('not_found');
      db.delete(vaultEnvelopes).where(eq(vaultEnvelopes.userId, userId)).run();
    },

    /** Before the passkey is deleted, and its envelopes with it. */
    giveUp(userId: string, credentialId: string): void {
      const accepted = db
        .select({ id: credentials.id })
        .from(credentials)
        .where(and(eq(credentials.userId, userId), inArray(credentials.state, acceptedStates)))
        .all()
        .map(({ id }) => id);
      const kept = vaultWithout(find(userId), findSalts(), credentialId, accepted);
      if (kept === null) return;
      db.update(vaults).set(kept).where(eq(vaults.userId, userId)).run();
    },
  };
}

import type { Database } from 'better-sqlite3';
import {
  and,
  asc,
  count,
  eq,
  getTableColumns,
  gte,
  inArray,
  isNull,
  lte,
  ne,
  or,
  type SQL,
  sql,
} from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { RpError } from '../../errors.ts';
import type {
  Attestation,
  Credential,
  CredentialUse,
  HeldCredential,
  Opener,
} from '../../records/credential.ts';
import type { NewSession } from '../../records/session.ts';
import type { User } from '../../records/user.ts';
import { type KeepOneOf, wayInStates } from '../../records/ways-in.ts';
import { columnsOf, heldFields, openerFields } from '../columns.ts';
import type { CredentialStore } from '../credentials.ts';
import { everyColumn } from '../placeholders.ts';
import { counterMoved } from '../refusals.ts';
import { type CredentialRow, credentialOf, rowOf } from '../user-handle.ts';
import { compile, compileSelect } from './compile.ts';
import { violates } from './group-commit.ts';
import { attestations, credentials, users } from './schema.ts';
import { opaque, userColumns } from './users.ts';

type Postponement = Omit<Parameters<CredentialStore['postponeUpgrade']>[0], 'audit'>;

/** Statements on credentials; those that write run inside a transaction of the caller's. */
export function credentialStatements(
  db: BetterSQLite3Database,
  database: Database,
  countLinks: (userId: string, teams: readonly string[]) => number,
) {
  const both = { credential: getTableColumns(credentials), user: userColumns };
  const withOwner = compileSelect<{ credential: CredentialRow; user: User }>(
    database,
    db
      .select(both)
      .from(credentials)
      .innerJoin(users, eq(users.id, credentials.userId))
      .where(eq(credentials.id, opaque('id'))),
    both,
  );
  const openerColumns = columnsOf(credentials, openerFields);
  const opener = compileSelect<Opener>(
    database,
    db
      .select(openerColumns)
      .from(credentials)
      .where(eq(credentials.id, opaque('id'))),
    openerColumns,
  );
  const ofUser = db
    .select()
    .from(credentials)
    .where(eq(credentials.userId, opaque('userId')))
    .orderBy(asc(credentials.createdAt), asc(credentials.id))
    .prepare();
  const insert = compile(database, db.insert(credentials).values(everyColumn(credentials)));
  const attest = compile(database, db.insert(attestations).values(everyColumn(attestations)));
  const used = compile(
    database,
    db
      .update(credentials)
      .set({
        signCount: sql`${sql.placeholder('signCount')}`,
        backupEligible: sql`${sql.placeholder('backupEligible')}`,
        backedUp: sql`${sql.placeholder('backedUp')}`,
        backupKnown: true,
        state: sql`CASE ${credentials.state} WHEN ${sql.placeholder('from')} THEN ${sql.placeholder('to')} ELSE ${credentials.state} END`,
        // WebAuthn L3 §7.2 step 24: once verified, always initialised.
        uvInitialized: sql`max(${credentials.uvInitialized}, ${sql.placeholder('uvInitialized')})`,
        counterFellAt: sql`coalesce(${sql.placeholder('counterFellAt')}, ${credentials.counterFellAt})`,
        lastUsedAt: sql`${sql.placeholder('usedAt')}`,
        useKnown: true,
        lastUserAgent: sql`${sql.placeholder('userAgent')}`,
        lastCountry: sql`${sql.placeholder('country')}`,
      })
      .where(
        and(
          eq(credentials.id, sql.placeholder('id')),
          eq(credentials.signCount, sql.placeholder('expectedSignCount')),
          ne(credentials.state, 'revoked'),
          sql`EXISTS (
          SELECT 1 FROM ${users}
          WHERE ${users.id} = ${credentials.userId} AND ${users.disabledAt} IS NULL
        )`,
        ),
      ),
  );

  const brief = columnsOf(credentials, heldFields);
  const briefly = compileSelect<HeldCredential>(
    database,
    db
      .select(brief)
      .from(credentials)
      .where(eq(credentials.userId, opaque('userId')))
      .orderBy(asc(credentials.createdAt), asc(credentials.id)),
    brief,
  );

  const counted = (condition: SQL | undefined): number =>
    db.select({ held: count() }).from(credentials).where(condition).get()?.held ?? 0;
  const isWayIn = inArray(credentials.state, wayInStates);
  const owned = (userId: string, id: string) =>
    and(eq(credentials.id, id), eq(credentials.userId, userId));

  return {
    find(id: string): { credential: Credential; user: User } | null {
      const [found] = withOwner({ id });
      return found === undefined
        ? null
        : { credential: credentialOf(found.credential), user: found.user };
    },
    findOpener: (id: string): Opener | null => opener({ id })[0] ?? null,
    list: (userId: string): Credential[] => ofUser.all({ userId }).map(credentialOf),
    listBriefly: (userId: string): HeldCredential[] => briefly({ userId }),

    insert(credential: Credential, isDecoy = false): void {
      if (isDecoy) throw new RpError('credential_exists', { detail: 'a decoy' });
      try {
        insert({ ...rowOf(credential), publicKey: Buffer.from(credential.publicKey) });
      } catch (error) {
        // WebAuthn L3 §7.1 step 26: a credential ID belongs to one account only.
        if (violates(error, 'credentials.id')) throw new RpError('credential_exists');
        throw error;
      }
    },

    attest(credential: Credential, attestation: Attestation): void {
      attest({
        credentialId: credential.id,
        fmt: attestation.fmt,
        attestationObject: Buffer.from(attestation.attestationObject),
        clientDataJSON: Buffer.from(attestation.clientDataJSON),
      });
    },

    refuseOver(limit: number, userId: string): void {
      if (counted(eq(credentials.userId, userId)) >= limit) throw new RpError('credential_limit');
    },

    refuseUsedSince(since: number, userId: string): void {
      const isUsed = and(eq(credentials.userId, userId), gte(credentials.lastUsedAt, since));
      if (counted(isUsed) > 0)
        throw new RpError('unauthenticated', { detail: 'a passkey was used' });
    },

    use(use: CredentialUse, { userAgent, country }: NewSession): void {
      const changes = used({
        ...use,
        ...(use.state ?? { from: null, to: null }),
        userAgent,
        country,
        backupEligible: Number(use.backupEligible),
        backedUp: Number(use.backedUp),
        uvInitialized: Number(use.uvInitialized),
      });
      if (changes === 1) return;
      const [found] = withOwner({ id: use.id });
      if (found === undefined || found.credential.state === 'revoked') {
        throw new RpError('credential_unknown');
      }
      if (found.user.disabledAt !== null) throw new RpError('account_disabled');
      throw counterMoved();
    },

    /** What the operator revoked meanwhile stays revoked. */
    suspect(id: string, counterFellAt: number): void {
      db.update(credentials)
        .set({ state: 'suspected-clone', counterFellAt })
        .where(and(eq(credentials.id, id), ne(credentials.state, 'revoked')))
        .run();
    },

    /** The suspicion is off those of them that are under it. */
    clear(userId: string, ids: readonly string[]): void {
      const suspected = eq(credentials.state, 'suspected-clone');
      for (const id of ids) {
        db.update(credentials)
          .set({ state: 'active' })
          .where(and(owned(userId, id), suspected))
          .run();
      }
    },

    /** Where it is still there: neither a suspicion nor the operator's word is lifted by it. */
    supersede(userId: string, id: string): void {
      db.update(credentials)
        .set({ state: 'superseded' })
        .where(and(owned(userId, id), eq(credentials.state, 'active')))
        .run();
    },

    change(userId: string, id: string, to: Partial<Pick<Credential, 'name' | 'state'>>): void {
      const { changes } = db.update(credentials).set(to).where(owned(userId, id)).run();
      if (changes === 0) throw new RpError('not_found');
    },

    /** False if it is put off already. */
    postponeUpgrade({ userId, id, now, until }: Postponement): boolean {
      const isDue = or(isNull(credentials.upgradeAfter), lte(credentials.upgradeAfter, now));
      const { changes } = db
        .update(credentials)
        .set({ upgradeAfter: until })
        .where(and(owned(userId, id), isDue))
        .run();
      if (changes === 0 && counted(owned(userId, id)) === 0) throw new RpError('not_found');
      return changes === 1;
    },

    remove(userId: string, id: string): void {
      const { changes } = db.delete(credentials).where(owned(userId, id)).run();
      if (changes === 0) throw new RpError('not_found');
    },

    /** Counted after the deletion, in its transaction: nobody else writes meanwhile. */
    refuseNone(userId: string, { passkeys, apple }: KeepOneOf): void {
      const among = inArray(credentials.id, [...passkeys]);
      const left = counted(and(eq(credentials.userId, userId), isWayIn, among));
      if (left === 0 && countLinks(userId, apple) === 0) throw new RpError('last_credential');
    },
  };
}

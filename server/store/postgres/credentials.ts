import { and, asc, count, eq, gte, inArray, isNull, lte, ne, or, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { RpError } from '../../errors.ts';
import type {
  Attestation,
  Credential,
  CredentialState,
  HeldCredential,
  Opener,
} from '../../records/credential.ts';
import type { User } from '../../records/user.ts';
import { type KeepOneOf, wayInStates } from '../../records/ways-in.ts';
import { columnsOf, heldFields, openerFields } from '../columns.ts';
import type { CredentialStore } from '../credentials.ts';
import { everyColumn } from '../placeholders.ts';
import { credentialOf, rowOf } from '../user-handle.ts';
import { attestations, credentials, users } from './schema.ts';
import { userColumns } from './users.ts';

type Postponement = Omit<Parameters<CredentialStore['postponeUpgrade']>[0], 'audit'>;

/** Statements on credentials; those that write run inside a transaction of the caller's. */
export function credentialStatements(
  db: NodePgDatabase,
  countLinks: (userId: string, teams: readonly string[]) => Promise<number>,
) {
  const withOwner = db
    .select({ credential: credentials, user: userColumns })
    .from(credentials)
    .innerJoin(users, eq(users.id, credentials.userId))
    .where(eq(credentials.id, sql.placeholder('id')))
    .prepare('find_credential');
  const opener = db
    .select(columnsOf(credentials, openerFields))
    .from(credentials)
    .where(eq(credentials.id, sql.placeholder('id')))
    .prepare('find_opener');
  const ofUser = db
    .select()
    .from(credentials)
    .where(eq(credentials.userId, sql.placeholder('userId')))
    .orderBy(asc(credentials.createdAt), asc(credentials.id))
    .prepare('list_credentials');
  const briefly = db
    .select(columnsOf(credentials, heldFields))
    .from(credentials)
    .where(eq(credentials.userId, sql.placeholder('userId')))
    .orderBy(asc(credentials.createdAt), asc(credentials.id))
    .prepare('list_briefly');
  const insert = db
    .insert(credentials)
    .values(everyColumn(credentials))
    .onConflictDoNothing({ target: credentials.id })
    .prepare('insert_credential');
  const attest = db
    .insert(attestations)
    .values(everyColumn(attestations))
    .prepare('insert_attestation');
  const ofThisUser = eq(credentials.userId, sql.placeholder('userId'));
  const counted = db
    .select({ held: count() })
    .from(credentials)
    .where(ofThisUser)
    .prepare('count_credentials');
  const countedUsed = db
    .select({ held: count() })
    .from(credentials)
    .where(and(ofThisUser, gte(credentials.lastUsedAt, sql.placeholder('since'))))
    .prepare('count_credentials_used_since');
  const countedWays = db
    .select({ held: count() })
    .from(credentials)
    .where(
      and(
        ofThisUser,
        inArray(credentials.state, wayInStates),
        sql`${credentials.id} = ANY(${sql.placeholder('among')}::text[])`,
      ),
    )
    .prepare('count_ways_in');

  const owned = and(
    eq(credentials.id, sql.placeholder('id')),
    eq(credentials.userId, sql.placeholder('userId')),
  );
  const holdOwned = db
    .select({ id: credentials.id })
    .from(credentials)
    .where(owned)
    .for('update')
    .prepare('hold_owned_credential');
  const holdAny = db
    .select({ id: credentials.id })
    .from(credentials)
    .where(eq(credentials.id, sql.placeholder('id')))
    .for('no key update')
    .prepare('hold_credential');
  const change = (column: 'name' | 'state', name: string) =>
    db
      .update(credentials)
      .set({ [column]: sql`${sql.placeholder('value')}` })
      .where(owned)
      .prepare(name);
  const rename = change('name', 'rename_credential');
  const changeState = change('state', 'change_credential_state');
  const postpone = db
    .update(credentials)
    .set({ upgradeAfter: sql`${sql.placeholder('until')}` })
    .where(
      and(
        owned,
        or(isNull(credentials.upgradeAfter), lte(credentials.upgradeAfter, sql.placeholder('now'))),
      ),
    )
    .prepare('postpone_upgrade');
  const supersede = db
    .update(credentials)
    .set({ state: 'superseded' })
    .where(and(owned, eq(credentials.state, 'active')))
    .prepare('supersede_credential');
  const remove = db.delete(credentials).where(owned).prepare('delete_credential');
  const suspect = db
    .update(credentials)
    .set({
      state: 'suspected-clone',
      counterFellAt: sql`${sql.placeholder('counterFellAt')}`,
    })
    .where(and(eq(credentials.id, sql.placeholder('id')), ne(credentials.state, 'revoked')))
    .prepare('suspect_credential');

  async function changeOrRefuse(
    statement: ReturnType<typeof change>,
    of: { userId: string; id: string },
    value: string,
  ): Promise<void> {
    if ((await statement.execute({ ...of, value })).rowCount === 0) throw new RpError('not_found');
  }

  return {
    async find(id: string): Promise<{ credential: Credential; user: User } | null> {
      const [found] = await withOwner.execute({ id });
      return found === undefined
        ? null
        : { credential: credentialOf(found.credential), user: found.user };
    },
    findOpener: async (id: string): Promise<Opener | null> =>
      (await opener.execute({ id }))[0] ?? null,

    list: async (userId: string): Promise<Credential[]> =>
      (await ofUser.execute({ userId })).map(credentialOf),

    listBriefly: (userId: string): Promise<HeldCredential[]> => briefly.execute({ userId }),

    async insert(credential: Credential, isDecoy = false): Promise<void> {
      if (isDecoy) throw new RpError('credential_exists', { detail: 'a decoy' });
      const { rowCount } = await insert.execute({ ...rowOf(credential) });
      // WebAuthn L3 §7.1 step 26: a credential ID belongs to one account only.
      if (rowCount === 0) throw new RpError('credential_exists');
    },

    async attest(credentialId: string, attestation: Attestation): Promise<void> {
      await attest.execute({ credentialId, ...attestation });
    },

    /** Counts what the transaction sees after it locked the account: see `users.hold`. */
    async refuseOver(limit: number, userId: string): Promise<void> {
      const [row] = await counted.execute({ userId });
      if ((row?.held ?? 0) >= limit) throw new RpError('credential_limit');
    },

    async refuseUsedSince(since: number, userId: string): Promise<void> {
      const [row] = await countedUsed.execute({ userId, since });
      if ((row?.held ?? 0) > 0) {
        throw new RpError('unauthenticated', { detail: 'a passkey was used' });
      }
    },

    /** What was superseded may be gone, and what was revoked is no way in. */
    async refuseNone(userId: string, { passkeys, apple }: KeepOneOf): Promise<void> {
      const [counted] = await countedWays.execute({ userId, among: passkeys });
      if (counted?.held !== 0) return;
      if (apple.length === 0 || (await countLinks(userId, apple)) === 0) {
        throw new RpError('last_credential');
      }
    },

    /** Holds it until the transaction ends, if it is there. */
    hold: async (id: string): Promise<boolean> => (await holdAny.execute({ id })).length === 1,

    /** Before its sessions are touched: a sign-in locks in this order too. */
    async holdOrRefuse(userId: string, id: string): Promise<void> {
      if ((await holdOwned.execute({ userId, id })).length === 0) throw new RpError('not_found');
    },

    /** What the operator revoked meanwhile stays revoked. */
    async suspect(id: string, counterFellAt: number): Promise<void> {
      await suspect.execute({ id, counterFellAt });
    },

    rename: (userId: string, id: string, name: string) =>
      changeOrRefuse(rename, { userId, id }, name),
    changeState: (userId: string, id: string, state: CredentialState) =>
      changeOrRefuse(changeState, { userId, id }, state),

    /** False if it is put off already. */
    async postponeUpgrade({ userId, id, now, until }: Postponement): Promise<boolean> {
      const { rowCount } = await postpone.execute({ userId, id, now, until });
      if (rowCount === 0 && (await holdOwned.execute({ userId, id })).length === 0) {
        throw new RpError('not_found');
      }
      return rowCount === 1;
    },

    /** Where it is still there: neither a suspicion nor the operator's word is lifted by it. */
    async supersede(userId: string, id: string | null): Promise<void> {
      if (id !== null) await supersede.execute({ userId, id });
    },

    async remove(userId: string, id: string): Promise<void> {
      await remove.execute({ userId, id });
    },
  };
}

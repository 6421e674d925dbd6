import { and, asc, count, eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { RpError } from '../../errors.ts';
import type { Attestation, Credential, CredentialState, User } from '../store.ts';
import { everyColumn } from './placeholders.ts';
import { attestations, credentials, users } from './schema.ts';
import { userColumns } from './users.ts';

/** Statements on credentials; those that write run inside a transaction of the caller's. */
export function credentialStatements(db: NodePgDatabase) {
  const withOwner = db
    .select({ credential: credentials, user: userColumns })
    .from(credentials)
    .innerJoin(users, eq(users.id, credentials.userId))
    .where(eq(credentials.id, sql.placeholder('id')))
    .prepare('find_credential');
  const ofUser = db
    .select()
    .from(credentials)
    .where(eq(credentials.userId, sql.placeholder('userId')))
    .orderBy(asc(credentials.createdAt), asc(credentials.id))
    .prepare('list_credentials');
  const insert = db
    .insert(credentials)
    .values(everyColumn(credentials))
    .onConflictDoNothing({ target: credentials.id })
    .prepare('insert_credential');
  const attest = db
    .insert(attestations)
    .values(everyColumn(attestations))
    .prepare('insert_attestation');
  const counted = db
    .select({ held: count() })
    .from(credentials)
    .where(eq(credentials.userId, sql.placeholder('userId')))
    .prepare('count_credentials');

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
  const rename = db
    .update(credentials)
    .set({ name: sql`${sql.placeholder('name')}` })
    .where(owned)
    .prepare('rename_credential');
  const remove = db.delete(credentials).where(owned).prepare('delete_credential');
  const mark = db
    .update(credentials)
    .set({ state: sql`${sql.placeholder('state')}` })
    .where(eq(credentials.id, sql.placeholder('id')))
    .prepare('mark_credential');

  async function held(userId: string): Promise<number> {
    return (await counted.execute({ userId }))[0]?.held ?? 0;
  }

  return {
    find: async (id: string): Promise<{ credential: Credential; user: User } | null> =>
      (await withOwner.execute({ id }))[0] ?? null,
    list: (userId: string): Promise<Credential[]> => ofUser.execute({ userId }),

    async insert(credential: Credential): Promise<void> {
      const { rowCount } = await insert.execute({ ...credential });
      // WebAuthn L3 §7.1 step 26: a credential ID belongs to one account only.
      if (rowCount === 0) throw new RpError('credential_exists');
    },

    async attest(credentialId: string, attestation: Attestation): Promise<void> {
      await attest.execute({ credentialId, ...attestation });
    },

    /** Counts what the transaction sees after it locked the account: see `users.hold`. */
    async refuseOver(limit: number, userId: string): Promise<void> {
      if ((await held(userId)) >= limit) throw new RpError('credential_limit');
    },

    async refuseNone(userId: string): Promise<void> {
      if ((await held(userId)) === 0) throw new RpError('last_credential');
    },

    /** Holds it until the transaction ends, if it is there. */
    hold: async (id: string): Promise<boolean> => (await holdAny.execute({ id })).length === 1,

    /** Before its sessions are touched: a sign-in locks in this order too. */
    async holdOrRefuse(userId: string, id: string): Promise<void> {
      if ((await holdOwned.execute({ userId, id })).length === 0) throw new RpError('not_found');
    },

    async mark(id: string, state: CredentialState): Promise<void> {
      await mark.execute({ id, state });
    },

    async rename(userId: string, id: string, name: string): Promise<void> {
      const { rowCount } = await rename.execute({ userId, id, name });
      if (rowCount === 0) throw new RpError('not_found');
    },

    async remove(userId: string, id: string): Promise<void> {
      await remove.execute({ userId, id });
    },
  };
}

import { and, asc, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
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
import { everyColumn } from '../placeholders.ts';
import type { SaltRotation, VaultStore } from '../vault.ts';
import { once, rotationCounts, vaultOf } from '../vault-rows.ts';
import { vaultWithout } from '../vault-without.ts';
import { credentials, vaultEnvelopes, vaultSalts, vaults } from './schema.ts';
import { settleAll } from './settle-all.ts';

/** The one row of the salts. */
const only = eq(vaultSalts.id, 1);

type Write = Parameters<VaultStore['writeVault']>[0];

const $ = (name: string) => sql.placeholder(name);

const saltColumns = columnsOf(vaultSalts, saltFields);
const envelopeColumns = columnsOf(vaultEnvelopes, envelopeFields);
const vaultColumns = {
  userId: vaults.userId,
  exists: vaults.exists,
  revision: vaults.revision,
  data: once(vaults.data).mapWith(vaults.data) as SQL<Uint8Array | null>,
  rotationDue: vaults.rotationDue,
};

/**
 * Vaults and salts. Whoever changes a vault holds its account first, and then the salts against a rotation
 * that ends; who ends one waits for them, and they for it.
 */
export function vaultStatements(db: NodePgDatabase) {
  const ofUser = db
    .select({ vault: vaultColumns, envelope: envelopeColumns })
    .from(vaults)
    .leftJoin(vaultEnvelopes, eq(vaultEnvelopes.userId, vaults.userId))
    .where(eq(vaults.userId, $('userId')))
    .orderBy(asc(vaultEnvelopes.createdAt), asc(vaultEnvelopes.id))
    .prepare('find_vault');
  const salts = db.select(saltColumns).from(vaultSalts).where(only).prepare('find_salts');
  const held = db
    .select(saltColumns)
    .from(vaultSalts)
    .where(only)
    .for('share')
    .prepare('hold_salts');
  const locked = db
    .select(saltColumns)
    .from(vaultSalts)
    .where(only)
    .for('update')
    .prepare('lock_salts');
  const keep = db
    .insert(vaultSalts)
    .values({ id: 1, current: $('current') })
    .onConflictDoNothing()
    .prepare('keep_salts');
  const begin = db
    .update(vaultSalts)
    .set({ next: sql`${$('next')}`, rotatingSince: sql`${$('at')}` })
    .where(and(only, isNull(vaultSalts.next)))
    .prepare('begin_salt_rotation');
  const finish = db
    .update(vaultSalts)
    .set({ current: sql`${vaultSalts.next}`, next: null, rotatingSince: null })
    .where(only)
    .prepare('finish_salt_rotation');
  const owned = db
    .select({ id: credentials.id })
    .from(credentials)
    .where(
      and(eq(credentials.userId, $('userId')), sql`${credentials.id} = ANY(${$('ids')}::text[])`),
    )
    .prepare('find_owned_credentials');
  const accepted = db
    .select({ id: credentials.id })
    .from(credentials)
    .where(and(eq(credentials.userId, $('userId')), inArray(credentials.state, acceptedStates)))
    .prepare('find_accepted_credentials');
  const insert = db
    .insert(vaults)
    .values({ ...everyColumn(vaults), exists: true, data: sql`${$('data')}::bytea` })
    .onConflictDoNothing()
    .prepare('insert_vault');
  const replace = db
    .update(vaults)
    .set({
      exists: true,
      revision: sql`${$('revision')}`,
      rotationDue: sql`${$('rotationDue')}`,
      data: sql`coalesce(${$('data')}::bytea, ${vaults.data})`,
    })
    .where(and(eq(vaults.userId, $('userId')), eq(vaults.revision, $('expected'))))
    .prepare('replace_vault');
  const change = db
    .update(vaults)
    .set({
      exists: sql`${$('exists')}`,
      revision: sql`${$('revision')}`,
      rotationDue: sql`${$('rotationDue')}`,
    })
    .where(eq(vaults.userId, $('userId')))
    .prepare('change_vault');
  const remove = db
    .update(vaults)
    .set({ exists: false, data: null, rotationDue: false, revision: sql`${vaults.revision} + 1` })
    .where(and(eq(vaults.userId, $('userId')), vaults.exists))
    .prepare('delete_vault');
  const clear = db
    .delete(vaultEnvelopes)
    .where(eq(vaultEnvelopes.userId, $('userId')))
    .prepare('clear_envelopes');
  const add = db
    .insert(vaultEnvelopes)
    .values(everyColumn(vaultEnvelopes))
    .prepare('insert_envelope');

  const find = async (userId: string): Promise<Vault | null> =>
    vaultOf(await ofUser.execute({ userId }));

  async function rotationOf(query: Promise<StoredSalts[]>): Promise<SaltRotation | null> {
    const [row] = await query;
    const found = rotating(row);
    if (found === null) return null;
    const [current, next] = [found.current, found.next].map((salt) => sql`${saltId(salt)}::text`);
    const { rows } = await db.execute<{ left: string; orphans: string }>(
      rotationCounts(current ?? sql``, next ?? sql``),
    );
    const [counted] = rows;
    return { salts: found, left: Number(counted?.left), orphans: Number(counted?.orphans) };
  }

  /** Whether every passkey is there still, and every salt still in use. */
  async function areStill(userId: string, envelopes: readonly Envelope[]): Promise<boolean> {
    const ids = [...new Set(envelopes.flatMap(({ credentialId }) => credentialId ?? []))];
    const [[found], credentials] = await settleAll([
      held.execute(),
      owned.execute({ userId, ids }),
    ]);
    const live = found === undefined ? [] : liveSaltIds(found);
    return credentials.length === ids.length && envelopes.every((each) => isLive(each, live));
  }

  /** One statement decides which of two writers was first. */
  async function take(input: Write): Promise<boolean> {
    const { userId, expected, revision, rotationDue, data } = input;
    const next = { userId, revision, rotationDue, data: data ?? null };
    const { rowCount } = await (expected === null
      ? insert.execute(next)
      : replace.execute({ ...next, expected }));
    return rowCount === 1;
  }

  return {
    find,
    findSalts: async (): Promise<StoredSalts | null> => (await salts.execute())[0] ?? null,

    async keepSalts(candidate: Uint8Array): Promise<StoredSalts> {
      await keep.execute({ current: candidate });
      const [kept] = await salts.execute();
      return kept ?? { current: candidate, next: null, rotatingSince: null };
    },

    /** Whether it was begun now. */
    async beginSaltRotation(next: Uint8Array, at: number): Promise<boolean> {
      const { rowCount } = await begin.execute({ next, at });
      return rowCount === 1;
    },

    saltRotation: (): Promise<SaltRotation | null> => rotationOf(salts.execute()),

    async finishSaltRotation(): Promise<SaltRotation | null> {
      const rotation = await rotationOf(locked.execute());
      if (rotation?.orphans === 0) await finish.execute();
      return rotation;
    },

    /** The account is held by the caller. */
    async write(input: Write): Promise<boolean> {
      const { userId, envelopes } = input;
      if (!(await areStill(userId, envelopes)) || !(await take(input))) return false;
      await settleAll([
        clear.execute({ userId }),
        ...envelopes.map((each) => add.execute({ ...each, userId })),
      ]);
      return true;
    },

    async remove(userId: string): Promise<void> {
      const { rowCount } = await remove.execute({ userId });
      if (rowCount === 0) throw new RpError('not_found');
      await clear.execute({ userId });
    },

    /** Before the passkey is deleted, and its envelopes with it; the account is held by the caller. */
    async giveUp(userId: string, credentialId: string): Promise<void> {
      const [vault, [found = null], passkeys] = await settleAll([
        find(userId),
        held.execute(),
        accepted.execute({ userId }),
      ]);
      const ids = passkeys.map(({ id }) => id);
      const kept = vaultWithout(vault, found, credentialId, ids);
      if (kept !== null) await change.execute({ ...kept, userId });
    },
  };
}

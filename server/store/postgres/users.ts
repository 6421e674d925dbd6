import { and, asc, eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { RpError } from '../../errors.ts';
import type { NewUser, User } from '../../records/user.ts';
import { columnsOf, userFields } from '../columns.ts';
import { lastCharacter, pageOf } from '../pages.ts';
import { everyColumn } from '../placeholders.ts';
import { accountIsGone } from '../refusals.ts';
import type { Store } from '../store.ts';
import { violatesUniqueness } from './failures.ts';
import { inBytes } from './in-bytes.ts';
import { users } from './schema.ts';

export const userColumns = columnsOf(users, userFields);

/** Statements on accounts; those that write run inside a transaction of the caller's. */
export function userStatements(db: NodePgDatabase) {
  const byId = db
    .select(userColumns)
    .from(users)
    .where(eq(users.id, sql.placeholder('id')))
    .prepare('find_user');
  const byName = db
    .select(userColumns)
    .from(users)
    .where(eq(users.usernameKey, sql.placeholder('key')))
    .prepare('find_user_by_name');
  const key = inBytes(users.usernameKey);
  const page = db
    .select({ key: users.usernameKey, user: userColumns })
    .from(users)
    .where(
      and(
        sql`${key} > ${sql.placeholder('after')}`,
        sql`${key} >= ${sql.placeholder('from')}`,
        sql`${key} < ${sql.placeholder('until')}`,
      ),
    )
    .orderBy(asc(key))
    .limit(sql.placeholder('limit'))
    .prepare('list_users');
  // Weaker than FOR UPDATE by what foreign keys ask for: what only refers to the account does not wait.
  const lock = db
    .select({ id: users.id })
    .from(users)
    .where(eq(users.id, sql.placeholder('id')))
    .for('no key update')
    .prepare('hold_user');
  const insert = db
    .insert(users)
    .values(everyColumn(users))
    .onConflictDoNothing({ target: users.usernameKey })
    .prepare('insert_user');
  const update = db
    .update(users)
    .set({
      username: sql`coalesce(${sql.placeholder('username')}, ${users.username})`,
      usernameKey: sql`coalesce(${sql.placeholder('usernameKey')}, ${users.usernameKey})`,
      displayName: sql`coalesce(${sql.placeholder('displayName')}, ${users.displayName})`,
    })
    .where(eq(users.id, sql.placeholder('id')))
    .returning(userColumns)
    .prepare('update_user');
  const disable = db
    .update(users)
    .set({ disabledAt: sql`${sql.placeholder('at')}` })
    .where(eq(users.id, sql.placeholder('id')))
    .prepare('disable_user');
  const assignPolicy = db
    .update(users)
    .set({ policy: sql`${sql.placeholder('policy')}` })
    .where(eq(users.id, sql.placeholder('id')))
    .prepare('assign_policy');
  const remove = db
    .delete(users)
    .where(eq(users.id, sql.placeholder('id')))
    .prepare('delete_user');

  const hold = async (id: string) => (await lock.execute({ id })).length === 1;

  return {
    find: async (id: string): Promise<User | null> => (await byId.execute({ id }))[0] ?? null,
    async findByName(keys: readonly string[]): Promise<User | null> {
      for (const key of keys) {
        const [found] = await byName.execute({ key });
        if (found !== undefined) return found;
      }
      return null;
    },

    /**
     * Holds the account until the transaction ends, if it is there. Whoever adds or deletes one of its
     * credentials takes this lock first, so that counting them means something.
     */
    hold,

    async holdOrRefuse(id: string): Promise<void> {
      if (!(await hold(id))) throw accountIsGone();
    },

    async list({ search = '', after = '', limit }: Parameters<Store['listUsers']>[0]) {
      const until = search + lastCharacter;
      const rows = await page.execute({ after, from: search, until, limit: limit + 1 });
      const { shown, next } = pageOf(rows, limit, ({ key }) => key);
      return { users: shown.map(({ user }) => user), next };
    },

    /** What completes a sign-in looks at the account under a lock, and so before this or after it. */
    async disable(id: string, at: number | null): Promise<void> {
      const { rowCount } = await disable.execute({ id, at });
      if (rowCount === 0) throw new RpError('not_found');
    },

    async assignPolicy(id: string, policy: string | null): Promise<void> {
      const { rowCount } = await assignPolicy.execute({ id, policy });
      if (rowCount === 0) throw new RpError('not_found');
    },

    async insert(user: NewUser, usernameKey: string): Promise<void> {
      const { rowCount } = await insert.execute({
        ...user,
        usernameKey,
        disabledAt: null,
        policy: null,
      });
      if (rowCount === 0) throw new RpError('username_taken');
    },

    async update(
      id: string,
      { name, displayName }: Pick<Parameters<Store['updateAccount']>[0], 'name' | 'displayName'>,
    ): Promise<User> {
      const given = {
        username: name?.username ?? null,
        usernameKey: name?.usernameKey ?? null,
        displayName: displayName ?? null,
      };
      const [user] = await update.execute({ id, ...given }).catch((error: unknown) => {
        // The name is all that is unique in what this statement writes.
        throw violatesUniqueness(error) ? new RpError('username_taken') : error;
      });
      if (user === undefined) throw accountIsGone();
      return user;
    },

    /** Everything that belongs to the account goes with it: foreign keys cascade. Resolves to whether it was there. */
    async remove(id: string): Promise<boolean> {
      return ((await remove.execute({ id })).rowCount ?? 0) > 0;
    },
  };
}

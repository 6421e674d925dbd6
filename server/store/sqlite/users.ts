import type { Database } from 'better-sqlite3';
import { and, asc, eq, gt, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { RpError } from '../../errors.ts';
import type { NewUser, User } from '../../records/user.ts';
import { columnsOf, userFields } from '../columns.ts';
import { lastCharacter, pageOf } from '../pages.ts';
import { everyColumn } from '../placeholders.ts';
import { accountIsGone } from '../refusals.ts';
import type { Store } from '../store.ts';
import { compile, compileSelect } from './compile.ts';
import { violates } from './group-commit.ts';
import { users } from './schema.ts';

/**
 * A parameter that the planner can't see into: with a bare one SQLite plans a join or an ORDER BY anew at
 * every call, as if its value mattered.
 */
export const opaque = (name: string) => sql`cast(${sql.placeholder(name)} as text)`;

export const userColumns = columnsOf(users, userFields);

/** Statements on accounts; those that write run inside a transaction of the caller's. */
export function userStatements(db: BetterSQLite3Database, database: Database) {
  const where = (condition: SQL) =>
    compileSelect<User>(database, db.select(userColumns).from(users).where(condition), userColumns);
  const byId = where(eq(users.id, sql.placeholder('id')));
  const byName = where(eq(users.usernameKey, sql.placeholder('key')));
  const insert = compile(database, db.insert(users).values(everyColumn(users)));

  const find = (id: string): User | null => byId({ id })[0] ?? null;

  return {
    find,
    findByName(keys: readonly string[]): User | null {
      for (const key of keys) {
        const [found] = byName({ key });
        if (found !== undefined) return found;
      }
      return null;
    },

    /** Keys compare by their bytes, so what begins alike stands together. */
    list({ search = '', after = '', limit }: Parameters<Store['listUsers']>[0]) {
      const rows = db
        .select({ key: users.usernameKey, user: userColumns })
        .from(users)
        .where(
          and(
            gt(users.usernameKey, after),
            gte(users.usernameKey, search),
            lt(users.usernameKey, search + lastCharacter),
          ),
        )
        .orderBy(asc(users.usernameKey))
        .limit(limit + 1)
        .all();
      const { shown, next } = pageOf(rows, limit, ({ key }) => key);
      return { users: shown.map(({ user }) => user), next };
    },

    refuseMissing(id: string): void {
      if (find(id) === null) throw accountIsGone();
    },

    insert(user: NewUser, usernameKey: string): void {
      refuseTakenName(() => insert({ ...user, usernameKey, disabledAt: null, policy: null }));
    },

    update(
      id: string,
      { name, displayName }: Pick<Parameters<Store['updateAccount']>[0], 'name' | 'displayName'>,
    ): User {
      const changed = { ...name, ...(displayName !== undefined && { displayName }) };
      if (Object.keys(changed).length > 0) {
        refuseTakenName(() => db.update(users).set(changed).where(eq(users.id, id)).run());
      }
      const user = find(id);
      if (user === null) throw accountIsGone();
      return user;
    },

    assignPolicy(id: string, policy: string | null): void {
      const { changes } = db.update(users).set({ policy }).where(eq(users.id, id)).run();
      if (changes === 0) throw new RpError('not_found');
    },

    disable(id: string, at: number | null): void {
      const { changes } = db.update(users).set({ disabledAt: at }).where(eq(users.id, id)).run();
      if (changes === 0) throw new RpError('not_found');
    },

    /** Everything that belongs to the account goes with it: foreign keys cascade. Returns whether it was there. */
    remove(id: string): boolean {
      return db.delete(users).where(eq(users.id, id)).run().changes > 0;
    },
  };
}

function refuseTakenName<Result>(write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    if (violates(error, 'users.username_key')) throw new RpError('username_taken');
    throw error;
  }
}

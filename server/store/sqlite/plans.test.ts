/** No statement that the store sends may read a table from end to end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyOperation } from '../../testing/every-operation.ts';
import { openSqliteStore } from './open.ts';

/**
 * The oldest entries, some of which it will delete; an account whose history is being erased, mostly none; the
 * latest messages that were given up; a page of the latest of all operators' entries; and entries that have no
 * position in the feed yet; each by an index that holds nothing else.
 */
const bounded =
  /FROM "audit_entries" ORDER BY "audit_entries"\."id" asc LIMIT|FROM "erasures" LIMIT|FROM "outbox" WHERE failure IS NOT NULL ORDER BY [^ ]+ DESC LIMIT|FROM "operator_entries" ORDER BY [^ ]+"at" DESC, [^ ]+"id" DESC LIMIT|position IS NULL ORDER BY (?:at, )?id LIMIT 100/i;

const folder = mkdtempSync(join(tmpdir(), 'latchkey-plans-'));
const path = join(folder, 'test.db');
const sent = new Set<string>();
let database: Database.Database;

beforeAll(async () => {
  await openSqliteStore(path).close();
  const prepare = Database.prototype.prepare;
  Database.prototype.prepare = function (this: Database.Database, sql: string) {
    sent.add(sql);
    return Reflect.apply(prepare, this, [sql]);
  } as typeof prepare;
  try {
    const store = openSqliteStore(path);
    await everyOperation(store);
    await store.close();
  } finally {
    Database.prototype.prepare = prepare;
  }
  database = new Database(path);
});
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

/** Those on the store's own tables. */
const statements = () =>
  [...sent].filter(
    (sql) => /^\s*(select|insert|update|delete)\b/i.test(sql) && !sql.includes('__drizzle'),
  );

function planOf(sql: string): string[] {
  return database
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...Array(sql.split('?').length - 1).fill(null))
    .map(({ detail }) => detail);
}

/** https://sqlite.org/eqp.html: `SCAN t`, or `SCAN t USING INDEX …`, reads all of it. */
function scans(sql: string): string[] {
  return planOf(sql).filter((detail) => /^SCAN (?!json_each|CONSTANT ROW)/.test(detail));
}

describe('every statement of the store', () => {
  it('has been seen', () => {
    const seen = statements();
    expect(seen.length).toBeGreaterThan(40);
    for (const table of ['users', 'credentials', 'attestations', 'sessions', 'spent_nonces']) {
      expect(seen.some((sql) => sql.includes(table))).toBe(true);
    }
  });

  it('has a plan without a scan of a table', () => {
    const scanning = statements().filter((sql) => scans(sql).length > 0);
    expect(scanning.filter((sql) => !bounded.test(sql))).toEqual([]);
    expect(scanning).toHaveLength(6);
  });

  it('is no join that is planned anew at every call, for the parameter of its LIMIT', () => {
    expect(statements().filter((sql) => /\bjoin\b.*\blimit \?$/is.test(sql))).toEqual([]);
  });

  it('finds the sessions of a sign-in without a look at the others of the account', () => {
    const ofSignIn = statements().filter((sql) => /succeeds"?, [^)]*\) = /.test(sql));
    expect(ofSignIn.length).toBeGreaterThan(4);
    const index = /^SEARCH sessions USING .*INDEX sessions_lineage \(user_id=\? AND <expr>=\?\)$/;
    const others = ofSignIn.filter((sql) => !planOf(sql).some((step) => index.test(step)));
    expect(others).toEqual([]);
  });
});

describe('every foreign key', () => {
  it('has an index that begins with it: what it refers to is deleted without a scan', () => {
    const tables = database
      .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all();
    const missing = tables.flatMap(({ name }) => {
      const columns = database.pragma(`foreign_key_list(${name})`) as {
        id: number;
        from: string;
      }[];
      const keys = Object.values(Object.groupBy(columns, ({ id }) => id)).map((key = []) =>
        key.map(({ from }) => from).join(),
      );
      const indexes = (database.pragma(`index_list(${name})`) as { name: string }[]).map((index) =>
        (database.pragma(`index_info(${index.name})`) as { name: string }[])
          .map((column) => column.name)
          .join(),
      );
      const isCovered = (key: string) => indexes.some((index) => `${index},`.startsWith(`${key},`));
      return keys.filter((key) => !isCovered(key)).map((key) => `${name}: ${key}`);
    });
    expect(missing).toEqual([]);
  });
});

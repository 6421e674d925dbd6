/** Compares what was acknowledged with what the server answers and what its database holds. */
import Database from 'better-sqlite3';
import { Client } from 'pg';
import { parseDatabaseUrl } from '../../server/store/location.ts';
import { TestBrowser } from '../../server/testing/browser.ts';
import { type Attempt, signIn, verify } from './people.ts';

export interface Findings {
  /** Sessions and accounts that were acknowledged, but don't exist. */
  readonly lost: number;
  /** Responses that were accepted a second time. */
  readonly replaysAccepted: number;
  /** Responses that were refused, but not because their nonce is spent. */
  readonly noncesForgotten: number;
}

const concurrency = 50;

async function count<Item>(items: readonly Item[], predicate: (item: Item) => Promise<boolean>) {
  let found = 0;
  for (let first = 0; first < items.length; first += concurrency) {
    const answers = await Promise.all(items.slice(first, first + concurrency).map(predicate));
    found += answers.filter(Boolean).length;
  }
  return found;
}

/** The number of acknowledged sessions that are not valid. */
export function lostSessions(acknowledged: readonly Attempt[]): Promise<number> {
  return count(acknowledged, async ({ browser, answer }) => {
    const { status, body } = await browser.get('/api/session');
    return status !== 200 || body.user.id !== answer.body.user.id;
  });
}

export async function examine(origin: string, acknowledged: readonly Attempt[]): Promise<Findings> {
  const ofSessions = await lostSessions(acknowledged);
  let noncesForgotten = 0;
  const replaysAccepted = await count(acknowledged, async (ceremony) => {
    const { status, body } = await verify(ceremony);
    if (body.code !== 'challenge_invalid') noncesForgotten += 1;
    return status < 300;
  });
  const accounts = [...new Set(acknowledged.map(({ account }) => account))];
  const ofAccounts = await count(accounts, async (account) => {
    const { answer } = await signIn(account, new TestBrowser(origin));
    return answer.status !== 200 || answer.body.user.username !== account.username;
  });
  return { lost: ofSessions + ofAccounts, replaysAccepted, noncesForgotten };
}

export interface Contents {
  /** The number of nonces, which is the number of sessions and of audit entries. */
  readonly ceremonies: number;
  /** The number of users, which is the number of credentials and of attestations. */
  readonly accounts: number;
  /** The result of SQLite's integrity checks; always `ok` with PostgreSQL. */
  readonly integrity: string;
  /** Signature counters by credential ID. */
  readonly signCounts: ReadonlyMap<string, number>;
}

type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/** @throws {Error} if a ceremony was stored only in part */
export async function readContents(databaseUrl: string): Promise<Contents> {
  const location = parseDatabaseUrl(databaseUrl);
  if (location.kind === 'memory') throw new TypeError('a database in memory is out of reach');
  if (location.kind === 'postgres') {
    const client = new Client({ connectionString: location.url });
    await client.connect();
    const contents = await contentsOf(async (sql) => (await client.query(sql)).rows);
    await client.end();
    return contents;
  }
  const database = new Database(location.path);
  try {
    const problems = database.pragma('foreign_key_check') as unknown[];
    const integrity = String(database.pragma('integrity_check', { simple: true }));
    const contents = await contentsOf(async (sql) =>
      database.prepare<[], Record<string, unknown>>(sql).all(),
    );
    return { ...contents, integrity: problems.length > 0 ? JSON.stringify(problems) : integrity };
  } finally {
    database.close();
  }
}

async function contentsOf(query: Query): Promise<Contents> {
  const only = async (tables: readonly string[]): Promise<number> => {
    const counts = tables.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
    const [row = {}] = await query(`SELECT ${counts.join(', ')}`);
    const [first, ...others] = Object.values(row).map(Number);
    if (first === undefined || others.some((other) => other !== first)) {
      throw new Error(`a ceremony is stored only in part: ${JSON.stringify(row)}`);
    }
    return first;
  };
  const rows = await query('SELECT id, sign_count FROM credentials');
  return {
    ceremonies: await only(['spent_nonces', 'sessions', 'audit_entries']),
    accounts: await only(['users', 'credentials', 'attestations']),
    integrity: 'ok',
    signCounts: new Map(rows.map(({ id, sign_count }) => [String(id), Number(sign_count)])),
  };
}

/** The number of credentials whose counter is lower than an acknowledged one. */
export function countersGoneBack(contents: Contents, acknowledged: readonly Attempt[]): number {
  const behind = acknowledged.filter(
    ({ response, signCount }) => (contents.signCounts.get(response.id) ?? -1) < signCount,
  );
  return new Set(behind.map(({ response }) => response.id)).size;
}

/** A fresh database for each server that is measured, and the store that opens it. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { openSqliteStore } from '../../server/store/sqlite/open.ts';
import type { Store } from '../../server/store/store.ts';

export interface FreshDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** @param server a PostgreSQL server's URL; without one, an SQLite file in `folder` */
export async function freshDatabase(
  folder: string,
  name: string,
  server: string | undefined,
): Promise<FreshDatabase> {
  if (server === undefined) {
    return { url: `file:${join(folder, `${name}.db`)}`, drop: async () => {} };
  }
  const database = `bench_${name.replaceAll(/\W/g, '_')}_${randomBytes(4).toString('hex')}`;
  await administer(server, `CREATE DATABASE ${database}`);
  const url = new URL(server);
  url.pathname = `/${database}`;
  return { url: url.href, drop: () => administer(server, `DROP DATABASE ${database}`) };
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(statement);
  await client.end();
}

export async function openStore(url: string): Promise<Store> {
  if (!url.startsWith('file:')) throw new TypeError('no store for this database');
  return openSqliteStore(url.slice('file:'.length));
}

/** New databases for the servers that are measured: SQLite files, or databases of a PostgreSQL server. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../../server/testing/postgres.ts';
import type { Options } from './options.ts';

export interface Databases {
  /** The URL of a new, empty database. */
  create(name: string): Promise<string>;
  /** Drops what was created. */
  close(): Promise<void>;
}

/** One file for each database; the caller removes the folder. */
export function sqliteFiles(folder: string): Databases {
  return {
    create: async (name) => `file:${join(folder, `${name}.db`)}`,
    close: async () => {},
  };
}

export function openDatabases({ database, databaseUrl }: Options, folder: string) {
  if (database === 'sqlite') return sqliteFiles(folder);
  return databaseUrl === undefined ? ownPostgres() : postgresAt(databaseUrl);
}

/** A PostgreSQL server that is started for the run, with full durability. */
async function ownPostgres(): Promise<Databases> {
  const server = await startPostgres({ durable: true });
  return { create: () => server.createDatabase(), close: () => server.remove() };
}

/** New databases on a server that runs already; its other databases are not touched. */
function postgresAt(url: string): Databases {
  const created: string[] = [];
  const administer = async (statement: string) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  return {
    create: async () => {
      const name = `latchkey_bench_${randomBytes(6).toString('hex')}`;
      await administer(`CREATE DATABASE ${name}`);
      created.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    close: async () => {
      for (const name of created) await administer(`DROP DATABASE ${name}`);
    },
  };
}

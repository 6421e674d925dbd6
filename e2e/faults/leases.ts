import Database from 'better-sqlite3';
import { Client } from 'pg';
import { parseDatabaseUrl } from '../../server/store/location.ts';

const sql = 'UPDATE outbox SET due_at = 0 WHERE failure IS NULL';

/** Makes every message of the outbox due, as the end of its lease would: what killed servers had taken. */
export async function endLeases(databaseUrl: string): Promise<void> {
  const location = parseDatabaseUrl(databaseUrl);
  if (location.kind === 'memory') throw new TypeError('a database in memory is out of reach');
  if (location.kind === 'postgres') {
    const client = new Client({ connectionString: location.url });
    await client.connect();
    await client.query(sql);
    await client.end();
    return;
  }
  const database = new Database(location.path);
  database.prepare(sql).run();
  database.close();
}

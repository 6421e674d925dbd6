/** No statement that the store sends may read a table from end to end. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyOperation } from '../../testing/every-operation.ts';
import { type PostgresServer, startPostgres } from '../../testing/postgres.ts';
import { at } from '../../testing/records.ts';
import { openPostgresStore } from './open.ts';

const accounts = 60_000;
const nonces = 150_000;
/** After five executions PostgreSQL may turn to a plan that does not look at the parameters. */
const enough = 8;

let server: PostgresServer;
let database: string;
/** Every prepared statement that was sent, by name. */
const sent = new Map<string, string>();
let scansBefore: unknown;
let scansAfter: unknown;

const scans = () =>
  server.query(
    `SELECT relname, seq_scan FROM pg_stat_user_tables
     WHERE schemaname = 'public' ORDER BY relname`,
    database,
  );

beforeAll(async () => {
  server = await startPostgres({ durable: false });
  const url = await server.createDatabase();
  database = new URL(url).pathname.slice(1);
  await (await openPostgresStore(url)).close();
  await fill();
  scansBefore = await scans();
  const query = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const { name, text } = given[0] as { name?: string; text?: string };
    if (name !== undefined && text !== undefined) sent.set(name, text);
    return Reflect.apply(query, this, given);
  } as typeof query;
  const store = await openPostgresStore(url, { poolSize: 1 });
  for (let times = 0; times < enough; times++) await everyOperation(store);
  await store.close();
  pg.Client.prototype.query = query;
  scansAfter = await scans();
}, 120_000);
afterAll(() => server.remove());

describe('every statement of the store', () => {
  it('has been seen, under a name', () => {
    expect([...sent.keys()]).toContain('sign_in');
    expect(sent.size).toBeGreaterThan(25);
  });

  it('has a plan without a scan of a table, whatever its parameters are', async () => {
    const scanning: string[] = [];
    for (const [name, text] of sent) {
      const [row] = await server.query(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`, database);
      if (JSON.stringify(row).includes('"Seq Scan"')) scanning.push(name);
    }
    expect(scanning).toEqual([]);
  });

  it('leaves the count of scans where it was, foreign keys and all', () => {
    expect(scansAfter).toEqual(scansBefore);
  });
});

async function fill(): Promise<void> {
  const series = `FROM generate_series(1, ${accounts}) AS n`;
  await server.query(
    `INSERT INTO users SELECT 'u' || n, 'u' || n, 'u' || n, 'U', ${at}, NULL ${series};
     INSERT INTO credentials SELECT 'c' || n, 'u' || n, 'Passkey', 'active', 'k', -7, 0, true, true,
       true, '["internal"]', '', NULL, 'example.org', ${at}, NULL ${series};
     INSERT INTO attestations SELECT 'c' || n, 'none', 'o', 'd' ${series};
     INSERT INTO sessions SELECT 't' || n, 's' || n, 'u' || n, ${at}, ${at}, ${at} + n, true, 'passkey',
       'c' || n, 'a browser' ${series};
     INSERT INTO oidc_records SELECT 'r' || n, 'Grant', '{}', ${at} + n, NULL, 'u' || n, 's' || n,
       false, NULL ${series};
     INSERT INTO oidc_logins SELECT 'u' || n, 's' || n, 'app', ${at} + n ${series};
     INSERT INTO spent_nonces SELECT sha256(n::text::bytea), ${at} + n, gen_random_uuid()
       FROM generate_series(1, ${nonces}) AS n;
     INSERT INTO audit_entries SELECT 'u' || n, gen_random_uuid(), ${at} + n, 'signed-in', 'c' || n,
       's' || n, '{}' ${series};
     INSERT INTO nonce_horizon SELECT n, 0 ${series};
     INSERT INTO recovery_codes SELECT 'u' || n, 'h', ${at} ${series};
     INSERT INTO enrolments SELECT 't' || n, 'u' || n, ${at} + n ${series};
     INSERT INTO outbox SELECT gen_random_uuid(), 'mail', 'u' || n, '{}', ${at} + n, ${at} + n, 1,
       CASE WHEN n % 10 = 0 THEN 'failed' END ${series};
     INSERT INTO apple_links SELECT 'team', 's' || n, 'u' || n, 'active', ${at}, NULL, NULL, ${at}, ${at}, ${at},
       ${at} + n, 't' || n, ${at} ${series};
     INSERT INTO apple_addresses SELECT 'team', 's' || n, 'a', true, true, ${at}, ${at} ${series};
     INSERT INTO apple_tokens SELECT 'a' || n, 'team', 's' || n, 'c', 'x', ${at} ${series};
     INSERT INTO apple_notifications SELECT 'j' || n, ${at} + n ${series};
     INSERT INTO recovery_addresses SELECT 'u' || n, 'a' || n, 'a' || n, ${at} ${series};
     INSERT INTO address_codes SELECT 'u' || n, 'a' || n, 'a' || n, 'h', 5, ${at} + n ${series};
     INSERT INTO recovery_links SELECT 'l' || n, 'u' || n, ${at}, ${at} + n, 'b', ${at}, ${at} + n,
       'v' || n ${series};
     INSERT INTO recovery_browsers SELECT 'u' || n, 'b', ${at} + n ${series};
     INSERT INTO invitations SELECT 't' || n, NULL, ${at} + n, 'root', 'i' || n ${series};
     INSERT INTO operator_keys SELECT 'k' || n, 'h' || n, 'crm', '[]', ${at}, ${at} ${series};
     INSERT INTO audit_feed SELECT n + 1, 0 ${series};
     INSERT INTO kept_keys SELECT 'k' || n, 'k' ${series};
     INSERT INTO operator_entries SELECT 'e' || n, ${at} + n, 'root', 'account-deleted', '{}' ${series};
     INSERT INTO vault_salts SELECT n + 1, 's' ${series};
     INSERT INTO vaults SELECT 'u' || n, true, 1, 'd', false ${series};
     INSERT INTO vault_envelopes SELECT 'u' || n, 'e', 'passkey', 'c' || n, 's', 'f', 'w', ${at}, ${at}
       ${series}`,
    database,
  );
  await server.query('VACUUM ANALYZE', database);
}

/** A PostgreSQL server that can't be reached, or takes no writes, under load: 503 meanwhile, and nothing is lost. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres, startStandby } from '../../server/testing/postgres.ts';
import { freePort } from '../../server/testing/processes.ts';
import { type Relay, startRelay } from '../../server/testing/relay.ts';
import { type Folder, newFolder } from './clean-up.ts';
import { examine, readContents } from './findings.ts';
import { type Load, startLoad } from './people.ts';
import { type ServerProcess, startServer } from './server-process.ts';

let folder: Folder;
let postgres: PostgresServer;
let url: string;
let server: ServerProcess;

const env = (databaseUrl: string) => ({
  DATABASE_URL: databaseUrl,
  SECRET: 'a secret that is only for tests and long enough',
  // Rate limits are counted in the database too. If it can't be reached, they must not refuse requests.
  TRUST_PROXY: 'loopback',
});

beforeAll(async () => {
  folder = newFolder();
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.remove();
  await folder.remove();
});
beforeEach(async () => {
  url = await postgres.createDatabase();
});
afterEach(() => server.kill());

const status = async (path: string) => (await fetch(server.origin + path)).status;

async function acknowledgesMore({ acknowledged }: Load, count = 100): Promise<void> {
  const before = acknowledged.length;
  await expect
    .poll(() => acknowledged.length, { interval: 10, timeout: 20_000 })
    .toBeGreaterThan(before + count);
}

/** Every refusal was a 503, and everything acknowledged is stored completely. */
async function findAll(load: Load, databaseUrl: string) {
  expect([...load.troubles.keys()].filter((told) => !told.endsWith('503 unavailable'))).toEqual([]);
  const contents = await readContents(databaseUrl);
  expect(contents.ceremonies).toBeGreaterThanOrEqual(load.acknowledged.length);
  const found = await examine(server.origin, load.acknowledged);
  expect(found).toEqual({ lost: 0, replaysAccepted: 0, noncesForgotten: 0 });
  const counts = { acknowledged: load.acknowledged.length, ...found };
  return `${JSON.stringify(counts)}, refused ${JSON.stringify([...load.troubles])}`;
}

describe('a database server', () => {
  it('that ends under load and comes back', async ({ annotate }) => {
    server = await startServer(folder.path, await freePort(), env(url));
    const load = startLoad([server.origin]);
    for (const signal of ['SIGINT', 'SIGKILL', 'SIGINT', 'SIGKILL'] as const) {
      await acknowledgesMore(load);
      await postgres.kill(signal);
      await expect.poll(() => status('/readyz')).toBe(503);
      const refused = load.refused.length;
      await expect.poll(() => load.refused.length).toBeGreaterThan(refused + 20);
      expect(await status('/healthz')).toBe(200);
      await postgres.start();
    }
    await acknowledgesMore(load);
    await expect.poll(() => status('/readyz')).toBe(200);
    await load.stop();
    await annotate(await findAll(load, url));
  });

  it('that takes no writes for a while', async ({ annotate }) => {
    server = await startServer(folder.path, await freePort(), env(url));
    const load = startLoad([server.origin]);
    await acknowledgesMore(load);
    await postgres.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await postgres.query('SELECT pg_reload_conf()');
    await expect.poll(() => status('/readyz')).toBe(503);
    const refused = load.refused.length;
    await expect.poll(() => load.refused.length).toBeGreaterThan(refused + 20);
    await postgres.query('ALTER SYSTEM RESET default_transaction_read_only');
    await postgres.query('SELECT pg_reload_conf()');
    await acknowledgesMore(load);
    await expect.poll(() => status('/readyz')).toBe(200);
    await load.stop();
    await annotate(await findAll(load, url));
  });
});

describe('a synchronous standby', () => {
  let relay: Relay;

  it('that is promoted under load has all that was acknowledged', async ({ annotate }) => {
    const standby = await startStandby(postgres, { synchronous: true });
    relay = await startRelay(postgres.port);
    try {
      server = await startServer(folder.path, await freePort(), env(relay.via(url)));
      const load = startLoad([server.origin]);
      await acknowledgesMore(load, 300);
      await postgres.kill('SIGKILL');
      await standby.promote();
      relay.moveTo(standby.port);
      await acknowledgesMore(load, 300);
      await load.stop();
      await annotate(await findAll(load, relay.via(url)));
    } finally {
      await server.kill();
      await relay.close();
      await standby.remove();
    }
  });
});

/** A primary and a synchronous standby: what was acknowledged is on both. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type PostgresServer,
  type Standby,
  startPostgres,
  startStandby,
} from '../../testing/postgres.ts';
import { type Relay, startRelay } from '../../testing/relay.ts';
import { examine, newSignIn, newSignUp, startTraffic } from '../../testing/traffic.ts';
import type { Store } from '../store.ts';
import { openPostgresStore } from './open.ts';

const unavailable = expect.objectContaining({ code: 'unavailable' });

let primary: PostgresServer;
let standby: Standby;
/** The address under which clients find whichever is the primary. */
let relay: Relay;
let url: string;
let store: Store;

beforeEach(async () => {
  primary = await startPostgres();
  url = await primary.createDatabase();
  standby = await startStandby(primary, { synchronous: true });
  relay = await startRelay(primary.port);
  store = await openPostgresStore(relay.via(url));
}, 60_000);
afterEach(async () => {
  await store.close();
  await relay.close();
  await standby.remove();
  await primary.remove();
});

const elsewhere = (port: number) => {
  const moved = new URL(url);
  moved.port = String(port);
  return moved.href;
};

describe('a synchronous standby', () => {
  it('that is promoted under load has everything that was acknowledged', async ({ annotate }) => {
    const traffic = await startTraffic(store);
    await expect.poll(() => traffic.acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(500);
    await primary.kill('SIGKILL');
    await standby.promote();
    relay.moveTo(standby.port);
    const before = traffic.acknowledged.length;
    await expect
      .poll(() => traffic.acknowledged.length, { timeout: 10_000 })
      .toBeGreaterThan(before + 500);
    await traffic.stop();
    expect([...traffic.refused.keys()].filter((code) => code !== 'unavailable')).toEqual([]);
    const found = await examine(store, traffic);
    expect(found).toMatchObject({ lost: 0, half: 0, twice: 0, spendable: 0 });
    const counts = { acknowledged: traffic.acknowledged.length, ...found };
    await annotate(`${JSON.stringify(counts)}, refused ${JSON.stringify([...traffic.refused])}`);
  });

  it('that is promoted while the primary lives on makes it acknowledge nothing more', async () => {
    const account = newSignUp();
    await store.completeSignUp(account);
    await standby.promote();
    const old = await openPostgresStore(url, { statementTimeoutMs: 200 });
    const signIn = newSignIn(account);
    await expect(old.completeSignIn(signIn)).rejects.toEqual(unavailable);
    await old.close();
    relay.moveTo(standby.port);
    await store.completeSignIn(signIn);
  });

  it('that is away: nothing is acknowledged, not even when the wait for it is cancelled', async () => {
    const account = newSignUp();
    await store.completeSignUp(account);
    await standby.stop();
    const signIn = newSignIn(account);
    let acknowledged = false;
    const done = store.completeSignIn(signIn).then(() => {
      acknowledged = true;
    });
    const waiting = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
    await expect.poll(() => primary.query(waiting)).toHaveLength(1);
    await pause(200);
    expect(acknowledged).toBe(false);
    await standby.start();
    await done;
    const copy = await openPostgresStore(elsewhere(standby.port));
    expect(await copy.findSession(signIn.session.tokenHash, 0)).not.toBeNull();
    await copy.close();
  });
});

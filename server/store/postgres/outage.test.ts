/** What the store makes of a server that is away for a while. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../testing/postgres.ts';
import { at } from '../../testing/records.ts';
import { type Relay, startRelay } from '../../testing/relay.ts';
import { examine, newSignIn, newSignUp, type SignUp, startTraffic } from '../../testing/traffic.ts';
import type { Store } from '../store.ts';
import { openPostgresStore } from './open.ts';

const unavailable = expect.objectContaining({ code: 'unavailable' });

let server: PostgresServer;
let relay: Relay;
let url: string;
let store: Store;
let account: SignUp;

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.remove());
beforeEach(async () => {
  relay = await startRelay(server.port);
  url = await server.createDatabase();
  store = await openPostgresStore(relay.via(url));
  account = newSignUp();
  await store.completeSignUp(account);
});
afterEach(async () => {
  await store.close();
  await relay.close();
});

const sessions = async () => (await store.listSessions(account.user.id, at)).length;

describe('a server', () => {
  it.for(['SIGINT', 'SIGKILL'] as const)(
    'that ends by %s under load and comes back: unavailable meanwhile, nothing lost, nothing half done',
    async (signal, { annotate }) => {
      const traffic = await startTraffic(store);
      for (let times = 0; times < 3; times++) {
        await pause(300);
        await server.kill(signal);
        // Its processes go on for a moment when it is killed.
        await expect.poll(() => store.ping().catch((error) => error)).toEqual(unavailable);
        await pause(300);
        const before = traffic.acknowledged.length;
        await server.start();
        await expect.poll(() => traffic.acknowledged.length).toBeGreaterThan(before + 100);
      }
      await traffic.stop();
      expect([...traffic.refused.keys()]).toEqual(['unavailable']);
      expect(traffic.acknowledged.length).toBeGreaterThan(0);
      const found = await examine(store, traffic);
      expect(found).toMatchObject({ lost: 0, half: 0, twice: 0, spendable: 0 });
      const counts = { acknowledged: traffic.acknowledged.length, ...found };
      await annotate(`${JSON.stringify(counts)}, refused ${JSON.stringify([...traffic.refused])}`);
    },
  );

  it('that does not answer makes operations unavailable, in time, and then works again', async () => {
    const hasty = await openPostgresStore(relay.via(url), {
      statementTimeoutMs: 200,
      connectTimeoutMs: 200,
    });
    await hasty.ping();
    const began = performance.now();
    const injected = relay.injectFault('sign_in', 'swallowed');
    await expect(hasty.completeSignIn(newSignIn(account))).rejects.toEqual(unavailable);
    await injected;
    const silence = createServer().listen(0, '127.0.0.1');
    await once(silence, 'listening');
    relay.moveTo((silence.address() as AddressInfo).port);
    await expect(hasty.completeSignIn(newSignIn(account))).rejects.toEqual(unavailable);
    expect(performance.now() - began).toBeLessThan(3000);
    relay.moveTo(server.port);
    silence.close();
    await hasty.completeSignIn(newSignIn(account));
    expect(await sessions()).toBe(2);
    await hasty.close();
  });
});

describe('close', () => {
  it('waits for what runs, and what comes later is unavailable', async () => {
    const running = Array.from({ length: 40 }, () => store.completeSignIn(newSignIn(account)));
    await Promise.resolve();
    const closing = store.close();
    const later = expect(store.completeSignIn(newSignIn(account))).rejects.toEqual(unavailable);
    await Promise.all([...running, closing, later, store.close()]);
    store = await openPostgresStore(url);
    expect(await sessions()).toBe(41);
  });
});

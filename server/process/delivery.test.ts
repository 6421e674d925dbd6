import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../metrics.ts';
import type { Channel, Message } from '../records/outbox.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { type DeliveryLoop, startDelivery } from './delivery.ts';

let folder: string;
let stores: Store[];
let loops: DeliveryLoop[];
let time: number;
let logLines: string[];
const metrics = createMetrics();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-delivery-'));
  [stores, loops, logLines, time] = [[], [], [], 1_800_000_000_000];
});
afterEach(async () => {
  await Promise.all(loops.map((loop) => loop.close()));
  await Promise.all(stores.map((store) => store.close()));
  rmSync(folder, { recursive: true });
});

/** A node with a store of its own on the one database. */
async function node(
  deliver: Channel['deliver'],
  {
    change = {},
    ...options
  }: { change?: Partial<Store>; attemptMs?: number; everyMs?: number } = {},
) {
  const own: { loop?: DeliveryLoop } = {};
  const location = { kind: 'file', path: join(folder, 'test.db') } as const;
  const store = await openStore(location, { onMessages: () => own.loop?.wake() });
  stores.push(store);
  const log = pino({ level: 'warn' }, { write: (line: string) => void logLines.push(line) });
  const loop = startDelivery(
    { store: { ...store, ...change }, now: () => time, log, metrics },
    [{ channel: 'mail', deliver }],
    { everyMs: 3_600_000, ...options },
  );
  own.loop = loop;
  loops.push(loop);
  return { store, loop };
}

const write = (store: Store, ...subjects: string[]) =>
  store.addMessages(
    subjects.map((subject) => ({
      ...({ channel: 'mail', subject, message: '{}', createdAt: time, dueAt: time } as const),
    })),
  );

/** Remembers what it was given. */
function inbox(outcome: (message: Message) => ReturnType<Channel['deliver']> | 'delivered') {
  const received: string[] = [];
  const deliver: Channel['deliver'] = async (message) => {
    received.push(message.subject);
    return outcome(message);
  };
  return { received, deliver };
}

function isEmpty(): boolean {
  const database = new Database(join(folder, 'test.db'), { readonly: true });
  const count = database.prepare('SELECT count(*) FROM outbox').pluck().get();
  database.close();
  return count === 0;
}

describe('a message', () => {
  it('is delivered at once by the process that wrote it, and forgotten', async () => {
    const { received, deliver } = inbox(() => 'delivered');
    const { store } = await node(deliver);
    await write(store, 'u1', 'u2');
    await expect.poll(() => received).toEqual(['u1', 'u2']);
    await expect.poll(isEmpty).toBe(true);
  });

  it('is delivered by another process at its next look', async () => {
    const { received, deliver } = inbox(() => 'delivered');
    await node(deliver, { everyMs: 20 });
    const writer = await openStore({ kind: 'file', path: join(folder, 'test.db') });
    stores.push(writer);
    await write(writer, 'u1');
    await expect.poll(() => received).toEqual(['u1']);
  });

  it('reaches one of two nodes, each of many', async () => {
    const all = Array.from({ length: 100 }, (_, index) => `u${index}`).sort();
    const { received, deliver } = inbox(() => 'delivered');
    const { store } = await node(deliver, { everyMs: 10 });
    await node(deliver, { everyMs: 10 });
    await write(store, ...all);
    await expect.poll(() => received.length).toBe(100);
    expect([...received].sort()).toEqual(all);
  });

  it('is tried ever more rarely while its channel is down, and delivered once it is up', async () => {
    let isDown = true;
    const { received, deliver } = inbox(() => {
      if (isDown) throw new Error('connection refused');
      return 'delivered';
    });
    const { store, loop } = await node(deliver);
    await write(store, 'u1');
    await expect.poll(() => received).toHaveLength(1);
    for (let minutes = 0; minutes < 60; minutes++) {
      time += 60_000;
      loop.wake();
      await store.takeMessages('apple', time, 0);
    }
    isDown = false;
    for (let minutes = 0; minutes < 60; minutes++) {
      time += 60_000;
      loop.wake();
      await store.takeMessages('apple', time, 0);
    }
    await expect.poll(isEmpty).toBe(true);
    expect(received.length).toBeLessThanOrEqual(10);
    expect(logLines.join()).toContain('connection refused');
  });

  it('that a channel gives up is kept, and said loudly', async () => {
    const { deliver } = inbox(async () => ({ giveUp: '550 no such mailbox' }));
    const { store } = await node(deliver);
    await write(store, 'u1');
    await expect
      .poll(() => store.listFailedMessages(100))
      .toMatchObject([{ subject: 'u1', failure: '550 no such mailbox' }]);
    expect(logLines.join()).toContain('a message was given up');
    expect(await metrics.text()).toMatch(
      /latchkey_deliveries_total\{channel="mail",outcome="giveUp"\} 1/,
    );
  });

  it('is given up after five days without success, with the last answer', async () => {
    const { received, deliver } = inbox(() => {
      throw new Error('mail server: ECONNREFUSED CONN');
    });
    const { store, loop } = await node(deliver);
    await write(store, 'u1');
    await expect.poll(() => received).toHaveLength(1);
    time += 5 * 86_400_000;
    loop.wake();
    const failure = 'every attempt failed, the last with: mail server: ECONNREFUSED CONN';
    await expect.poll(() => store.listFailedMessages(9)).toMatchObject([{ attempts: 2, failure }]);
  });

  it('that hangs is tried again later, and others are delivered meanwhile', async () => {
    const { received, deliver } = inbox(({ subject, attempts }) =>
      subject === 'slow' && attempts === 1 ? new Promise<never>(() => {}) : 'delivered',
    );
    const { store, loop } = await node(deliver, { attemptMs: 100 });
    await write(store, 'slow', 'u1', 'u2', 'u3', 'u4', 'u5');
    await expect.poll(() => received).toHaveLength(6);
    await expect.poll(() => logLines.join()).toContain('could not be delivered');
    time += 60_000;
    await expect
      .poll(() => {
        loop.wake();
        return received.filter((subject) => subject === 'slow');
      })
      .toHaveLength(2);
  });
});

describe('a process that ends', () => {
  it('after an attempt and before its mark leaves the message to another, once the lease is over', async () => {
    const { received, deliver } = inbox(() => 'delivered');
    const dead = new Promise<never>(() => {});
    const first = await node(deliver, { change: { deliveredMessage: () => dead } });
    loops = [];
    await write(first.store, 'u1');
    await expect.poll(() => received).toEqual(['u1']);
    const second = await node(deliver, { everyMs: 10 });
    await second.store.takeMessages('apple', time, 0);
    expect(received).toEqual(['u1']);
    time += 120_000;
    await expect.poll(() => received).toEqual(['u1', 'u1']);
    await expect.poll(isEmpty).toBe(true);
  });

  it('in order finishes what it has begun, and gives the rest back', async () => {
    const finish: (() => void)[] = [];
    const { received, deliver } = inbox(
      () => new Promise((resolve) => finish.push(() => resolve('delivered'))),
    );
    const { store, loop } = await node(deliver);
    await write(store, 'u1', 'u2', 'u3', 'u4', 'u5');
    await expect.poll(() => received).toHaveLength(4);
    const closed = loop.close();
    for (const end of finish) end();
    await closed;
    expect(received).toHaveLength(4);
    expect(await store.takeMessages('mail', time, 0)).toMatchObject([{ subject: 'u5' }]);
  });

  it('does not wait for an attempt that hangs', async () => {
    const { received, deliver } = inbox(() => new Promise<never>(() => {}));
    const { store, loop } = await node(deliver);
    await write(store, 'u1');
    await expect.poll(() => received).toHaveLength(1);
    await loop.close();
    expect(received).toHaveLength(1);
  }, 10_000);
});

it('a mark that the database does not take at first is made again, so nothing is delivered twice', async () => {
  let refusals = 2;
  const { received, deliver } = inbox(() => 'delivered');
  const others: { store?: Store } = {};
  const { store } = await node(deliver, {
    change: {
      deliveredMessage: async (message) => {
        if (refusals-- > 0) throw new Error('the database is away');
        await others.store?.deliveredMessage(message);
      },
    },
  });
  others.store = store;
  await write(store, 'u1');
  await expect.poll(isEmpty, { timeout: 5_000 }).toBe(true);
  expect(received).toEqual(['u1']);
});

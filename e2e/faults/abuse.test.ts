/** Clients that are many, slow, endless or rude, while others sign in: the others notice nothing of it. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Folder, newFolder } from './leftovers.ts';
import { freePort, type ServerProcess, startServer } from './server-process.ts';
import { signInMeanwhile } from './steady.ts';
import { dial, message, type Wire } from './wire.ts';

/** Far more than anybody should wait: what it really was is printed. */
const patienceMs = 5000;
const mebibyte = 2 ** 20;

/** The beginning of a call with a JSON body, from an address that has not been heard of. */
const call = (length: Record<string, string | number>) =>
  message('POST /api/authentication/verify', {
    'x-forwarded-for': `172.${randomBytes(3).join('.')}`,
    'content-type': 'application/json',
    ...length,
  });

let folder: Folder;
let server: ServerProcess;
let wires: Wire[];

beforeEach(async () => {
  folder = newFolder();
  wires = [];
  // Each of the people has an address of its own, and whoever abuses the server has one too.
  server = await startServer(folder.path, await freePort(), { TRUST_PROXY: 'loopback' });
});
afterEach(async () => {
  for (const { socket } of wires) socket.destroy();
  await server.kill();
  await folder.clear();
});

/** So many connections, each begun with these words. */
async function open(count: number, words: () => string = () => ''): Promise<Wire[]> {
  const opened: Wire[] = [];
  while (opened.length < count) {
    const some = Math.min(100, count - opened.length);
    opened.push(...(await Promise.all(Array.from({ length: some }, () => dial(server.port)))));
  }
  wires.push(...opened);
  for (const { socket } of opened) socket.write(words());
  return opened;
}

/** Keeps a connection busy until it is cut off. */
async function insist({ socket }: Wire, everyMs: number, words: () => string): Promise<void> {
  while (!socket.destroyed && socket.writable) {
    if (!socket.write(words())) await Promise.race([drained(socket), pause(everyMs + 100)]);
    await pause(everyMs);
  }
}

const drained = (socket: Wire['socket']) =>
  new Promise<void>((resolve) => void socket.once('drain', resolve));

const statuses = (some: readonly Wire[]) => [
  ...new Set(some.map(({ heard }) => /^HTTP\/1\.1 (\d+)/.exec(heard())?.[1] ?? 'none')),
];
const longest = async (some: readonly Wire[]) =>
  Math.max(...(await Promise.all(some.map(({ closed }) => closed))));

describe('people sign in while there are', () => {
  async function meanwhile(work: () => Promise<unknown>) {
    const before = server.memory();
    let most = before;
    const watching = setInterval(() => {
      most = Math.max(most, server.memory());
    }, 100);
    const pace = await signInMeanwhile(server.origin, work).finally(() => clearInterval(watching));
    return { ...pace, grownBy: Math.round((most - before) / mebibyte) };
  }

  function expectCalm(seen: Awaited<ReturnType<typeof meanwhile>>) {
    expect(seen.troubles).toEqual([]);
    expect(seen.p99).toBeLessThan(patienceMs);
    expect(seen.grownBy).toBeLessThan(200);
  }

  it('3000 connections that say nothing, 300 slow headers and 300 slow bodies', async ({
    annotate,
  }) => {
    const cut: Record<string, number> = {};
    const seen = await meanwhile(async () => {
      const silent = await open(3000);
      const headers = await open(300, () => 'POST /api/authentication/verify HTTP/1.1\r\nx: ');
      const bodies = await open(300, () => call({ 'content-length': 60_000 }));
      for (const wire of [...headers, ...bodies]) void insist(wire, 1000, () => 'a');
      cut['silent'] = await longest(silent);
      cut['headers'] = await longest(headers);
      cut['bodies'] = await longest(bodies);
      expect(statuses(headers)).toEqual(['408']);
      expect(statuses(bodies)).toEqual(['408']);
    });
    await annotate(JSON.stringify({ ...seen, cutOffAfterMs: cut }));
    expectCalm(seen);
    expect(cut['headers']).toBeLessThan(15_000);
    expect(cut['bodies']).toBeLessThan(25_000);
  });

  it('20 bodies without end', async ({ annotate }) => {
    let sent = 0;
    let lasted = 0;
    const seen = await meanwhile(async () => {
      const endless = await open(20, () => call({ 'transfer-encoding': 'chunked' }));
      const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
      for (const wire of endless) {
        void insist(wire, 1, () => {
          sent += chunk.length;
          return chunk;
        });
      }
      lasted = await longest(endless);
      expect(statuses(endless)).toEqual(['413']);
    });
    await annotate(JSON.stringify({ ...seen, sent, lasted }));
    expectCalm(seen);
  });
});

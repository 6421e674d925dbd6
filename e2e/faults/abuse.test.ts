/** Clients that abuse the server (too many, slow, endless) while others sign in: the others notice nothing. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../server/testing/processes.ts';
import { type Folder, newFolder } from './clean-up.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { signInMeanwhile } from './steady.ts';
import { dial, message, type Wire } from './wire.ts';

/** Far more than anybody should wait. The actual time is printed. */
const patienceMs = 5000;
const mebibyte = 2 ** 20;

let folder: Folder;
let server: ServerProcess;
let wires: Wire[];

beforeEach(async () => {
  folder = newFolder();
  wires = [];
  // Every person and every abusive client has an address of its own.
  server = await startServer(folder.path, await freePort(), { TRUST_PROXY: 'loopback' });
});
afterEach(async () => {
  for (const { socket } of wires) socket.destroy();
  await server.kill();
  await folder.remove();
});

/** The beginning of a call with a JSON body, from a new address. */
const call = (length: Readonly<Record<string, string | number>>) =>
  message('POST /api/authentication/verify', {
    'x-forwarded-for': `172.${randomBytes(3).join('.')}`,
    'content-type': 'application/json',
    ...length,
  });

/** Opens connections, and sends the same text on each. */
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

/** Sends a text again and again until the connection is closed. */
async function insist({ socket, closed }: Wire, everyMs: number, words: string): Promise<void> {
  while (socket.writable) {
    if (socket.write(words)) await pause(everyMs);
    else await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
  }
}

/** The different answers. There is none if a reset was faster. */
const told = (some: readonly Wire[]) => [
  ...new Set(some.map(({ heard }) => /^HTTP\/1\.1 (\d+)/.exec(heard())?.[1] ?? 'nothing')),
];

const allClosed = async (some: readonly Wire[]) =>
  Math.round(Math.max(...(await Promise.all(some.map(({ closed }) => closed)))));

/** Does the work while people sign in. Resolves to their pace and the growth of the server's memory. */
async function whilePeopleSignIn(work: () => Promise<unknown>) {
  const before = server.memory();
  let most = before;
  const watching = setInterval(() => {
    most = Math.max(most, server.memory());
  }, 100);
  const pace = await signInMeanwhile(server.origin, work).finally(() => clearInterval(watching));
  return { ...pace, grownByMiB: Math.round((most - before) / mebibyte) };
}

function expectCalm(seen: Awaited<ReturnType<typeof whilePeopleSignIn>>): void {
  expect(seen.signIns).toBeGreaterThan(5);
  expect(seen.troubles).toEqual([]);
  expect(seen.p99).toBeLessThan(patienceMs);
  expect(seen.grownByMiB).toBeLessThan(200);
}

describe('people sign in while there are', () => {
  it('thousands of silent connections, and hundreds of slow and endless ones', async ({
    annotate,
  }) => {
    const cutOffAfterMs = { silent: 0, slowHeaders: 0, slowBodies: 0, endlessBodies: 0 };
    const seen = await whilePeopleSignIn(async () => {
      const silent = await open(3000);
      const slowHeaders = await open(300, () => 'POST /api/authentication/verify HTTP/1.1\r\nx: ');
      const slowBodies = await open(300, () => call({ 'content-length': 60_000 }));
      for (const wire of [...slowHeaders, ...slowBodies]) void insist(wire, 1000, 'a');
      const endlessBodies = await open(20, () => call({ 'transfer-encoding': 'chunked' }));
      const chunk = `1000\r\n${'a'.repeat(0x1000)}\r\n`;
      for (const wire of endlessBodies) void insist(wire, 20, chunk);

      cutOffAfterMs.silent = await allClosed(silent);
      cutOffAfterMs.slowHeaders = await allClosed(slowHeaders);
      cutOffAfterMs.slowBodies = await allClosed(slowBodies);
      cutOffAfterMs.endlessBodies = await allClosed(endlessBodies);
      expect(told(slowHeaders)).toEqual(['408']);
      expect(told(slowBodies)).toEqual(['408']);
      for (const answer of told(endlessBodies)) expect(['408', '413', 'nothing']).toContain(answer);
    });
    await annotate(JSON.stringify({ ...seen, cutOffAfterMs }));
    expectCalm(seen);
    expect(cutOffAfterMs.slowHeaders).toBeLessThan(15_000);
    expect(cutOffAfterMs.slowBodies).toBeLessThan(25_000);
    expect(cutOffAfterMs.endlessBodies).toBeLessThan(25_000);
  });

  it('bodies without end at full speed, to calls that read them and others', async ({
    annotate,
  }) => {
    let endless: Wire[] = [];
    const seen = await whilePeopleSignIn(async () => {
      const chunked = { 'transfer-encoding': 'chunked' };
      endless = [
        ...(await open(3, () => call(chunked))),
        ...(await open(3, () => message('POST /healthz', chunked))),
      ];
      const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
      for (const wire of endless) void insist(wire, 1, chunk);
      await Promise.race([allClosed(endless), pause(4000)]);
    });
    const swallowed = endless.map(({ socket }) => socket.bytesWritten - socket.writableLength);
    const swallowedMiB = Math.round(swallowed.reduce((sum, each) => sum + each, 0) / mebibyte);
    await annotate(JSON.stringify({ ...seen, swallowedMiB, told: told(endless) }));
    expectCalm(seen);
    expect(told(endless)).toEqual(['413', '404']);
    expect(endless.filter(({ socket }) => !socket.destroyed)).toEqual([]);
  });

  it('floods of requests that wait for no answer', async ({ annotate }) => {
    const flood = message('GET /healthz', {}).repeat(1000);
    let rude: Wire[] = [];
    const seen = await whilePeopleSignIn(async () => {
      rude = await open(5);
      // These clients don't read their answers.
      for (const { socket } of rude) socket.pause();
      for (let thousands = 0; thousands < 50; thousands++) {
        for (const { socket } of rude) if (!socket.destroyed) socket.write(flood);
        await pause(20);
      }
    });
    await annotate(JSON.stringify(seen));
    expectCalm(seen);
    expect(rude.filter(({ socket }) => !socket.destroyed)).toEqual([]);
  });

  it('files asked for without waiting, on connections that close', async ({ annotate }) => {
    const openFiles = () => readdirSync(`/proc/${server.pid}/fd`).length;
    const before = openFiles();
    const flood = message('GET /assets/latchkey.js.map', {}).repeat(17);
    const seen = await whilePeopleSignIn(async () => {
      for (let times = 0; times < 20; times++) {
        const rude = await open(10, () => flood);
        await pause(20);
        for (const { socket } of rude) socket.destroy();
      }
    });
    await annotate(JSON.stringify({ ...seen, before, after: openFiles() }));
    expectCalm(seen);
    // The number of other connections changes a little.
    await expect.poll(openFiles, { timeout: patienceMs }).toBeLessThan(before + 30);
  });

  it('oversized headers, and uploads that break off', async ({ annotate }) => {
    const seen = await whilePeopleSignIn(async () => {
      const oversized = [
        ...(await open(50, () => message('GET /', { cookie: 'a'.repeat(80_000) }))),
        ...(await open(50, () => `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(16_000)}\r\n`)),
        ...(await open(50, () => `GET /${'a'.repeat(80_000)} HTTP/1.1\r\n\r\n`)),
      ];
      await allClosed(oversized);
      expect(told(oversized)).toEqual(['431']);
      for (let times = 0; times < 10; times++) {
        const words = () => call({ 'content-length': 60_000 }) + 'a'.repeat(30_000);
        const broken = await open(100, words);
        await pause(50);
        for (const { socket } of broken) socket.resetAndDestroy();
      }
    });
    await annotate(JSON.stringify(seen));
    expectCalm(seen);
    // The server logs no errors of its own.
    expect(server.output()).not.toMatch(/"level":(50|60)/);
  });
});

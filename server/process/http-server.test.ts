import { once } from 'node:events';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { newFolder } from '../testing/folder.ts';
import { createHttpServer, type Limits } from './http-server.ts';

const mebibyte = 2 ** 20;
/** More than the system buffers for a client that does not read. */
const large = 16 * mebibyte;

let server: Server;
let sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function listen(handle: RequestListener, limits: Partial<Limits>): Promise<void> {
  server = createHttpServer(handle, limits).listen(0);
  await once(server, 'listening');
}

/** @param from an address of this machine, any of 127.0.0.0/8 */
async function dial(words = '', from = '127.0.0.1'): Promise<Socket> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  // Being cut off may be a reset.
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(words);
  return socket;
}

const ask = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

const connections = () =>
  new Promise<number>((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

const collectGarbage: () => void = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
})();

function bytesKept(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

function linkOf(descriptor: string): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // It was closed meanwhile.
    return null;
  }
}

describe('who does not read an answer', () => {
  it('is cut off, and what was to be told is not kept', async () => {
    let begun = 0;
    let ended = 0;
    await listen(
      (_request, response) => {
        begun += 1;
        response.once('close', () => {
          ended += 1;
        });
        response.end(Buffer.alloc(large));
      },
      { stalledMs: 500 },
    );
    const before = bytesKept();
    for (let count = 0; count < 20; count++) (await dial(ask('/').repeat(10))).pause();
    await expect.poll(connections, { timeout: 20_000 }).toBe(0);
    // One answer a connection, although ten were asked for.
    expect([begun, ended]).toEqual([20, 20]);
    await expect.poll(() => bytesKept() - before).toBeLessThan(3 * large);
  });

  it('is cut off, and no file stays open for it', async () => {
    const path = join(newFolder(), 'large');
    writeFileSync(path, Buffer.alloc(large));
    const app = express().use((_request, response) => response.sendFile(path));
    await listen(app, { stalledMs: 3_000 });
    const openFiles = () => readdirSync('/proc/self/fd').filter((each) => linkOf(each) === path);
    for (let count = 0; count < 20; count++) (await dial(ask('/').repeat(10))).pause();
    await expect.poll(openFiles, { timeout: 2_000 }).toHaveLength(20);
    for (const socket of sockets.slice(0, 10)) socket.destroy();
    await expect.poll(openFiles).toHaveLength(10);
    await expect.poll(openFiles, { timeout: 20_000 }).toEqual([]);
  });

  it('is not mistaken for one who reads slowly, who gets all of it', async () => {
    await listen((_request, response) => response.end(Buffer.alloc(large)), { stalledMs: 2_000 });
    const socket = await dial(ask('/'));
    let read = 0;
    socket.on('data', (data) => {
      read += data.length;
      // In sum it takes longer than nothing may move.
      socket.pause();
      setTimeout(() => socket.resume(), 10);
    });
    await expect.poll(() => read, { timeout: 25_000 }).toBeGreaterThan(large);
    expect(socket.destroyed).toBe(false);
  });

  it('and says something now and then is cut off all the same', async () => {
    await listen((_request, response) => response.end(Buffer.alloc(large)), {
      stalledMs: 60_000,
      answerMs: 1_000,
    });
    const socket = await dial(ask('/'));
    socket.pause();
    const talking = setInterval(() => socket.write(ask('/')), 200);
    await expect.poll(connections, { timeout: 20_000 }).toBe(0);
    clearInterval(talking);
  });

  it('does not outlast the handler that never answers', async () => {
    await listen(() => {}, { answerMs: 200 });
    const socket = await dial(ask('/'));
    await expect.poll(() => socket.destroyed).toBe(true);
    expect(await connections()).toBe(0);
  });
});

describe('connections', () => {
  /** Answers at once, but for `/slow`. */
  const some: RequestListener = (request, response) => {
    if (request.url !== '/slow') response.end('ok');
  };
  const isOpen = (socket: Socket) => !socket.destroyed;
  const settle = () => pause(50);

  it('are never more than so many; those that rest give way, the silent ones first', async () => {
    await listen(some, { maxConnections: 4 });
    const resting = await dial(ask('/'));
    await once(resting, 'data');
    const slow = await dial(ask('/slow'));
    const silent = [await dial(), await dial()];
    const newer = [await dial(ask('/slow')), await dial(ask('/slow'))];
    await expect.poll(() => silent.filter(isOpen)).toEqual([]);
    expect([resting, slow, ...newer].filter(isOpen)).toHaveLength(4);
    newer.push(await dial(ask('/slow')));
    await expect.poll(() => isOpen(resting)).toBe(false);
    expect([slow, ...newer].filter(isOpen)).toHaveLength(4);
    expect(await connections()).toBe(4);
  });

  it('that are all in use, of one address or of many, let nobody else in', async () => {
    await listen(some, { maxConnections: 4 });
    const first = [await dial(ask('/slow')), await dial(ask('/slow'), '127.0.0.2')];
    first.push(await dial(ask('/slow'), '127.0.0.2'), await dial(ask('/slow'), '127.0.0.3'));
    await settle();
    for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.4']) {
      const refused = await dial(ask('/'), address);
      await expect.poll(() => isOpen(refused)).toBe(false);
    }
    expect(first.filter(isOpen)).toHaveLength(4);
  });

  it('of an address that hoards them give way to others, also in use', async () => {
    await listen(some, { maxConnections: 16 });
    const hoarded: Socket[] = [];
    for (let count = 0; count < 16; count++) hoarded.push(await dial(ask('/slow')));
    await settle();
    const other = await dial(ask('/'), '127.0.0.2');
    expect(String((await once(other, 'data'))[0])).toContain('200 OK');
    await expect.poll(() => hoarded.filter(isOpen).length).toBe(15);
    expect(hoarded[0]?.destroyed).toBe(true);
    expect(await connections()).toBe(16);
  });
});

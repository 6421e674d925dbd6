import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { tooManyCookies } from '../app.ts';
import { loadConfig } from '../config.ts';
import { createHttpServer } from './http-server.ts';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const answerHello: RequestListener = (_request, response) => response.end('hello');

async function listen(handle: RequestListener = answerHello): Promise<void> {
  const config = loadConfig({ ORIGIN: 'https://login.example.com', RP_NAME: 'Ann & Sons' });
  server = createHttpServer(handle, { tooLarge: tooManyCookies(config) }).listen(0);
  await once(server, 'listening');
}

/** Sends a text. Resolves to everything that is received until the connection closes. */
async function say(words: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, 'localhost');
  socket.write(words);
  return text(socket);
}

const cookies = (bytes: number) =>
  `GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncookie: ${'a=b; '.repeat(bytes / 5)}\r\n\r\n`;

describe('the cookies of a parent domain', () => {
  it('may be 48 KiB', async () => {
    await listen();
    expect(await say(cookies(48 * 1024))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('are answered with what to do about them if they are more', async () => {
    await listen();
    const answer = await say(cookies(300 * 1024));
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('content-type: text/html; charset=utf-8');
    expect(answer).toContain('login.example.com');
    expect(answer).toContain('Ann &#38; Sons');
    expect(answer).not.toContain('{{');
  });
});

it('what is no HTTP is a bad request', async () => {
  await listen();
  expect(await say('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});

it('an answer that has begun is not written into', async () => {
  await listen((_request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('begun');
  });
  const socket = connect((server.address() as AddressInfo).port, 'localhost');
  socket.setEncoding('latin1').write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const [begun] = await once(socket, 'data');
  expect(begun).toContain('begun');
  socket.write('hello\r\n\r\n');
  expect(await text(socket)).toBe('');
});

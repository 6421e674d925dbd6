import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { oneAtATime } from './turns.ts';

let server: Server;
let asked: string[];
let answer: () => void;

beforeEach(async () => {
  asked = [];
  const mayAnswer = new Promise<void>((resolve) => {
    answer = resolve;
  });
  server = createServer(
    oneAtATime((request, response) => {
      asked.push(request.url ?? '');
      void mayAnswer.then(() => response.end(`told of ${request.url}\n`));
    }),
  ).listen(0);
  await once(server, 'listening');
});
afterEach(() => server.close());

/** Asks for so many things without waiting for answers. */
function askAtOnce(count: number) {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, 'localhost').setEncoding('utf8');
  const request = (index: number) =>
    `GET /${index} HTTP/1.1\r\nhost: localhost\r\nconnection: ${index < count ? 'keep-alive' : 'close'}\r\n\r\n`;
  socket.write(Array.from({ length: count }, (_, index) => request(index + 1)).join(''));
  return socket;
}

it('answers what is asked for without waiting, in order', async () => {
  const heard = text(askAtOnce(17));
  await expect.poll(() => asked).toEqual(['/1']);
  answer();
  const told = [...(await heard).matchAll(/told of \/(\d+)/g)].map(([, index]) => Number(index));
  expect(told).toEqual(Array.from({ length: 17 }, (_, index) => index + 1));
});

it('does nothing for those that wait on a connection that closes', async () => {
  const socket = askAtOnce(17);
  await expect.poll(() => asked).toEqual(['/1']);
  socket.destroy();
  await expect.poll(() => connections()).toBe(0);
  answer();
  // Whatever was begun for another request would have been told by now.
  expect(await text(askAtOnce(1))).toContain('told of /1');
  expect(asked).toEqual(['/1', '/1']);
});

it('reads the body of a request that had to wait', async () => {
  const bodies: Promise<string>[] = [];
  server.removeAllListeners('request').on(
    'request',
    oneAtATime(async (request, response) => {
      const body = text(request);
      bodies.push(body);
      response.end(`heard ${await body}\n`);
    }),
  );
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, 'localhost').setEncoding('utf8');
  const long = 'x'.repeat(200_000);
  const post = (body: string, end = '') =>
    `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n${end}\r\n${body}`;
  socket.write(post('one') + post(long) + post('three', 'connection: close\r\n'));
  const heard = await text(socket);
  expect([...heard.matchAll(/heard (\w+)/g)].map(([, body]) => body)).toEqual([
    'one',
    long,
    'three',
  ]);
});

it('counts those that wait, not those that were answered', async () => {
  answer();
  for (let times = 0; times < 5; times++) {
    expect(await text(askAtOnce(10))).toContain('told of /10');
  }
});

it('cuts off who asks for much more, and looks at none of the rest', async () => {
  // A reset, or an end if everything that was said had been read.
  const heard = await text(askAtOnce(1000)).catch(() => '');
  expect(heard).toBe('');
  expect(asked).toEqual(['/1']);
});

function connections(): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

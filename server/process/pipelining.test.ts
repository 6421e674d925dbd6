import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { limitPipelining } from './pipelining.ts';

let server: Server;
let asked: string[];
let answer: () => void;

beforeEach(async () => {
  asked = [];
  const mayAnswer = new Promise<void>((resolve) => {
    answer = resolve;
  });
  server = createServer(
    limitPipelining((request, response) => {
      asked.push(request.url ?? '');
      void mayAnswer.then(() => response.end(`told of ${request.url}\n`));
    }),
  ).listen(0);
  await once(server, 'listening');
});
afterEach(() => server.close());

/** Asks for so many things without waiting; everything that comes back until the connection ends. */
function askAtOnce(count: number) {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, 'localhost').setEncoding('utf8');
  const request = (index: number) =>
    `GET /${index} HTTP/1.1\r\nhost: localhost\r\nconnection: ${index < count ? 'keep-alive' : 'close'}\r\n\r\n`;
  socket.write(Array.from({ length: count }, (_, index) => request(index + 1)).join(''));
  return text(socket);
}

it('answers what is asked for without waiting, in order', async () => {
  const heard = askAtOnce(17);
  await expect.poll(() => asked).toHaveLength(17);
  answer();
  const told = [...(await heard).matchAll(/told of \/(\d+)/g)].map(([, index]) => Number(index));
  expect(told).toEqual(Array.from({ length: 17 }, (_, index) => index + 1));
});

it('counts those that wait, not those that were answered', async () => {
  answer();
  for (let times = 0; times < 5; times++) expect(await askAtOnce(10)).toContain('told of /10');
});

it('cuts off who asks for much more, and looks at none of the rest', async () => {
  // A reset, or an end where everything that was said had been read.
  const heard = await askAtOnce(1000).catch(() => '');
  expect(heard).toBe('');
  expect(asked).toHaveLength(17);
});

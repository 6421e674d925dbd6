/** What a stranger names is fetched from the public internet alone, and no more of it than is needed. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DocumentHost, startDocumentHost } from '../testing/document-host.ts';
import { publicFetch } from './public-fetch.ts';

let host: DocumentHost;
beforeAll(async () => {
  host = await startDocumentHost();
});
afterAll(() => host.close());
beforeEach(() => {
  host.addresses = [['127.0.0.1']];
  host.asked.splice(0);
  host.connections = 0;
  host.answer = (_path, response) => json(response, '{"a":1}');
});

const limit = 5 * 1024;
const fetch = (url = `${host.origin}/a.json`) => publicFetch(host.network)(url, limit);
const json = (response: ServerResponse, body: string, type = 'application/json') =>
  response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=60' }).end(body);

it('fetches JSON over https', async () => {
  const answer = await fetch();
  expect(await answer.json()).toEqual({ a: 1 });
  expect(answer.headers.get('cache-control')).toBe('max-age=60');
  expect(host.asked).toEqual(['/a.json']);
});

describe('connects to nothing', () => {
  it.each([
    ['without https', 'http://client.example.com/a.json'],
    ['at an address of IPv4', 'https://127.0.0.1/a.json'],
    ['at one in another notation', 'https://0x7f.1/a.json'],
    ['at one that is a number', 'https://2130706433/a.json'],
    ['at an address of IPv6', 'https://[::1]/a.json'],
    ['at an IPv4 address in one of IPv6', 'https://[::ffff:127.0.0.1]/a.json'],
    ['without an address', 'https://other.example.com/a.json'],
    ['that is a file', 'file:///etc/passwd'],
  ])('%s', async (_what, url) => {
    const { port } = new URL(host.origin);
    const there = new URL(url);
    if (there.protocol === 'https:') there.port = port;
    await expect(fetch(there.href)).rejects.toThrow();
    expect(host.connections).toBe(0);
  });

  it.each([
    ['is private', [['10.0.0.1']]],
    ['is private as well as public', [['127.0.0.1', '192.168.0.1']]],
    ['is of this machine', [['::1']]],
  ])('whose address %s', async (_what, addresses) => {
    host.addresses = addresses;
    await expect(fetch()).rejects.toThrow('not public');
    expect(host.connections).toBe(0);
  });

  it('that its name means a moment later', async () => {
    // It is looked at once, and what was looked at is what is connected to.
    host.addresses = [['127.0.0.1'], ['10.0.0.1']];
    expect((await fetch()).status).toBe(200);
    await expect(fetch()).rejects.toThrow('not public');
    expect(host.connections).toBe(1);
  });

  it('that is public by default, if it is not', async () => {
    // With the name service of this machine.
    await expect(publicFetch()('https://localhost/a.json', limit)).rejects.toThrow('not public');
  });
});

describe('takes no answer', () => {
  it.each<[string, (response: ServerResponse) => unknown, string]>([
    [
      'that redirects',
      (response) => response.writeHead(302, { location: `${host.origin}/b.json` }).end(),
      'answers with 302',
    ],
    ['that is an error', (response) => response.writeHead(500).end('{}'), 'answers with 500'],
    ['that is HTML', (response) => json(response, '{}', 'text/html'), 'not JSON'],
    ['that is not said to be JSON', (response) => response.writeHead(200).end('{}'), 'not JSON'],
    ['that is too large', (response) => json(response, ' '.repeat(limit + 1)), 'too large'],
    [
      'that never ends',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 100);
        response.on('close', () => clearInterval(timer));
      },
      'abort',
    ],
    ['that never begins', () => {}, 'abort'],
    ['that breaks off', (response) => response.destroy(), 'hang up'],
  ])('%s', async (_what, answer, problem) => {
    host.answer = (_path, response) => void answer(response);
    await expect(fetch()).rejects.toThrow(problem);
    expect(host.asked).toHaveLength(1);
  });

  it('of a host without a certificate that is trusted', async () => {
    const { ca: _trusted, ...network } = host.network;
    await expect(publicFetch(network)(`${host.origin}/a.json`, limit)).rejects.toThrow();
    expect(host.asked).toEqual([]);
  });
});

it('fetches only a few at once', async () => {
  const waiting: ServerResponse[] = [];
  const all = Promise.withResolvers<void>();
  host.answer = (_path, response) => {
    if (waiting.push(response) === 8) all.resolve();
  };
  const fetchFrom = publicFetch(host.network);
  const running = Array.from({ length: 8 }, (_, n) => fetchFrom(`${host.origin}/${n}.json`, limit));
  await all.promise;
  await expect(fetchFrom(`${host.origin}/9.json`, limit)).rejects.toThrow('too many');
  for (const response of waiting) json(response, '{}');
  await Promise.all(running);
  host.answer = (_path, response) => json(response, '{}');
  expect((await fetchFrom(`${host.origin}/10.json`, limit)).status).toBe(200);
});

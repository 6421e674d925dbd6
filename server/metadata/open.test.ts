import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { model } from '../testing/attestation.ts';
import { authority } from '../testing/certificate.ts';
import { newFolder } from '../testing/folder.ts';
import { metadataBlob, metadataEntry, pem, serviceRoot } from '../testing/metadata.ts';
import { type Metadata, openMetadata } from './open.ts';

const dayMs = 86_400_000;
const root = authority('Maker root');
const issue = (no: number, description = `issue ${no}`) =>
  metadataBlob({ no, entries: [{ ...metadataEntry([root]), metadataStatement: { description } }] });

let requests = 0;
let answer: RequestListener;
const server = createServer((request, response) => {
  requests += 1;
  answer(request, response);
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  url = `http://localhost:${(server.address() as AddressInfo).port}/mds`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

let folder: string;
let offset: number;
let lines: string[];
const opened: Metadata[] = [];
beforeEach(() => {
  folder = newFolder();
  writeFileSync(join(folder, 'root.pem'), pem(serviceRoot));
  [requests, offset, lines] = [0, 0, []];
});
afterEach(() => {
  for (const metadata of opened.splice(0)) metadata.close();
  server.closeAllConnections();
});

/** Opens the metadata as the server does at its start. */
async function open(METADATA: string | undefined = url, env: Record<string, string> = {}) {
  const config = loadConfig({
    DATABASE_URL: `file:${join(folder, 'latchkey.db')}`,
    METADATA,
    METADATA_ROOT: join(folder, 'root.pem'),
    ...env,
  });
  const metadata = await openMetadata(config, {
    fetch,
    now: () => Date.now() + offset,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
  });
  opened.push(metadata);
  return metadata;
}

const says =
  (text: string): RequestListener =>
  (_request, response) =>
    void response.end(text);
const fails: RequestListener = (_request, response) => void response.writeHead(503).end();
const found = (metadata: Metadata) => metadata.find(model)?.description;

describe('without metadata', () => {
  it('nothing is known, and the operator’s own anchors are there', async () => {
    const ATTESTATION_ROOTS = join(folder, 'own.pem');
    writeFileSync(ATTESTATION_ROOTS, pem(root));
    const metadata = await open('', { ATTESTATION_ROOTS });
    expect(metadata.find(model)).toBeNull();
    expect(metadata.anchors.map((der) => new Uint8Array(der))).toEqual([root.certificate]);
  });

  it('a file of anchors that is missing stops the start', async () => {
    await expect(open('', { ATTESTATION_ROOTS: join(folder, 'own.pem') })).rejects.toThrow(
      /ATTESTATION_ROOTS/,
    );
  });
});

describe('metadata of a file', () => {
  const path = () => join(folder, 'mds.jwt');

  it('is read at start and once a day, and never goes back', async () => {
    writeFileSync(path(), issue(1));
    const metadata = await open(`file:${path()}`);
    writeFileSync(path(), issue(2));
    await metadata.refresh();
    expect(found(metadata)).toBe('issue 1');
    offset = dayMs;
    await metadata.refresh();
    expect(found(metadata)).toBe('issue 2');
    writeFileSync(path(), issue(1));
    offset = 2 * dayMs;
    await metadata.refresh();
    expect(found(metadata)).toBe('issue 2');
    expect(lines.at(-1)).toContain('refused: older');
  });

  it('may be missing at start, and is looked for again', async () => {
    const metadata = await open(`file:${path()}`);
    expect(metadata.find(model)).toBeNull();
    expect(lines.at(-1)).toContain('ENOENT');
    writeFileSync(path(), issue(1));
    await metadata.refresh();
    expect(found(metadata)).toBe('issue 1');
  });

  it('is used after its time, with a warning', async () => {
    const entries = [metadataEntry([root])];
    writeFileSync(path(), metadataBlob({ nextUpdate: '2020-01-01', entries }));
    expect(found(await open(`file:${path()}`))).toBe('Key of the maker');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      level: 40,
      msg: expect.stringContaining('out of date'),
    });
  });

  it('is found by an AAGUID in capitals too', async () => {
    writeFileSync(path(), issue(1));
    expect((await open(`file:${path()}`)).find(model.toUpperCase())).not.toBeNull();
  });
});

describe('metadata of a URL', () => {
  it('is there after the start, and fetched once a day', async () => {
    answer = says(issue(1));
    const metadata = await open();
    expect(found(metadata)).toBe('issue 1');
    answer = says(issue(2));
    await metadata.refresh();
    expect([found(metadata), requests]).toEqual(['issue 1', 1]);
    offset = dayMs;
    await Promise.all([metadata.refresh(), metadata.refresh()]);
    expect([found(metadata), requests]).toEqual(['issue 2', 2]);
  });

  it('is fetched every hour if the next issue is due', async () => {
    answer = says(metadataBlob({ nextUpdate: '2020-01-01' }));
    const metadata = await open();
    offset = 3_600_000;
    await metadata.refresh();
    expect(requests).toBe(2);
  });

  it('outlives a restart without a network', async () => {
    answer = says(issue(1));
    await open();
    answer = fails;
    expect(found(await open())).toBe('issue 1');
    expect(requests).toBe(1);
    offset = dayMs;
    const metadata = await open();
    await metadata.refresh();
    expect([found(metadata), requests]).toEqual(['issue 1', 2]);
  });

  it('never goes back, after a restart either', async () => {
    answer = says(issue(2));
    await open();
    answer = says(issue(1));
    offset = dayMs;
    const metadata = await open();
    await metadata.refresh();
    expect([found(metadata), requests]).toEqual(['issue 2', 2]);
    expect(lines.at(-1)).toContain('refused: older');
  });

  it('is fetched by only one of several processes', async () => {
    answer = says(issue(1));
    const [one, other] = [await open(), await open()];
    answer = says(issue(2));
    offset = dayMs;
    await one.refresh();
    await other.refresh();
    expect([found(other), requests]).toEqual(['issue 2', 2]);
  });

  it('is fetched if the copy is damaged', async () => {
    answer = says(issue(1));
    await open();
    const [copy = ''] = readdirSync(folder).filter((name) => name.endsWith('.jwt'));
    writeFileSync(join(folder, copy), issue(3).slice(0, -9));
    expect(found(await open())).toBe('issue 1');
    expect(lines.some((line) => line.includes('can’t be used'))).toBe(true);
  });

  it('is used if no copy can be kept', async () => {
    answer = says(issue(1));
    writeFileSync(join(folder, 'file'), '');
    const metadata = await open(url, { DATABASE_URL: `file:${join(folder, 'file', 'a.db')}` });
    expect(found(metadata)).toBe('issue 1');
    expect(lines.at(-1)).toContain('could not be kept');
  });

  it('follows a redirect', async () => {
    answer = ({ url: path }, response) =>
      path === '/mds'
        ? response.writeHead(302, { location: '/blob' }).end()
        : response.end(issue(1));
    expect(found(await open())).toBe('issue 1');
  });

  it('cancels a request that is under way when it is closed', async () => {
    answer = says(issue(1));
    const metadata = await open();
    const asked = once(server, 'request');
    answer = () => {};
    offset = dayMs;
    const refreshing = metadata.refresh();
    await asked;
    metadata.close();
    await refreshing;
    expect([found(metadata), lines.length]).toEqual(['issue 1', 1]);
  });

  const megabyte = Buffer.alloc(1024 * 1024, 'A');
  const refused: [string, RegExp, RequestListener][] = [
    ['fails', /answers with 503/, fails],
    ['says what is no BLOB', /refused: malformed/, says('<!doctype html>')],
    [
      'breaks off',
      /could not be fetched/,
      (_request, response) => void response.write('e', () => response.destroy()),
    ],
    [
      'says too much',
      /too large/,
      (_request, response) => {
        const more = () => {
          while (response.write(megabyte));
        };
        response.on('drain', more);
        more();
      },
    ],
    [
      'redirects without end',
      /without end/,
      (_request, response) => void response.writeHead(302, { location: '/mds' }).end(),
    ],
    [
      'redirects out of TLS',
      /http:\/\/127\.0\.0\.1:\d+ is not https/,
      (_request, response) =>
        void response.writeHead(302, { location: url.replace('localhost', '127.0.0.1') }).end(),
    ],
  ];
  it.each(refused)('does no harm if the service %s', async (_claim, reason, listener) => {
    answer = listener;
    const metadata = await open();
    expect(metadata.find(model)).toBeNull();
    expect(lines).toEqual([expect.stringMatching(reason)]);
    answer = says(issue(1));
    await metadata.refresh();
    expect(found(metadata)).toBe('issue 1');
    answer = listener;
    offset = dayMs;
    await metadata.refresh();
    expect(found(metadata)).toBe('issue 1');
  });

  it('does no harm if nobody answers', async () => {
    const metadata = await open('http://localhost:1/mds');
    expect(metadata.find(model)).toBeNull();
    expect(lines).toEqual([expect.stringContaining('could not be fetched')]);
  });
});

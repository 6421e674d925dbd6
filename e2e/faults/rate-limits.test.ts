/** Rate limits of whole processes: which proxies are trusted, and which processes count together. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rateLimits } from '../../server/limits/table.ts';
import { TestBrowser } from '../../server/testing/browser.ts';
import { type PostgresServer, startPostgres } from '../../server/testing/postgres.ts';
import { type Environment, freePort } from '../../server/testing/processes.ts';
import { type Folder, newFolder } from './clean-up.ts';
import { type ServerProcess, startServer } from './server-process.ts';

let folder: Folder;
let postgres: PostgresServer | undefined;
let servers: ServerProcess[];

beforeEach(() => {
  folder = newFolder();
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await postgres?.remove();
  postgres = undefined;
  await folder.remove();
});

async function start(env: Environment): Promise<void> {
  servers.push(await startServer(folder.path, await freePort(), env));
}

const { points, seconds } = rateLimits['sign-up-by-address'];

/** Sends sign-up options calls to the servers in turn until one is refused, or `most` times. */
async function askUntilRefused(forwardedFor: (count: number) => string, most = 3 * points) {
  for (let count = 0; count < most; count++) {
    const browser = new TestBrowser(servers[count % servers.length]?.origin ?? '');
    const headers = { 'x-forwarded-for': forwardedFor(count) };
    const body = { username: `nobody-${count}` };
    const path = '/api/registration/options';
    const answer = await browser.request('POST', path, body, headers);
    if (answer.status !== 200) return { granted: count, answer };
  }
  return { granted: most, answer: undefined };
}

describe('an address', () => {
  it('is the peer’s if no proxy is trusted, whatever it sends', async () => {
    await start({});
    const { granted, answer } = await askUntilRefused((count) => `203.0.113.${count}`);
    expect(granted).toBe(points);
    expect(answer?.body).toMatchObject({ code: 'too_many_requests', status: 429 });
    const wait = Number(answer?.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(seconds - 60);
    expect(wait).toBeLessThanOrEqual(seconds);
  });

  it.each([
    ['loopback', (count: number) => `203.0.113.${count}, 198.51.100.7`],
    ['1', (count: number) => `203.0.113.${count}, 198.51.100.7`],
    ['2', (count: number) => `203.0.113.${count}, 198.51.100.7, 198.51.100.8`],
    ['loopback,198.51.100.8', (count: number) => `1.1.1.${count}, 198.51.100.7, 198.51.100.8`],
  ])('is what the proxies of TRUST_PROXY=%s saw, not what went before', async (trusted, spoof) => {
    await start({ TRUST_PROXY: trusted });
    expect((await askUntilRefused(spoof)).granted).toBe(points);
    // Another person behind the same proxies.
    const other = (count: number) => spoof(count).replace('198.51.100.7', '198.51.100.77');
    expect((await askUntilRefused(other, 10)).granted).toBe(10);
  });
});

describe('a count', () => {
  it('is shared by the workers of one machine', async () => {
    await start({ WORKERS: '2' });
    expect((await askUntilRefused(() => '')).granted).toBe(points);
  });

  it('is shared by all nodes of a database, and outlives each of them', async () => {
    postgres = await startPostgres({ durable: false });
    const secret = 'a secret that is only for tests and long enough';
    const env = { DATABASE_URL: await postgres.createDatabase(), SECRET: secret };
    await Promise.all([start(env), start({ ...env, WORKERS: '2' })]);
    expect((await askUntilRefused(() => '')).granted).toBe(points);
    await servers.shift()?.kill();
    await start(env);
    expect((await askUntilRefused(() => '')).granted).toBe(0);
  });
});

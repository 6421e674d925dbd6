/**
 * The server is killed while people are on the way to apps. A code, a refresh token, a consent or a sign-out that was
 * answered is there after the next start, and what was used once can't be used again.
 */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LogoutReceiver, startLogoutReceiver } from '../../server/testing/logout-receiver.ts';
import { type PostgresServer, startPostgres } from '../../server/testing/postgres.ts';
import { type Environment, freePort } from '../../server/testing/processes.ts';
import {
  type Acknowledged,
  isRemembered,
  nothingYet,
  redeem,
  refresh,
  startPeople,
  writeClients,
} from './apps.ts';
import { type Folder, newFolder } from './clean-up.ts';
import { type ServerProcess, startServer } from './server-process.ts';

let folder: Folder;
let receiver: LogoutReceiver;
let server: ServerProcess | undefined;
let postgres: PostgresServer | undefined;

beforeEach(async () => {
  folder = newFolder();
  receiver = await startLogoutReceiver();
});
afterEach(async () => {
  await server?.kill();
  await postgres?.remove();
  await receiver.close();
  await folder.remove();
  [server, postgres] = [undefined, undefined];
});

async function statuses<Item>(
  items: Iterable<Item>,
  ask: (item: Item) => Promise<{ status: number }>,
): Promise<number[]> {
  return Promise.all([...items].map(async (item) => (await ask(item)).status));
}

const allAre = (status: number, found: readonly number[]) =>
  expect(found).toEqual(found.map(() => status));

async function judge({ origin }: ServerProcess, done: Acknowledged): Promise<void> {
  allAre(200, await statuses(done.codes, (code) => redeem(origin, code)));
  allAre(200, await statuses(done.refreshTokens, (token) => refresh(origin, token)));
  for (const browser of done.consents) expect(await isRemembered(browser)).toBe(true);
  allAre(400, await statuses(done.usedCodes, (code) => redeem(origin, code)));
  allAre(400, await statuses(done.usedRefreshTokens, (token) => refresh(origin, token)));
  const told = () => receiver.received.map(({ token }) => decodeJwt(token).sid);
  await expect.poll(told).toEqual(expect.arrayContaining(done.ended));
}

function writeKeys(): string {
  const path = join(folder.path, 'keys.json');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'test', alg: 'ES256' };
  writeFileSync(path, JSON.stringify({ keys: [key] }));
  return path;
}

it.for(['SQLite', 'PostgreSQL'] as const)(
  'SIGKILL loses nothing that an app was given: %s',
  async (dialect, { annotate }) => {
    const env: Record<string, string> = {
      RATE_LIMITS: 'off',
      OIDC_CLIENTS: writeClients(folder.path, receiver.uri),
      OIDC_KEYS: writeKeys(),
    };
    if (dialect === 'PostgreSQL') {
      postgres = await startPostgres();
      env.DATABASE_URL = await postgres.createDatabase();
      env.SECRET = 'a secret that is only for tests and long enough';
    }
    const port = await freePort();
    const start = (): Promise<ServerProcess> =>
      startServer(folder.path, port, env satisfies Environment);
    const sums = { codes: 0, refreshTokens: 0, consents: 0, ended: 0 };
    server = await start();
    for (let kills = 0; kills < 2; kills++) {
      const done = nothingYet();
      const people = startPeople(server.origin, done);
      const enough = 5 + Math.random() * 15;
      await expect.poll(() => done.usedCodes.length, { interval: 3 }).toBeGreaterThan(enough);
      await server.kill();
      await people.stop();
      server = await start();
      expect(people.troubles).toEqual([]);
      await judge(server, done);
      sums.codes += done.codes.size;
      sums.refreshTokens += done.refreshTokens.size;
      sums.consents += done.consents.size;
      sums.ended += done.ended.length;
    }
    await annotate(JSON.stringify(sums));
    for (const sum of Object.values(sums)) expect(sum).toBeGreaterThan(0);
  },
);

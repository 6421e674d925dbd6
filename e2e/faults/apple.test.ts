/** The server is killed while people sign in with Apple and delete their accounts: every token that has to be is revoked. */
import { createHash, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AppleStandIn, startApple } from '../../server/testing/apple/stand-in.ts';
import type { Person } from '../../server/testing/apple/world.ts';
import { TestNativeApp } from '../../server/testing/browser.ts';
import { type PostgresServer, startPostgres } from '../../server/testing/postgres.ts';
import { freePort } from '../../server/testing/processes.ts';
import { type Folder, newFolder } from './clean-up.ts';
import { endLeases } from './leases.ts';
import { type ServerProcess, startServer } from './server-process.ts';

let folder: Folder;
let apple: AppleStandIn;
let server: ServerProcess | undefined;
let postgres: PostgresServer | undefined;
beforeEach(async () => {
  folder = newFolder();
  apple = await startApple();
});
afterEach(async () => {
  await server?.kill();
  await postgres?.remove();
  await apple.close();
  await folder.remove();
  [server, postgres] = [undefined, undefined];
});

interface Life {
  readonly person: Person;
  readonly app: TestNativeApp;
  /** The sign-in was answered, so what Apple gave out for it is kept. */
  isSignedIn: boolean;
  /** The end of the account was answered. */
  isDeleted: boolean;
}

async function signIn(person: Person, app: TestNativeApp) {
  const nonce = randomUUID();
  const hashed = createHash('sha256').update(nonce).digest('hex');
  const given = await apple.native(person, { nonce: hashed });
  return app.post('/api/apple/native', { ...given, nonce });
}

async function databaseOf(dialect: string): Promise<string> {
  if (dialect === 'SQLite') return `file:${folder.path}/data/latchkey.db`;
  postgres = await startPostgres();
  return postgres.createDatabase();
}

it.for([
  ['SQLite', 8, 30],
  ['PostgreSQL', 3, 10],
] as const)(
  'no token is lost, wherever the server was killed: %s',
  { timeout: 400_000 },
  async ([dialect, lastKill, atLeast]) => {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const url = await databaseOf(dialect);
    const secret = 'a secret that is only for tests and long enough';
    const env = { ...apple.env(origin), DATABASE_URL: url, SECRET: secret, RATE_LIMITS: 'off' };
    const start = () => startServer(folder.path, port, env);
    server = await start();
    const lives: Life[] = [];
    let stopped = false;

    /** Signs in and deletes the account, again and again, as a new person each time. */
    async function live(): Promise<void> {
      while (!stopped) {
        const person = apple.addPerson(`Person${lives.length}`);
        const life: Life = {
          person,
          app: new TestNativeApp(origin),
          isSignedIn: false,
          isDeleted: false,
        };
        lives.push(life);
        try {
          life.isSignedIn = (await signIn(person, life.app)).status === 200;
          const { status } = await life.app.request('DELETE', '/api/account');
          life.isDeleted = status === 200;
        } catch {
          // The server was killed meanwhile.
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    }

    const people = Array.from({ length: 8 }, live);
    for (let kills = 1; kills <= lastKill; kills++) {
      const before = lives.length;
      await expect
        .poll(() => lives.length, { interval: 3, timeout: 30_000 })
        .toBeGreaterThan(before + 10 + Math.random() * 30);
      await server.kill();
      // What a killed process had taken is due again when its lease is over.
      if (kills === lastKill) await endLeases(url);
      server = await start();
    }
    stopped = true;
    await Promise.all(people);

    const settled = lives.filter(({ isSignedIn }) => isSignedIn);
    const deletedThough: Person[] = [];
    for (const { person, isDeleted, app } of settled) {
      // Whose deletion was not answered may be deleted all the same: then the account is gone.
      const isGone = isDeleted || (await app.get('/api/session')).status === 401;
      if (isGone) deletedThough.push(person);
    }
    expect(deletedThough.length).toBeGreaterThan(atLeast);
    const ids = new Set(deletedThough.map(({ id }) => id));
    const left = () =>
      [...apple.world.refreshTokens.values()].filter(
        ({ isRevoked, personId }) => !isRevoked && ids.has(personId),
      );
    await expect.poll(() => left().length, { interval: 500, timeout: 240_000 }).toBe(0);
    expect(apple.world.refusals).toEqual([]);
  },
);

/**
 * Every notice of a change that was acknowledged is sent, whatever happens to the server and to the mail server. A kill
 * may leave a mail to be sent twice, because no protocol of mail says both "taken" and "I know that it was".
 */
import { randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBase64Url } from '../../server/base64url.ts';
import { SoftwareAuthenticator } from '../../server/testing/authenticator.ts';
import { TestBrowser } from '../../server/testing/browser.ts';
import { type Mailbox, openMailbox } from '../../server/testing/mailbox.ts';
import { type PostgresServer, startPostgres } from '../../server/testing/postgres.ts';
import { type Environment, freePort } from '../../server/testing/processes.ts';
import { type Folder, newFolder } from './clean-up.ts';
import { endLeases } from './leases.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const kills = 4;
const address = 'ann@example.com';

let folder: Folder;
let mailbox: Mailbox;
let postgres: PostgresServer | undefined;
let servers: ServerProcess[];

beforeEach(async () => {
  folder = newFolder();
  mailbox = await openMailbox();
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await mailbox.close();
  await postgres?.remove();
  await folder.remove();
  postgres = undefined;
});

async function start(port: number, env: Environment): Promise<ServerProcess> {
  const server = await startServer(folder.path, port, {
    ...env,
    ...mailbox.env,
    RATE_LIMITS: 'off',
  });
  servers.push(server);
  return server;
}

/** An owner with a verified address, whose changes are each told by mail. */
async function newOwner(origin: string): Promise<TestBrowser> {
  const browser = new TestBrowser(origin);
  await browser.signUp('ann', new SoftwareAuthenticator({ origin }));
  await browser.request('PUT', '/api/recovery/email', { email: address });
  await expect.poll(() => mailbox.to(address).length, { timeout: 20_000 }).toBe(1);
  const code = mailbox.to(address)[0]?.subject.slice(0, 6);
  expect((await browser.post('/api/recovery/email/verify', { code })).status).toBe(204);
  return browser;
}

/** One change; false if the server did not acknowledge it. */
async function change(browser: TestBrowser): Promise<boolean> {
  const body = { verifier: toBase64Url(randomBytes(32)) };
  try {
    return (await browser.request('PUT', '/api/recovery/code', body)).status === 204;
  } catch {
    return false;
  }
}

const notices = () =>
  mailbox.to(address).filter(({ subject }) => subject.includes('recovery code'));
const distinct = () => new Set(notices().map(({ messageId }) => messageId)).size;

async function surviveKills(env: Environment) {
  const port = await freePort();
  let server = await start(port, env);
  const browser = await newOwner(server.origin);
  let [acknowledged, unknown] = [0, 0];
  for (let times = 0; times < kills; times++) {
    const changes = Array.from({ length: 10 }, () => change(browser));
    // In the middle of the mails, sooner or later.
    await expect.poll(() => notices().length, { interval: 2, timeout: 20_000 }).toBeGreaterThan(0);
    await Promise.race([
      Promise.all(changes),
      new Promise((resolve) => setTimeout(resolve, 20 * times)),
    ]);
    await server.kill();
    const outcomes = await Promise.all(changes);
    acknowledged += outcomes.filter(Boolean).length;
    unknown += outcomes.filter((each) => !each).length;
    // What a killed process had taken is due again when its lease is over.
    if (times === kills - 1) {
      await endLeases(env.DATABASE_URL ?? `file:${folder.path}/data/latchkey.db`);
    }
    server = await start(port, env);
  }
  await expect
    .poll(distinct, { interval: 500, timeout: 180_000 })
    .toBeGreaterThanOrEqual(acknowledged);
  const twice = notices().length - distinct();
  // At most what was on its way at each kill, four at a time.
  expect(twice).toBeLessThanOrEqual(4 * kills);
  expect(distinct()).toBeLessThanOrEqual(acknowledged + unknown);
  return { acknowledged, unknown, sent: distinct(), twice };
}

describe('kill -9 in the middle of the mails', () => {
  it('loses no notice: SQLite', async ({ annotate }) => {
    await annotate(JSON.stringify(await surviveKills({})));
  }, 300_000);

  it('loses no notice: PostgreSQL', async ({ annotate }) => {
    postgres = await startPostgres();
    const env = {
      DATABASE_URL: await postgres.createDatabase(),
      SECRET: 'a secret that is only for tests and long enough',
    };
    await annotate(JSON.stringify(await surviveKills(env)));
  }, 300_000);
});

it('two nodes send each notice once', async ({ annotate }) => {
  postgres = await startPostgres();
  const [one, other] = [await freePort(), await freePort()];
  const env = {
    DATABASE_URL: await postgres.createDatabase(),
    SECRET: 'a secret that is only for tests and long enough',
    ORIGIN: `http://localhost:${one}`,
  };
  const [first] = [await start(one, env), await start(other, env)];
  const browser = await newOwner(first.origin);
  const changes = await Promise.all(Array.from({ length: 40 }, () => change(browser)));
  expect(changes.every(Boolean)).toBe(true);
  await expect.poll(distinct, { timeout: 60_000 }).toBe(40);
  expect(notices()).toHaveLength(40);
  await annotate('40 changes, 40 mails');
}, 180_000);

it('a mail server that is away for an hour loses no notice, and gets each once when it is back', async ({
  annotate,
}) => {
  const server = await start(await freePort(), {
    NODE_OPTIONS: `--import=${new URL('./moving-clock.ts', import.meta.url)}`,
    STEP_UP_SECONDS: '86400',
  });
  const browser = await newOwner(server.origin);
  let ahead = 0;
  let changes = 0;
  /** Ten minutes pass, and a change at their end makes the server look for what is due. */
  async function tenMinutesLater(): Promise<void> {
    server.signal('SIGUSR2');
    ahead += 600_000;
    expect(await change(browser)).toBe(true);
    changes += 1;
    await expect.poll(() => isDue(Date.now() + ahead), { timeout: 20_000 }).toBe(false);
  }

  // Whoever connects is refused by the system: nobody listens there.
  await mailbox.close();
  const { port, received } = mailbox;
  for (let times = 0; times < 6; times++) await tenMinutesLater();
  expect(received).toHaveLength(1);
  const waiting = outbox();
  expect(waiting).toHaveLength(changes);
  expect(waiting.every(({ failure }) => failure === null)).toBe(true);
  const most = Math.max(...waiting.map(({ attempts }) => attempts));
  expect(most).toBeGreaterThan(3);
  expect(most).toBeLessThan(10);

  mailbox = await openMailbox(port);
  // Those that were tried often are tried again only after hours.
  for (let times = 0; times < 48 && outbox().length > 0; times++) await tenMinutesLater();
  await expect.poll(() => outbox().length, { timeout: 20_000 }).toBe(0);
  expect([distinct(), notices().length]).toEqual([changes, changes]);
  await annotate(`${changes} changes, ${most} attempts at the first of them in the hour`);
}, 180_000);

interface Row {
  readonly attempts: number;
  readonly due_at: number;
  readonly failure: string | null;
}

function outbox(): Row[] {
  const database = new Database(`${folder.path}/data/latchkey.db`, { readonly: true });
  const rows = database.prepare<[], Row>('SELECT attempts, due_at, failure FROM outbox').all();
  database.close();
  return rows;
}

const isDue = (at: number) => outbox().some(({ due_at }) => due_at <= at);

/** Several nodes on one PostgreSQL database, with one secret. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestBrowser } from '../../server/testing/browser.ts';
import { type PostgresServer, startPostgres } from '../../server/testing/postgres.ts';
import { freePort } from '../../server/testing/processes.ts';
import { type Folder, newFolder } from './clean-up.ts';
import { examine, readContents } from './findings.ts';
import { begin, type Ceremony, newAccount, startLoad, verify } from './people.ts';
import { type ServerProcess, startServer } from './server-process.ts';

let folder: Folder;
let postgres: PostgresServer;
let url: string;
let origin: string;
let nodes: ServerProcess[];

beforeAll(async () => {
  folder = newFolder();
  postgres = await startPostgres({ durable: false });
});
afterAll(async () => {
  await postgres.remove();
  await folder.remove();
});
beforeEach(async () => {
  url = await postgres.createDatabase();
  nodes = [];
});
afterEach(() => Promise.all(nodes.map((node) => node.kill())));

/** Starts nodes at the same time, all with the origin of a load balancer in front of them. */
async function startNodes(count: number): Promise<void> {
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  origin = `http://localhost:${ports[0]}`;
  const secret = 'a secret that is only for tests and long enough';
  const env = { DATABASE_URL: url, SECRET: secret, ORIGIN: origin, RATE_LIMITS: 'off' };
  nodes = await Promise.all(ports.map((port) => startServer(folder.path, port, env)));
}

/** The same browser, which the load balancer sends to another node. */
function sentTo(node: ServerProcess | undefined, browser?: TestBrowser): TestBrowser {
  const sent = new TestBrowser(node?.origin ?? '', origin);
  for (const [name, value] of browser?.cookies ?? []) sent.cookies.set(name, value);
  return sent;
}

describe('nodes', () => {
  it('start five at once on an empty database, and serve as one', async ({ annotate }) => {
    await startNodes(5);
    const load = startLoad(nodes.map((node) => node.origin));
    await expect.poll(() => load.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(300);
    await load.stop();
    expect([...load.troubles]).toEqual([]);
    const found = await examine(origin, load.acknowledged);
    expect(found).toEqual({ lost: 0, replaysAccepted: 0, noncesForgotten: 0 });
    await annotate(JSON.stringify({ acknowledged: load.acknowledged.length, ...found }));
  });

  it('complete what was begun on another one, and each ceremony once', async () => {
    await startNodes(2);
    const account = newAccount(origin);
    for (const kind of ['registration', 'authentication', 'authentication'] as const) {
      const begun = await begin(kind, account, sentTo(nodes[0]));
      const other = sentTo(nodes[1], begun.browser);
      const answer = await verify(begun, other);
      expect(answer.status).toBeLessThan(300);
      // The session is valid on the other node too.
      const session = await sentTo(nodes[0], other).get('/api/session');
      expect(session.body.user).toEqual(answer.body.user);
      expect((await verify(begun)).body.code).toBe('challenge_invalid');
    }
    for (let races = 0; races < 20; races++) {
      const begun = await begin('authentication', account, sentTo(nodes[races % 2]));
      expect(await race(begun)).toEqual(['challenge_invalid', 'ok']);
    }
    const { ceremonies } = await readContents(url);
    expect(ceremonies).toBe(23);
  });
});

/** Sends one response to both nodes at the same time. */
async function race(begun: Ceremony): Promise<string[]> {
  const answers = await Promise.all(
    nodes.map((node) => verify(begun, sentTo(node, begun.browser))),
  );
  return answers.map(({ status, body }) => (status === 200 ? 'ok' : body.code)).sort();
}

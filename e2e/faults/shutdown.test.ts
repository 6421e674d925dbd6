/** SIGTERM under load: every accepted request is answered, and then the server ends. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestBrowser } from '../../server/testing/browser.ts';
import { freePort } from '../../server/testing/processes.ts';
import { type Folder, newFolder } from './clean-up.ts';
import { readContents } from './findings.ts';
import { newAccount, signUp } from './people.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { ask, cookiesOf, dial, message, type Reply, type Wire, wholeReply } from './wire.ts';

let folder: Folder;
let port: number;
let server: ServerProcess | undefined;

beforeEach(async () => {
  folder = newFolder();
  port = await freePort();
});
afterEach(async () => {
  await server?.kill();
  await folder.remove();
  server = undefined;
});

const start = async (workers: number) => {
  server = await startServer(folder.path, port, { RATE_LIMITS: 'off', WORKERS: String(workers) });
  return server;
};

/** The signal goes to the first process alone, or to its whole group, as from terminals and service managers. */
type Signalled = 'first' | 'group';

function terminate({ pid }: ServerProcess, signalled: Signalled): void {
  process.kill(signalled === 'group' ? -pid : pid, 'SIGTERM');
}

const isLast = ({ head }: Reply) => /^connection: close/im.test(head);

/**
 * Signs in again and again on one persistent connection, until an answer says that the connection will be closed, as
 * it must at shutdown. If no answer comes, a request was dropped.
 */
async function keepSigningIn(origin: string, tally: { signedIn: number; dropped: number }) {
  const account = newAccount(origin, 0);
  await signUp(account, new TestBrowser(origin));
  tally.signedIn += 1;
  const wire = await dial(port);
  try {
    for (;;) {
      const options = await ask(wire, '/api/authentication/options', '', {});
      if (isLast(options)) return;
      const response = await account.authenticator.get(options.body);
      const cookies = cookiesOf(options);
      const answer = await ask(wire, '/api/authentication/verify', cookies, response);
      if (answer.status === 200) tally.signedIn += 1;
      if (isLast(answer)) return;
    }
  } catch {
    tally.dropped += 1;
  }
}

/** Signs in again and again, with a new connection for each request, until the server has ended. */
async function signInAnew(
  origin: string,
  tally: { signedIn: number; dropped: number },
  isReady: () => boolean,
) {
  const account = newAccount(origin, 0);
  await signUp(account, new TestBrowser(origin));
  while (isReady()) {
    try {
      const options = await ask(await dial(port), '/api/authentication/options', '', {});
      const response = await account.authenticator.get(options.body);
      const cookies = cookiesOf(options);
      const path = '/api/authentication/verify';
      const { status } = await ask(await dial(port), path, cookies, response);
      if (status === 200) tally.signedIn += 1;
    } catch {
      tally.dropped += 1;
    }
  }
}

async function replyOf({ socket, until }: Wire, start: string): Promise<Reply> {
  socket.write(message(start, {}));
  return until(wholeReply);
}

const ways = [
  [1, 'first'],
  [2, 'first'],
  [2, 'group'],
] as const;

describe.each(ways)('SIGTERM with WORKERS=%i, to the %s', (workers, signalled) => {
  it('in the middle of load: every request is answered', async ({ annotate }) => {
    const tally = { signedIn: 0, dropped: 0 };
    let slowestEnd = 0;
    for (let times = 0; times < 2; times++) {
      const running = await start(workers);
      const before = tally.signedIn;
      const people = Array.from({ length: 24 }, () => keepSigningIn(running.origin, tally));
      await expect.poll(() => tally.signedIn).toBeGreaterThan(before + 150);
      const signalledAt = performance.now();
      terminate(running, signalled);
      expect(await running.ended).toBe(0);
      slowestEnd = Math.max(slowestEnd, performance.now() - signalledAt);
      await Promise.all(people);
    }
    await annotate(JSON.stringify({ ...tally, slowestEnd: Math.round(slowestEnd) }));
    expect(tally.dropped).toBe(0);
    // Nothing was stored without being acknowledged.
    const contents = await readContents(`file:${folder.path}/data/latchkey.db`);
    expect(contents.ceremonies).toBe(tally.signedIn);
  });

  it('behind something that asks readyz: no new connection is refused', async ({ annotate }) => {
    const running = await start(workers);
    const tally = { signedIn: 0, dropped: 0 };
    let isReady = true;
    const people = Array.from({ length: 24 }, () =>
      signInAnew(running.origin, tally, () => isReady),
    );
    await expect.poll(() => tally.signedIn).toBeGreaterThan(100);
    terminate(running, signalled);
    while (isReady) {
      isReady = (await replyOf(await dial(port), 'GET /readyz')).status === 200;
      await pause(100);
    }
    await Promise.all(people);
    expect(await running.ended).toBe(0);
    await annotate(JSON.stringify(tally));
    expect(tally.dropped).toBe(0);
  });

  it('while bodies are on their way: what was begun is finished', async () => {
    const running = await start(workers);
    const body = '{"username":"ann"}';
    const wires = await Promise.all(Array.from({ length: 50 }, () => dial(port)));
    const told = wires.map(async ({ socket, until, forget }) => {
      // The server answers `100 Continue` after it has read the headers.
      const wish = { 'content-type': 'application/json', expect: '100-continue' };
      const length = { 'content-length': body.length };
      socket.write(message('POST /api/authentication/options', { ...wish, ...length }));
      await until((heard) => heard.startsWith('HTTP/1.1 100 ') || null);
      forget();
    });
    await Promise.all(told);
    terminate(running, signalled);
    await pause(500);
    for (const { socket } of wires) socket.write(body);
    const replies = await Promise.all(wires.map(({ until }) => until(wholeReply)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(50);
    expect(await running.ended).toBe(0);
  });
});

/** A SQLite database on a disk that is full or read-only: no write is acknowledged then, and none is lost. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { freePort } from '../../server/testing/processes.ts';
import type { Folder } from './clean-up.ts';
import { lockableFolder, mountSmallDisk } from './disks.ts';
import { examine, readContents } from './findings.ts';
import { type Load, startLoad, verify } from './people.ts';
import { type ServerProcess, startServer } from './server-process.ts';

let folder: Folder | undefined;
let server: ServerProcess | undefined;

afterEach(async () => {
  await server?.kill();
  await folder?.remove();
  [server, folder] = [undefined, undefined];
});

const env = (path: string) => ({ DATABASE_URL: `file:${path}/latchkey.db`, RATE_LIMITS: 'off' });

function orSkip<Disk>(context: TestContext, make: () => Disk): Disk {
  try {
    return make();
  } catch (error) {
    return context.skip(`not on this machine: ${(error as Error).message}`);
  }
}

/** How long `/readyz` may repeat its last answer. */
const answerHoldsMs = 1_100;

const ready = async (origin: string) => (await fetch(`${origin}/readyz`)).status;

interface Trouble {
  begin(): void;
  end(): void;
}

/** Breaks the disk under load and mends it again. Resolves to the status of `/readyz` meanwhile. */
async function trouble({ origin }: ServerProcess, load: Load, disk: Trouble): Promise<number> {
  const before = load.refused.length;
  disk.begin();
  await expect.poll(() => load.refused.length).toBeGreaterThan(before + 50);
  await pause(answerHoldsMs);
  const said = await ready(origin);
  disk.end();
  const recovered = load.acknowledged.length;
  await expect.poll(() => load.acknowledged.length).toBeGreaterThan(recovered + 50);
  await expect.poll(() => ready(origin)).toBe(200);
  return said;
}

/**
 * A refused ceremony changed nothing, so that the same responses succeed now. Passkeys with a counter are left out,
 * because they may have been used since. Resolves to the number of responses.
 */
async function tryAgain({ refused, acknowledged }: Load): Promise<number> {
  const again = refused.filter(({ signCount }) => signCount === 0);
  for (const attempt of again) {
    const answer = await verify(attempt);
    expect(answer.status).toBeLessThan(300);
    acknowledged.push({ ...attempt, answer });
  }
  return again.length;
}

async function survive({ path }: Folder, disk: Trouble, { annotate }: TestContext): Promise<void> {
  const port = await freePort();
  server = await startServer(path, port, env(path));
  const load = startLoad([server.origin]);
  await expect.poll(() => load.acknowledged.length).toBeGreaterThan(50);
  const said: number[] = [];
  for (let times = 0; times < 3; times++) said.push(await trouble(server, load, disk));
  await load.stop();

  // Options calls write nothing, so that they succeeded all the time.
  expect([...load.troubles.keys()]).toEqual(['503 unavailable']);
  expect((await readContents(env(path).DATABASE_URL)).ceremonies).toBe(load.acknowledged.length);
  const acknowledged = load.acknowledged.length;
  const completedLater = await tryAgain(load);
  const found = await examine(server.origin, load.acknowledged);
  expect(found).toEqual({ lost: 0, replaysAccepted: 0, noncesForgotten: 0 });
  const counts = { acknowledged, refused: load.refused.length, completedLater, readyz: said };
  await annotate(JSON.stringify({ ...counts, ...found }));
  expect(said).toEqual([503, 503, 503]);
}

function fullDisk(context: TestContext): [Folder, Trouble] {
  const disk = orSkip(context, () => mountSmallDisk(16));
  folder = disk;
  return [disk, { begin: disk.fill, end: disk.makeRoom }];
}

function unwritable(context: TestContext): [Folder, Trouble] {
  const lockable = orSkip(context, lockableFolder);
  folder = lockable;
  return [lockable, { begin: lockable.lock, end: lockable.unlock }];
}

describe.each([
  ['that is full', fullDisk],
  ['that can not be written', unwritable],
] as const)('a disk %s', (_, make) => {
  it('is 503, and told by readyz, until it is in order; nothing is lost or half done', async (context) => {
    await survive(...make(context), context);
  });

  it('and a kill on top of it lose nothing', async (context) => {
    const [{ path }, disk] = make(context);
    const port = await freePort();
    server = await startServer(path, port, env(path));
    const load = startLoad([server.origin]);
    await expect.poll(() => load.acknowledged.length).toBeGreaterThan(50);
    disk.begin();
    await expect.poll(() => load.refused.length).toBeGreaterThan(20);
    await server.kill();
    await load.stop();
    disk.end();
    server = await startServer(path, port, env(path));
    const contents = await readContents(env(path).DATABASE_URL);
    expect(contents.integrity).toBe('ok');
    const found = await examine(server.origin, load.acknowledged);
    expect(found).toEqual({ lost: 0, replaysAccepted: 0, noncesForgotten: 0 });
  });
});

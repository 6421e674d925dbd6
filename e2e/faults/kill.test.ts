/**
 * The server is killed in the middle of its work. Whatever it answered with 2xx exists after the next start.
 *
 * What a killed process wrote stays in the page cache. So this shows that no answer comes before its commit; it can't
 * show that the commit waits for the disk (`synchronous=FULL`), which would need a power cut.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../server/testing/postgres.ts';
import { type Environment, freePort } from '../../server/testing/processes.ts';
import { type Folder, newFolder } from './clean-up.ts';
import { countersGoneBack, examine, lostSessions, readContents } from './findings.ts';
import { type Attempt, startLoad } from './people.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** All processes; the first one, with which its workers end; or a worker, which is replaced. */
type Victim = 'all' | 'first' | 'worker';

let folder: Folder;
let server: ServerProcess | undefined;
let postgres: PostgresServer | undefined;

beforeEach(() => {
  folder = newFolder();
});
afterEach(async () => {
  await server?.kill();
  await postgres?.remove();
  await folder.remove();
  [server, postgres] = [undefined, undefined];
});

async function strike(running: ServerProcess, victim: Victim): Promise<void> {
  if (victim === 'all') return running.kill();
  const [worker = 0] = running.workers();
  process.kill(victim === 'first' ? running.pid : worker, 'SIGKILL');
  if (victim === 'first') await running.gone();
  else await expect.poll(() => running.workers().includes(worker)).toBe(false);
}

async function killAgainAndAgain(
  victims: readonly Victim[],
  env: Environment,
  databaseUrl: string,
) {
  const port = await freePort();
  const start = () => startServer(folder.path, port, { ...env, RATE_LIMITS: 'off' });
  const everything: Attempt[] = [];
  const total = { kills: 0, acknowledged: 0, lost: 0, replaysAccepted: 0, noncesForgotten: 0 };
  server = await start();
  for (const victim of victims) {
    const { acknowledged, stop } = startLoad([server.origin]);
    const enough = 20 + Math.random() * 180;
    await expect
      .poll(() => acknowledged.length, { interval: 3, timeout: 20_000 })
      .toBeGreaterThan(enough);
    await strike(server, victim);
    const stopped = stop();
    if (victim !== 'worker') server = await start();
    await stopped;

    const contents = await readContents(databaseUrl);
    expect(contents.integrity).toBe('ok');
    expect(countersGoneBack(contents, acknowledged)).toBe(0);
    const found = await examine(server.origin, acknowledged);
    everything.push(...acknowledged);
    total.kills += 1;
    total.acknowledged += acknowledged.length;
    for (const key of ['lost', 'replaysAccepted', 'noncesForgotten'] as const)
      total[key] += found[key];
  }
  total.lost += await lostSessions(everything);
  return total;
}

const none = { lost: 0, replaysAccepted: 0, noncesForgotten: 0 };

describe('SIGKILL in the middle of load', () => {
  it.for([
    ['SQLite, one process', Array<Victim>(12).fill('all'), {}],
    ['SQLite, two workers', ['all', 'first', 'worker', 'all'], { WORKERS: '2' }],
  ] as const)('loses nothing that was acknowledged: %s', async ([, victims, env], { annotate }) => {
    const total = await killAgainAndAgain(victims, env, `file:${folder.path}/data/latchkey.db`);
    await annotate(JSON.stringify(total));
    expect(total).toMatchObject({ ...none, kills: victims.length });
  });

  it('loses nothing that was acknowledged: PostgreSQL', async ({ annotate }) => {
    postgres = await startPostgres();
    const url = await postgres.createDatabase();
    const env = { DATABASE_URL: url, SECRET: 'a secret that is only for tests and long enough' };
    const total = await killAgainAndAgain(Array<Victim>(5).fill('all'), env, url);
    await annotate(JSON.stringify(total));
    expect(total).toMatchObject({ ...none, kills: 5 });
  });
});

/** An import that is stopped half-way, and run again. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../store/location.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { newFolder } from '../testing/folder.ts';
import { account, text, writeLines } from '../testing/import-files.ts';
import { runScript, spawnScript } from '../testing/processes.ts';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});

const inFolder = (name: string) => join(folder, name);
const file = (lines: readonly unknown[]) => writeLines(folder, lines);

describe('an import that is interrupted', () => {
  let env: { DATABASE_URL: string };
  let store: Store;
  beforeEach(async () => {
    env = { DATABASE_URL: `file:${inFolder('test.db')}` };
    store = await openStore(parseDatabaseUrl(env.DATABASE_URL));
  });
  afterEach(() => store.close());

  async function until(accounts: number): Promise<void> {
    while (((await store.countCredentials())[0]?.accounts ?? 0) < accounts) await pause(2);
  }

  it('by kill -9 misses nothing and stores nothing twice when it is run again', async () => {
    const total = 20_000;
    const lines = Array.from({ length: total }, (_, index) => account(`user-${index}`));
    const name = file(lines);
    const killedAt = randomInt(1, total - 2000);
    const child = spawnScript('commands/import.ts', [name], folder, env);
    await until(killedAt);
    child.kill('SIGKILL');
    await once(child, 'close');
    const stored = (await store.countCredentials())[0]?.accounts ?? 0;
    expect(stored, `killed after ${killedAt}`).toBeLessThan(total);
    expect(stored % 500).toBe(0);

    const { status, stdout } = await runScript('commands/import.ts', [name], folder, env);
    const counts = `${total - stored} accounts created, 0 extended, ${stored} unchanged; 0 bad lines.\n`;
    expect([status, stdout], `killed after ${killedAt}`).toEqual([0, counts]);
    const expected = new Map<string, { id: string }[]>(
      lines.map(({ userHandle, credentials }) => [userHandle, credentials]),
    );
    for (let after = ''; ; ) {
      const page = await store.exportAccounts(after, 1000);
      if (page.length === 0) break;
      for (const { user, credentials } of page) {
        expect(credentials.map((each) => each.id)).toEqual(
          expected.get(user.id)?.map((each) => each.id),
        );
        expected.delete(user.id);
      }
      after = page.at(-1)?.user.id ?? '';
    }
    expect(expected.size).toBe(0);
  });

  it('by SIGTERM stores what it has read and says where it stopped', async () => {
    const lines = Array.from({ length: 700 }, (_, index) => account(`user-${index}`));
    const child = spawnScript('commands/import.ts', ['-'], folder, env);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        output += data.toString();
      });
    }
    child.stdin.write(text(lines));
    await until(500);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([143, null]);
    const [, stoppedAt] = /Stopped after line (\d+)\. Run it again to go on\./.exec(output) ?? [];
    expect(Number(stoppedAt)).toBeGreaterThanOrEqual(500);
    expect((await store.countCredentials())[0]?.accounts).toBe(Number(stoppedAt));
    const { stdout } = await runScript('commands/import.ts', [file(lines)], folder, env);
    expect(stdout).toContain(`${700 - Number(stoppedAt)} accounts created`);
  });
});

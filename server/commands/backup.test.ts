import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { TestBrowser } from '../testing/browser.ts';
import { newFolder } from '../testing/folder.ts';
import { runScript, type ServerProcess, startServer } from '../testing/processes.ts';

let folder: string;
let servers: ServerProcess[];
beforeEach(() => {
  folder = newFolder();
  servers = [];
});
afterEach(() => {
  for (const { child } of servers) child.kill('SIGKILL');
});

async function start(): Promise<ServerProcess> {
  const server = await startServer(folder, { RATE_LIMITS: 'off' });
  servers.push(server);
  return server;
}

const run = (command: string, ...args: string[]) =>
  runScript('commands/backup.ts', [command, ...args], folder);

describe('backup and restore', () => {
  it('bring back, under load, what was there and nothing later', async () => {
    const server = await start();
    const authenticator = new SoftwareAuthenticator({ origin: server.origin });
    const browser = new TestBrowser(server.origin);
    expect((await browser.signUp('ann', authenticator)).status).toBe(201);
    const cookies = new Map(browser.cookies);
    let busy = true;
    const load = (async () => {
      for (const other = new TestBrowser(server.origin); busy; ) {
        expect((await other.signIn(authenticator)).status).toBe(200);
      }
    })();
    const backedUp = await run('backup', 'copy.db');
    busy = false;
    await load;
    expect(backedUp).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(
        /^Backed up data\/latchkey.db to copy.db: 1 accounts, 1 passkeys/,
      ),
    });
    const later = new SoftwareAuthenticator({ origin: server.origin });
    await new TestBrowser(server.origin).signUp('bob', later);

    const held = await run('restore', 'copy.db', '--replace');
    expect([held.status, held.stderr]).toEqual([
      1,
      expect.stringContaining('Stop the server first'),
    ]);
    await server.stop();
    const refused = await run('restore', 'copy.db');
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('--replace')]);
    const restored = await run('restore', 'copy.db', '--replace');
    expect([restored.status, restored.stderr]).toEqual([0, '']);
    expect(restored.stdout).toContain('Whatever happened after the backup is undone');

    const again = await start();
    const returning = new TestBrowser(again.origin);
    for (const [name, value] of cookies) returning.cookies.set(name, value);
    expect((await returning.get('/api/session')).body.user.username).toBe('ann');
    later.settings.origin = again.origin;
    expect((await returning.signIn(later)).body.code).toBe('credential_unknown');
    const kept = readdirSync(join(folder, 'data')).filter((name) => name.includes('.replaced-'));
    expect(kept).toHaveLength(1);
  });

  it('move a database to a server that has none', async () => {
    const server = await start();
    const authenticator = new SoftwareAuthenticator({ origin: server.origin });
    await new TestBrowser(server.origin).signUp('ann', authenticator);
    await run('backup', 'copy.db');
    await server.stop();
    rmSync(join(folder, 'data'), { recursive: true });
    expect((await run('restore', 'copy.db')).status).toBe(0);
    const next = await start();
    authenticator.settings.origin = next.origin;
    expect((await new TestBrowser(next.origin).signIn(authenticator)).status).toBe(200);
  });

  it('say what is wrong: status 1 for what can’t be done, 2 for what was asked wrongly', async () => {
    const nothing = await run('backup', 'copy.db');
    expect([nothing.status, nothing.stderr]).toEqual([
      1,
      'There is no database at data/latchkey.db.\n',
    ]);
    copyFileSync(new URL(import.meta.url), join(folder, 'text.db'));
    const text = await run('restore', 'text.db');
    expect([text.status, text.stderr]).toEqual([1, expect.stringContaining('text.db can not be')]);
    for (const args of [
      [],
      ['backup'],
      ['copy', 'x'],
      ['backup', 'x', '--replace'],
      ['restore', '-x'],
    ]) {
      const [command = '', ...rest] = args;
      const { status, stderr } = await run(command, ...rest);
      expect([status, stderr]).toEqual([2, expect.stringContaining('Usage: npm run backup')]);
    }
  });

  it('send whoever runs PostgreSQL to its own tools', async () => {
    const { status, stderr } = await runScript(
      'commands/backup.ts',
      ['backup', 'copy.db'],
      folder,
      {
        DATABASE_URL: 'postgres://localhost/latchkey',
        SECRET: 'a secret that is only for tests and long enough',
      },
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('pg_dump')]);
  });
});

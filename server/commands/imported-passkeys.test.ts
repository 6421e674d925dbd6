/** Passkeys that moved from one server to another, and the people who sign in with them. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../store/location.ts';
import { openStore } from '../store/open.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { TestBrowser } from '../testing/browser.ts';
import { newFolder } from '../testing/folder.ts';
import { type fullAccount, id, writeLines } from '../testing/import-files.ts';
import {
  type Environment,
  runScript,
  type ServerProcess,
  startServer,
} from '../testing/processes.ts';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});

const inFolder = (name: string) => join(folder, name);
const file = (lines: readonly unknown[]) => writeLines(folder, lines);

describe('passkeys that were imported', () => {
  const servers: ServerProcess[] = [];
  afterEach(() => {
    for (const { child } of servers.splice(0)) child.kill('SIGKILL');
  });
  async function start(env?: Environment): Promise<ServerProcess> {
    const server = await startServer(folder, env);
    servers.push(server);
    return server;
  }

  /** The same account in the forms of others, from the line of an export. */
  const forms: Readonly<Record<string, (line: ReturnType<typeof fullAccount>) => unknown>> = {
    latchkey: (line) => line,
    simplewebauthn: ({ username, userHandle, credentials: [passkey] }) => ({
      ...{ id: passkey?.id, publicKey: { ...Buffer.from(passkey?.publicKey ?? '', 'base64url') } },
      ...{ user: { username }, webauthnUserID: userHandle, counter: 0, deviceType: 'multiDevice' },
      ...{ backedUp: true, transports: ['internal'] },
    }),
    'better-auth': ({ username, userHandle, credentials: [passkey] }) => ({
      ...{ id: 'row', userId: 'user', credentialID: passkey?.id, userHandle, counter: 0 },
      ...{ publicKey: Buffer.from(passkey?.publicKey ?? '', 'base64url').toString('base64') },
      ...{ deviceType: 'multiDevice', backedUp: true, user: { email: username } },
    }),
  };

  async function exported(server: ServerProcess): Promise<ReturnType<typeof fullAccount>[]> {
    const { stdout } = await runScript('commands/export.ts', ['-'], folder);
    await server.stop();
    const lines = stdout.trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  async function otherDatabase() {
    const env = { DATABASE_URL: `file:${inFolder('other.db')}` };
    await (await openStore(parseDatabaseUrl(env.DATABASE_URL))).close();
    return env;
  }

  it('sign in, whatever form they came in, and manage their account', async () => {
    const first = await start();
    const people = Object.keys(forms).map((form) => ({
      form,
      authenticator: new SoftwareAuthenticator({ origin: first.origin }),
    }));
    for (const { form, authenticator } of people) {
      const { status } = await new TestBrowser(first.origin).signUp(form, authenticator);
      expect(status).toBe(201);
    }
    const lines = (await exported(first)).map((line) => forms[line.username]?.(line));
    const env = await otherDatabase();
    expect(await runScript('commands/import.ts', [file(lines)], folder, env)).toMatchObject({
      status: 0,
    });

    const second = await start(env);
    for (const { authenticator } of people) {
      authenticator.settings.origin = second.origin;
      const browser = new TestBrowser(second.origin);
      const signedIn = await browser.signIn(authenticator);
      expect(signedIn).toMatchObject({ status: 200, body: { userVerified: true } });
      const added = new SoftwareAuthenticator({ origin: second.origin });
      const options = await browser.request('POST', '/api/registration/options', {});
      const response = await added.create(options.body);
      expect((await browser.request('POST', '/api/registration/verify', response)).status).toBe(
        201,
      );
    }
  });

  it('sign in, though each was registered under a handle of its own', async () => {
    const first = await start();
    const devices: SoftwareAuthenticator[] = [];
    const handles = new Map<string, ReturnType<typeof id>>();
    for (const username of ['simplewebauthn', 'better-auth']) {
      const browser = new TestBrowser(first.origin);
      for (const body of [{ username }, {}]) {
        const device = new SoftwareAuthenticator({ origin: first.origin });
        const options = await browser.creationOptions(body);
        // Only the device is told of it.
        const user = { ...options.user, id: id(32) };
        const response = await device.create({ ...options, user });
        expect((await browser.verifyRegistration(response)).status).toBe(201);
        devices.push(device);
        handles.set(response.id, user.id);
      }
    }
    const rows = (await exported(first)).flatMap((line) =>
      line.credentials.map((passkey) => {
        const userHandle = handles.get(passkey.id) ?? line.userHandle;
        const row = forms[line.username]?.({ ...line, userHandle, credentials: [passkey] });
        return line.username === 'better-auth' ? { ...(row as object), userHandle: null } : row;
      }),
    );
    const env = await otherDatabase();
    for (const counts of [
      '2 accounts created, 2 extended, 0 unchanged; 0 bad lines.\n',
      '0 accounts created, 0 extended, 4 unchanged; 0 bad lines.\n',
    ]) {
      expect((await runScript('commands/import.ts', [file(rows)], folder, env)).stdout).toBe(
        counts,
      );
    }

    const second = await start(env);
    for (const device of devices) {
      device.settings.origin = second.origin;
      const { userName: username } = device.credentials[0] ?? {};
      for (const body of [{}, { username }]) {
        const signedIn = await new TestBrowser(second.origin).signIn(device, body);
        expect(signedIn).toMatchObject({ status: 200, body: { user: { username } } });
      }
    }
  });
});

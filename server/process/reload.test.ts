/** A real server is told to read its clients again, while it is asked all the time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../testing/processes.ts';

const redirectUri = 'https://web.example.com/callback';
const clientOf = (id: string) => ({
  ...{ client_id: id, client_secret: 'a secret of a client that is long enough' },
  redirect_uris: [redirectUri],
});

let folder: string;
let server: ServerProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-reload-'));
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function write(content: unknown): string {
  const path = join(folder, 'clients.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** 303 to the sign-in page if the client is known, else 400. */
async function ask({ origin }: ServerProcess, id: string): Promise<number> {
  const query = new URLSearchParams({
    ...{ client_id: id, response_type: 'code', scope: 'openid', redirect_uri: redirectUri },
    ...{ code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' },
  });
  const answer = await fetch(`${origin}/oidc/authorize?${query}`, {
    redirect: 'manual',
    headers: { connection: 'close' },
  });
  await answer.body?.cancel();
  return answer.status;
}

const times = (text: string, words: string) => text.split(words).length - 1;

describe.each([1, 2])('SIGHUP to a server of %d processes', { timeout: 60_000 }, (workers) => {
  const env = { WORKERS: String(workers), RATE_LIMITS: 'off' };

  it('brings the clients of the file, and no request is lost', async () => {
    const running = await startServer(folder, { ...env, OIDC_CLIENTS: write([clientOf('old')]) });
    server = running;
    expect([await ask(running, 'old'), await ask(running, 'new')]).toEqual([303, 400]);
    const statuses: number[] = [];
    let isReloading = true;
    const asking = Promise.all(
      ['old', 'new'].map(async (id) => {
        while (isReloading) statuses.push(await ask(running, id));
      }),
    );
    for (let round = 1; round <= 3; round++) {
      write([clientOf('new'), clientOf(`kept-${round}`)]);
      running.child.kill('SIGHUP');
      const reloaded = () => times(running.output(), 'reloaded OIDC_CLIENTS');
      await expect.poll(reloaded, { timeout: 20_000 }).toBe(round * workers);
    }
    isReloading = false;
    await asking;
    expect(new Set(statuses)).toEqual(new Set([303, 400]));
    for (let again = 0; again < 6; again++) {
      expect([await ask(running, 'old'), await ask(running, 'new')]).toEqual([400, 303]);
    }
  });

  it('names mistakes in the log, and keeps the clients that are there', async () => {
    const running = await startServer(folder, { ...env, OIDC_CLIENTS: write([clientOf('old')]) });
    server = running;
    const mistakes: [unknown, string][] = [
      // Of each kind one: what the settings see, what the library sees, and what is no JSON.
      [[{ ...clientOf('new'), redirect_uris: ['x'] }], '[0] (new).redirect_uris[0]: expected'],
      [[{ ...clientOf('new'), scope: 'odd' }], 'OIDC_CLIENTS: new: scope'],
      ['[{', 'it is not JSON'],
    ];
    for (const [content, words] of mistakes) {
      write(content);
      running.child.kill('SIGHUP');
      await expect.poll(running.output, { timeout: 20_000 }).toContain(words);
    }
    expect(running.output()).toContain('what was there stays');
    expect(running.output()).not.toContain('a secret of a client');
    for (let again = 0; again < 4; again++) {
      expect([await ask(running, 'old'), await ask(running, 'new')]).toEqual([303, 400]);
    }
  });
});

it('SIGHUP ends no server without apps', async () => {
  const running = await startServer(folder);
  server = running;
  running.child.kill('SIGHUP');
  await expect.poll(running.output, { timeout: 20_000 }).toContain('begins with a restart');
  expect((await fetch(`${running.origin}/healthz`)).status).toBe(200);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SoftwareAuthenticator } from '../server/testing/authenticator.ts';
import { TestBrowser } from '../server/testing/browser.ts';
import { newFolder } from '../server/testing/folder.ts';
import { freePort, nodeFlags } from '../server/testing/processes.ts';

let folder: string;
let port: number;
let child: ChildProcess | undefined;
beforeEach(async () => {
  folder = newFolder();
  port = await freePort();
});
afterEach(async () => {
  if (child?.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
});

/** Runs it until it says this; resolves to all that it said. */
async function run(words: string, env: Record<string, string> = {}): Promise<string> {
  const script = fileURLToPath(new URL('main.ts', import.meta.url));
  child = spawn(process.execPath, [...nodeFlags, script], {
    cwd: folder,
    env: { PORT: String(port), ...env },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      said += data.toString();
    });
  }
  await expect.poll(() => said, { timeout: 25_000 }).toContain(words);
  return said;
}

const linkOf = (said: string, name: string) =>
  new RegExp(`^  ${name} +(http\\S+)$`, 'm').exec(said)?.[1];

it('lets a developer be one of the people, by a link that is good once', async () => {
  const origin = `http://localhost:${port}`;
  // Another database that the environment names is none of its business.
  const said = await run('is ready', { DATABASE_URL: `file:${join(folder, 'mine.db')}` });
  expect(existsSync(join(folder, 'mine.db'))).toBe(false);
  expect(said).toMatch(/^ {2}dora-is-disabled +can not sign in$/m);
  const token = linkOf(said, 'ann')?.split('#')[1];
  const [browser, authenticator] = [new TestBrowser(origin), new SoftwareAuthenticator({ origin })];
  expect((await browser.post('/api/enrolment', { token })).status).toBe(200);
  expect((await browser.addPasskey(authenticator)).status).toBe(201);
  expect((await new TestBrowser(origin).post('/api/enrolment', { token })).status).not.toBe(200);
  expect((await new TestBrowser(origin).signIn(authenticator)).body.user.username).toBe('ann');

  child?.kill('SIGTERM');
  await once(child ?? process, 'exit');
  const again = await run('is ready');
  expect(again).toMatch(/^ {2}ann +signs in with a passkey that you added$/m);
  expect(linkOf(again, 'bob')).toBeDefined();
});

it('has somebody who stands in for Apple, without an Apple account', async () => {
  const origin = `http://localhost:${port}`;
  await run('is ready');
  const browser = new TestBrowser(origin);
  const { headers } = await browser.get('/sign-in/apple');
  const page = await (await fetch(headers.get('location') ?? '')).text();
  expect(page).toContain('Stand-in for Apple');
  expect(page).toContain('Ann Appleseed');
});

it('is nothing for production', async () => {
  const said = await run('production', { NODE_ENV: 'production' });
  expect(said).not.toContain('#');
  expect(existsSync(join(folder, 'data'))).toBe(false);
});

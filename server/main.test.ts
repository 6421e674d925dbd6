/** The server as an operator runs it: a process of its own, with nothing but an environment. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { SoftwareAuthenticator } from './testing/authenticator.ts';
import { TestBrowser } from './testing/browser.ts';
import { newPipe } from './testing/pipe.ts';
import { childrenOf, freePort, nodeFlags } from './testing/processes.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
let folder: string;
let port: number;
let running: ChildProcess[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-main-'));
  running = [];
  port = await freePort();
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Launch {
  readonly stdio?: StdioOptions;
  readonly program?: string;
}

function launch(
  env: Record<string, string> = {},
  { stdio = 'pipe', program = process.execPath }: Launch = {},
) {
  const child = spawn(program, [...nodeFlags, main], {
    cwd: folder,
    env: { PORT: String(port), ...env },
    stdio,
  });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      output += data.toString();
    });
  }
  return { child, output: () => output, exited: once(child, 'exit') };
}

async function start(env?: Record<string, string>, how?: Launch) {
  const server = launch(env, how);
  const ready = () => server.output().includes('is ready');
  while (!ready() && server.child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(server.output()).toContain(`http://localhost:${port}`);
  return server;
}

const origin = () => `http://localhost:${port}`;

function logToPipe(withReader: boolean): number {
  const { reader, writer } = newPipe(folder);
  if (withReader) onTestFinished(() => closeSync(reader));
  else closeSync(reader);
  return writer;
}

async function get(agent: Agent, path: string): Promise<number | undefined> {
  const request = httpRequest(origin() + path, { agent }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

describe('bad configuration', () => {
  it('is named in full, ends with status 1, and opens nothing', async () => {
    const { output, exited } = launch({
      NODE_ENV: 'production',
      PORT: 'many',
      ORIGIN: 'http://example.com',
      LOG_LEVEL: 'loud',
      SECRET: ' , ',
    });
    expect((await exited)[0]).toBe(1);
    for (const field of ['PORT', 'ORIGIN', 'LOG_LEVEL', 'SECRET']) {
      expect(output()).toContain(`  ${field}: `);
    }
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('a variable that is probably misspelt is named beside the bad ones', async () => {
    const { output, exited } = launch({ NODE_ENV: 'production', SECERT: 's'.repeat(32) });
    await exited;
    expect(output()).toContain('  SECRET: required in production\n');
    expect(output()).toContain('  SECERT is not read. Did you mean SECRET?\n');
  });

  it('a variable that is probably misspelt is warned of, and stops nothing', async () => {
    const { output } = await start({ RP_NAEM: 'Example', WORKERS: '2' });
    const warnings = output().match(/"level":40,.*/g);
    expect(warnings).toEqual([expect.stringContaining('Did you mean RP_NAME?')]);
  });

  it('a port that is in use ends with status 1', async () => {
    const first = await start();
    const second = launch({ DATABASE_URL: 'file:other/second.db' });
    expect((await second.exited)[0]).toBe(1);
    expect(second.output()).toMatch(/^Latchkey can't start: .*\(EADDRINUSE\)\n$/);
    expect(first.child.exitCode).toBeNull();
  });
});

describe('the server', () => {
  it('needs no configuration, and keeps its secret to its owner', async () => {
    await start();
    expect((await fetch(`${origin()}/readyz`)).status).toBe(200);
    expect(statSync(join(folder, 'data/secret')).mode & 0o777).toBe(0o600);
  });

  it('loads no library that this configuration does not need', async () => {
    const tell = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) });`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(tell)}`;
    const server = await start({ NODE_OPTIONS });
    const packages = Array.from(
      server.output().matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g),
      ([, name]) => name,
    );
    expect(packages).toContain('zod');
    for (const name of ['oidc-provider', 'nodemailer', 'pg']) expect(packages).not.toContain(name);
  });

  it('keeps its files to their owner, also in a folder that was there, and those that were open to all', async () => {
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o755 });
    const first = await start();
    await new TestBrowser(origin()).signUp('ann', new SoftwareAuthenticator({ origin: origin() }));
    const modes = () =>
      readdirSync(data).map((name) => [
        name,
        (statSync(join(data, name)).mode & 0o777).toString(8),
      ]);
    const own = [
      'latchkey.db',
      'latchkey.db-shm',
      'latchkey.db-start',
      'latchkey.db-wal',
      'secret',
    ];
    expect(modes().sort()).toEqual(own.map((name) => [name, '600']));
    first.child.kill('SIGKILL');
    await first.exited;
    for (const name of readdirSync(data)) chmodSync(join(data, name), 0o644);
    await start();
    expect(modes().sort()).toEqual(own.map((name) => [name, '600']));
  });

  it('starts several times at once on one new database, with one secret', async () => {
    const ports = await Promise.all(Array.from({ length: 4 }, freePort));
    const servers = ports.map((each) => launch({ PORT: String(each) }));
    await expect
      .poll(() => servers.filter(({ output }) => output().includes('is ready')).length, {
        timeout: 20_000,
      })
      .toBe(4);
    const browser = new TestBrowser(`http://localhost:${ports[0]}`);
    const { challenge } = await browser.requestOptions();
    const next = new TestBrowser(`http://localhost:${ports[3]}`);
    for (const [name, value] of browser.cookies) next.cookies.set(name, value);
    const authenticator = new SoftwareAuthenticator({ origin: `http://localhost:${ports[3]}` });
    const options = await next.creationOptions({ username: 'ann' });
    await authenticator.create(options);
    const asked = await next.requestOptions();
    const answer = await next.verifyAuthentication(
      await authenticator.get({ ...asked, challenge }),
    );
    // The challenge of one opens on the other: only the passkey is unknown.
    expect(answer.body.code).toBe('credential_unknown');
  });

  it('refuses to start on a secret file that is not whole', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data/secret'), '');
    const { output, exited } = launch();
    expect((await exited)[0]).toBe(1);
    expect(output()).toContain('holds no secret');
  });

  it.each([
    ['is on a full disk', () => openSync('/dev/full', 'w')],
    ['has lost its reader', () => logToPipe(false)],
    ['has a reader that rests', () => logToPipe(true)],
  ])('serves and ends in order when its log %s', async (_name, open) => {
    const log = open();
    const server = launch({}, { stdio: ['ignore', log, 'pipe'] });
    closeSync(log);
    const ready = () => fetch(`${origin()}/readyz`).then(({ status }) => status, String);
    await expect.poll(ready, { timeout: 9000 }).toBe(200);
    // More than is written together.
    const lines = Array.from({ length: 1000 }, () => fetch(`${origin()}/api/session`));
    await Promise.all(lines);
    expect(await ready()).toBe(200);
    server.child.kill('SIGTERM');
    expect((await server.exited)[0]).toBe(0);
    expect(server.output()).toBe('');
  });

  it('ends on SIGTERM with status 0, though a connection asks for nothing', async () => {
    const server = await start();
    const idle = connect(port, 'localhost');
    await once(idle, 'connect');
    server.child.kill('SIGTERM');
    expect((await server.exited)[0]).toBe(0);
    idle.destroy();
  });

  it('ends on SIGTERM with status 0, and begins again with everything it had', async () => {
    const first = await start();
    const authenticator = new SoftwareAuthenticator({ origin: origin() });
    const browser = new TestBrowser(origin());
    const { body } = await browser.signUp('ann', authenticator);
    const options = await browser.requestOptions();
    first.child.kill('SIGTERM');
    expect((await first.exited)[0]).toBe(0);

    await start();
    expect((await browser.get('/api/session')).body.user).toEqual(body.user);
    const answer = await browser.verifyAuthentication(await authenticator.get(options));
    expect(answer.status).toBe(200);
  });

  it('loses nothing that it acknowledged, and no spent nonce, to SIGKILL', async () => {
    let server = await start();
    const authenticator = new SoftwareAuthenticator({ origin: origin() });
    const browser = new TestBrowser(origin());
    expect((await browser.signUp('ann', authenticator)).status).toBe(201);
    for (let kill = 0; kill < 3; kill++) {
      const response = await authenticator.get(await browser.requestOptions());
      expect((await browser.verifyAuthentication(response)).status).toBe(200);
      server.child.kill('SIGKILL');
      await server.exited;
      server = await start();
      expect((await browser.get('/api/session')).status).toBe(200);
      expect((await browser.verifyAuthentication(response)).body.code).toBe('challenge_invalid');
    }
  });
});

describe('several workers', () => {
  it('serve one port, tell the metrics of all, and end in order', async () => {
    const server = await start({ WORKERS: '2' });
    const authenticator = new SoftwareAuthenticator({ origin: origin() });
    const browser = new TestBrowser(origin());
    expect((await browser.signUp('ann', authenticator)).status).toBe(201);
    for (let count = 0; count < 10; count++) {
      expect((await browser.signIn(authenticator)).status).toBe(200);
    }
    const { body } = await browser.get('/metrics');
    expect(body).toMatch(
      /latchkey_ceremonies_total\{ceremony="authentication",outcome="ok".*\} 10/,
    );
    server.child.kill('SIGTERM');
    expect((await server.exited)[0]).toBe(0);
    expect(server.output()).not.toContain('another takes its place');
  });

  it('share their rate limits', async () => {
    await start({ WORKERS: '2' });
    const statuses: number[] = [];
    for (let count = 0; count < 70; count++) {
      const { status } = await new TestBrowser(origin()).post('/api/registration/options', {
        username: `nobody-${count}`,
      });
      statuses.push(status);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(60);
  });

  it('replace one that dies', async () => {
    const server = await start({ WORKERS: '2' });
    const { body } = await new TestBrowser(origin()).get('/metrics');
    expect(body).toContain('process_resident_memory_bytes');
    process.kill(childrenOf(server.child.pid ?? 0)[0] ?? 0, 'SIGKILL');
    await expect
      .poll(() => server.output(), { timeout: 5000 })
      .toContain('another takes its place');
    for (let count = 0; count < 10; count++) {
      expect((await fetch(`${origin()}/readyz`)).status).toBe(200);
    }
  });

  it('are tried again when they can not be started', async () => {
    const program = join(folder, 'node');
    copyFileSync(process.execPath, program, constants.COPYFILE_FICLONE);
    const server = await start({ WORKERS: '2' }, { program });
    renameSync(program, `${program}.old`);
    const [worker = 0] = childrenOf(server.child.pid ?? 0);
    process.kill(worker, 'SIGKILL');
    await expect.poll(() => server.output()).toContain('a worker could not be started');
    expect(await get(new Agent(), '/readyz')).toBe(200);
    renameSync(`${program}.old`, program);
    await expect.poll(() => childrenOf(server.child.pid ?? 0).length, { timeout: 5_000 }).toBe(2);
    server.child.kill('SIGTERM');
    expect((await server.exited)[0]).toBe(0);
  });

  it('that hang do not keep the others from their end', async () => {
    const server = await start({ WORKERS: '2' });
    process.kill(childrenOf(server.child.pid ?? 0)[0] ?? 0, 'SIGSTOP');
    server.child.kill('SIGTERM');
    expect((await server.exited)[0]).toBe(0);
  });

  it('take nobody along when they die before the first process has answered them', async () => {
    const server = await start({ WORKERS: '2' });
    // Connections go to the workers in turn, more or less, and stay where they are.
    const lines = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    for (const line of lines) expect(await get(line, '/readyz')).toBe(200);
    const [silent = 0, asking = 0] = childrenOf(server.child.pid ?? 0);
    process.kill(silent, 'SIGSTOP');
    const asked = lines.slice(0, 4).map((line) => get(line, '/metrics').catch(String));
    // Meanwhile the one that can has asked the first process, and told it its share.
    const ask = (line: Agent) => get(line, '/readyz').then(() => line);
    const open = await Promise.any(lines.slice(4).map(ask));
    for (let count = 0; count < 20; count++) expect(await get(open, '/readyz')).toBe(200);
    process.kill(asking, 'SIGKILL');
    await expect.poll(() => server.output()).toContain('another takes its place');
    process.kill(silent, 'SIGCONT');

    await Promise.all(asked);
    expect(await get(new Agent(), '/readyz')).toBe(200);
    expect(server.child.exitCode).toBeNull();
    for (const line of lines) line.destroy();
  });

  it('on a port that is in use end with status 1', async () => {
    await start();
    const second = launch({ WORKERS: '2', DATABASE_URL: 'file:other/second.db' });
    expect((await second.exited)[0]).toBe(1);
    expect(second.output()).toMatch(/^Latchkey can't start: .*\(EADDRINUSE\)\n$/);
  });
});

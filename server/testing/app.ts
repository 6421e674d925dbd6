/**
 * The real application on a free port, with a real store in a folder of its own and a clock that tests
 * can move. Nothing of it is a stand-in but the clock.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { buildApp } from '../app.ts';
import { loadConfig } from '../config.ts';
import type { Deps } from '../deps.ts';
import { deriveKeys } from '../keys.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { TestBrowser } from './browser.ts';

export interface TestApp {
  readonly origin: string;
  readonly port: number;
  readonly deps: Deps;
  /** Moves the server's clock. */
  advance(milliseconds: number): void;
  /** A browser of its own: cookies, same-origin headers. */
  browser(): TestBrowser;
  /** Everything the database holds, to show that a refusal changed nothing. */
  contents(): unknown;
  /** Every line the server logged. */
  readonly logLines: string[];
  close(): Promise<void>;
}

export interface TestAppOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Goes around the application, for tests that change what it answers. */
  readonly wrap?: (app: RequestListener) => RequestListener;
}

export async function startTestApp({ env = {}, wrap }: TestAppOptions = {}): Promise<TestApp> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  const config = loadConfig({
    PORT: String(port),
    DATABASE_URL: `file:${join(folder, 'test.db')}`,
    SECRET: 'a secret that is only for tests and long enough',
    ...env,
  });
  const store = openSqliteStore(config.databasePath);
  const random = (length: number) => new Uint8Array(randomBytes(length));
  const logLines: string[] = [];
  let offset = 0;
  const deps: Deps = {
    config,
    keys: deriveKeys(config.secrets, await store.keepKey('decoy', random(32))),
    store,
    now: () => Date.now() + offset,
    random,
    log: pino({ level: 'debug' }, { write: (line: string) => void logLines.push(line) }),
  };
  const app: RequestListener = buildApp(deps);
  server.on('request', wrap?.(app) ?? app);
  const origin = `http://localhost:${port}`;
  return {
    origin,
    port,
    deps,
    logLines,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
    contents: () => readContents(config.databasePath),
    browser: () => new TestBrowser(origin, config.origin),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readContents(path: string): unknown {
  const database = new Database(path, { readonly: true });
  const tables = database
    .prepare<[], { name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    )
    .all();
  const contents = tables.map(({ name }) => [
    name,
    database.prepare(`SELECT * FROM "${name}"`).all(),
  ]);
  database.close();
  return contents;
}

/** One run of the bench: starts servers, load and databases, and removes them at the end. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDatabaseUrl } from '../../server/store/location.ts';
import { writeApps } from './app-files.ts';
import { type Databases, openDatabases, sqliteFiles } from './databases.ts';
import type { Target } from './measure.ts';
import type { Options } from './options.ts';
import { type Cores, divideCores, type Load, startLoad, startServer } from './processes.ts';
import { proxiedSite } from './visitor.ts';

/** The programs that can be measured. The floors use SQLite, or nothing. */
const programs = {
  Latchkey: '../../server/main.ts',
  floor: './floor.ts',
  'oidc-provider': './floor-provider.ts',
} as const;

export interface Run {
  readonly options: Options;
  readonly cores: Cores;
  readonly load: Load;
  readonly folder: string;
  /**
   * Starts a program on a fresh database.
   *
   * @param accounts how many are seeded through the store before
   */
  start(what: {
    program: keyof typeof programs;
    name?: string;
    accounts?: number;
    flags?: readonly string[];
    env?: Readonly<Record<string, string>>;
  }): Promise<Target>;
  end(): Promise<void>;
}

export async function startRun(options: Options): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const cores = divideCores(options.workers);
  const load = startLoad(cores.load);
  const files = sqliteFiles(folder);
  const databases: Databases = await openDatabases(options, folder);
  const running: Target[] = [];

  const start: Run['start'] = async (what) => {
    const { program, name = program, accounts = 0, flags = [] } = what;
    const databaseUrl = await (program === 'Latchkey' ? databases : files).create(name);
    if (accounts > 0) {
      const { seconds } = await load.order({ kind: 'seed', databaseUrl, accounts });
      const rate = Math.round(accounts / seconds);
      say(`${accounts} accounts through the store in ${seconds.toFixed(1)} s, ${rate}/s`);
    }
    const env = {
      NODE_ENV: 'production',
      SECRET: randomBytes(32).toString('base64url'),
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: options.logLevel,
      // All requests come from one address.
      RATE_LIMITS: 'off',
      WORKERS: String(options.workers),
      FORWARD_AUTH_ORIGINS: proxiedSite,
      TRUST_PROXY: 'loopback',
      ...what.env,
      ...(options.apps && writeApps(folder)),
    };
    const server = await startServer(
      { file: programs[program], cores: cores.server, env, flags },
      join(folder, `${name}.log`),
    );
    const location = parseDatabaseUrl(databaseUrl);
    const isFile = location.kind === 'file' && program !== 'oidc-provider';
    const file = isFile ? location.path : null;
    const target = { name, server, seeded: accounts, file };
    running.push(target);
    return target;
  };

  const end = async () => {
    load.stop();
    await Promise.all(running.map(({ server }) => server.stop()));
    await databases.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { options, cores, load, folder, start, end };
}

/** Prints progress and problems to stderr, so that stdout has the figures only. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

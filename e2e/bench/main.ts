/**
 * The bench: how fast Latchkey completes ceremonies, as a ratio to the least that any relying party
 * must do (`floor.ts`); or with many accounts, as a ratio to few.
 *
 * The server is the real one, a process of its own on a fresh database, configured as an operator
 * would but for the rate limits; the load is another process. Exits with status 1 if any ceremony
 * failed, since a fast refusal is no sign-in.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from './databases.ts';
import { measure, measureInTurn, type Plan, type Target } from './measure.ts';
import { type Options, readOptions, usage } from './options.ts';
import { type Cores, divideCores, type Load, startLoad, startServer } from './processes.ts';
import { formatProfile, readProfiles } from './profile.ts';
import { type Comparison, formatTable, toJson } from './report.ts';

interface Run {
  readonly options: Options;
  readonly cores: Cores;
  readonly load: Load;
  readonly folder: string;
  /** Ends or drops what was started or made, the last first. */
  readonly leftovers: (() => unknown)[];
}

const secret = randomBytes(32).toString('base64url');
const latchkey = '../../server/main.ts';
const floor = './floor.ts';

async function start(run: Run, name: string, file: string, flags: string[] = []): Promise<Target> {
  return startWith(run, name, file, 0, flags);
}

/** A server on a fresh database that holds this many accounts. */
async function startWith(
  { options, cores, load, folder, leftovers }: Run,
  name: string,
  file: string,
  accounts: number,
  flags: string[] = [],
): Promise<Target> {
  const postgres = file === floor ? undefined : options.databaseUrl;
  const database = await freshDatabase(folder, name, postgres);
  leftovers.push(database.drop);
  if (accounts > 0) {
    const { seconds } = await load.order({ kind: 'seed', databaseUrl: database.url, accounts });
    say(`${accounts} accounts through the store in ${seconds.toFixed(1)} s`);
  }
  const server = await startServer(file, {
    cores: cores.server,
    flags,
    env: {
      NODE_ENV: 'production',
      SECRET: secret,
      DATABASE_URL: database.url,
      LOG_LEVEL: options.logLevel,
      RATE_LIMITS: 'off',
      WORKERS: String(options.workers),
    },
  });
  leftovers.push(server.stop);
  return { name, server, seeded: accounts };
}

async function compareWithFloor(run: Run): Promise<Comparison[]> {
  const targets = [await start(run, 'Latchkey', latchkey), await start(run, 'floor', floor)];
  const comparisons: Comparison[] = [];
  // Sign-ups first: they make the accounts that sign in.
  for (const kind of ['sign-up', 'sign-in'] as const) {
    comparisons.push(await compare(run, { ...run.options, kind }, targets));
  }
  return comparisons;
}

async function compareAccounts(run: Run, accounts: number): Promise<Comparison[]> {
  const few = 1000;
  const targets = [
    await startWith(run, `${accounts} accounts`, latchkey, accounts),
    await startWith(run, `${few} accounts`, latchkey, few),
  ];
  return [await compare(run, { ...run.options, kind: 'sign-in' }, targets)];
}

async function compare({ load }: Run, plan: Plan, targets: readonly Target[]): Promise<Comparison> {
  say(`${plan.kind}: ${targets.map(({ name }) => name).join(' and ')}, ${plan.rounds} turns each`);
  const [first = [], second = []] = await measureInTurn(load, targets, plan);
  const [one, other] = targets.map(({ name }) => name);
  return { ceremony: plan.kind, names: [one ?? '', other ?? ''], windows: [first, second] };
}

/** Where the time of a sign-in goes, of Latchkey and of the floor. */
async function profileBoth(run: Run): Promise<void> {
  for (const [name, file] of Object.entries({ Latchkey: latchkey, floor })) {
    const profiles = join(run.folder, `profile-${name}`);
    const flags = ['--cpu-prof', `--cpu-prof-dir=${profiles}`, '--cpu-prof-interval=200'];
    const target = await start(run, name, file, flags);
    const plan: Plan = { ...run.options, kind: 'sign-in' };
    await measure(run.load, target, { ...plan, kind: 'sign-up', seconds: 3 });
    await measure(run.load, target, { ...plan, seconds: 4 });
    const from = process.hrtime.bigint();
    const window = await measure(run.load, target, plan);
    const until = process.hrtime.bigint();
    await target.server.stop();
    const samples = readProfiles(profiles, from, until);
    process.stdout.write(`${formatProfile(name, samples, window)}\n`);
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function runAll(run: Run): Promise<boolean> {
  const { options, cores } = run;
  if (options.profile) {
    await profileBoth(run);
    return true;
  }
  const all =
    options.accounts === undefined
      ? await compareWithFloor(run)
      : await compareAccounts(run, options.accounts);
  const json = toJson(options, cores, all);
  if (options.json === '-') process.stdout.write(`${json}\n`);
  else process.stdout.write(formatTable(options, cores, all));
  if (options.json !== undefined && options.json !== '-') writeFileSync(options.json, json);
  const errors = all.flatMap(({ windows }) => windows.flat().flatMap((window) => window.errors));
  for (const error of new Set(errors.slice(0, 10))) say(error);
  return errors.length === 0;
}

async function main(): Promise<void> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const cores = divideCores(options.workers);
  const load = startLoad(cores.load);
  const run: Run = { options, cores, load, folder, leftovers: [] };
  try {
    process.exitCode = (await runAll(run)) ? 0 : 1;
  } finally {
    for (const end of run.leftovers.reverse()) await end();
    load.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();

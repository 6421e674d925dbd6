/**
 * The load, in a process of its own, so that its CPU time is not counted as the server's. It does one task at a time
 * and reports the result. It runs until the end, so that every server is measured by the same client with warm code.
 */
import { parseDatabaseUrl } from '../../server/store/location.ts';
import { openStore } from '../../server/store/open.ts';
import type { SoftwareCredential } from '../../server/testing/authenticator.ts';
import { type AppUser, newAppUser, refresh, signInToApp } from './app-user.ts';
import type { Connection } from './connection.ts';
import { seedAccounts, seededCredential } from './seeded-accounts.ts';
import { enter, passThrough, type Site, signIn, signUp, visit } from './visitor.ts';

export interface Drive {
  readonly kind:
    | 'sign-up'
    | 'sign-in'
    | 'forward-auth'
    | 'app sign-in'
    | 'silent app sign-in'
    | 'app refresh';
  readonly site: Site;
  readonly seconds: number;
  readonly connections: number;
  /** The number of seeded accounts to sign in to; 0 means the accounts that were opened over HTTP. */
  readonly seeded: number;
  readonly named: boolean;
}

export interface Seed {
  readonly kind: 'seed';
  readonly databaseUrl: string;
  readonly accounts: number;
}

/** The result of a task. */
export interface Result {
  readonly seconds: number;
  readonly ceremonies: number;
  readonly errors: readonly string[];
  readonly p50: number;
  readonly p99: number;
  /** The share of one core that the load itself used. If it is near 1, the load is the bottleneck. */
  readonly busy: number;
}

/** The accounts that were opened over HTTP, by site. */
const opened = new Map<string, SoftwareCredential[]>();
let names = 0;

async function drive(order: Drive): Promise<Result> {
  const { seconds } = order;
  const lines = await linesFor(order);
  const durations: number[] = [];
  const errors: string[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  const work = async (line: Line) => {
    for (let begun = start; begun < end; ) {
      try {
        await line.perform();
      } catch (error) {
        // The connection can't be used any more. The others go on, and the error is counted.
        errors.push(String(error));
        return;
      }
      const done = performance.now();
      durations.push(done - begun);
      begun = done;
    }
  };
  await Promise.all(lines.map(work));
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  if (errors.length > 0) forget(lines);
  durations.sort((one, other) => one - other);
  const quantile = (share: number) => durations[Math.floor(durations.length * share)] ?? 0;
  return {
    seconds: elapsed / 1000,
    ceremonies: durations.length,
    errors,
    p50: quantile(0.5),
    p99: quantile(0.99),
    busy: (user + system) / 1000 / elapsed,
  };
}

/** By kind and site: who is there already signs up in no window, and what they were given is still good. */
const waiting = new Map<string, Line[]>();

async function linesFor(order: Drive): Promise<Line[]> {
  const name = `${order.kind} ${order.site.origin}`;
  const length = order.connections;
  const lines =
    waiting.get(name) ?? (await Promise.all(Array.from({ length }, () => newLine(order))));
  waiting.set(name, lines);
  return lines;
}

/** Some of them can't be used any more. */
function forget(lines: readonly Line[]): void {
  for (const line of lines) line.close();
  for (const [name, held] of waiting) if (held === lines) waiting.delete(name);
}

/** One of those that are at work at the same time. */
interface Line {
  perform(): Promise<unknown>;
  close(): void;
}

async function newLine(order: Drive): Promise<Line> {
  const { kind, site } = order;
  if (kind === 'sign-up' || kind === 'sign-in') {
    const connection = await visit(site);
    return { perform: () => perform(order, connection), close: () => connection.close() };
  }
  if (kind === 'forward-auth') {
    const connection = await visit(site);
    // Of accounts that sign in again and again here, each has more sessions than a person.
    const credential = await signUp(connection, site, `visitor-${names++}`);
    connection.close();
    const proxy = await enter(site, credential);
    return { perform: () => passThrough(proxy), close: () => proxy.connection.close() };
  }
  const user: AppUser = await newAppUser(site, `visitor-${names++}`);
  const performs = {
    'app sign-in': () => signInToApp(user, 'asked'),
    'silent app sign-in': () => signInToApp(user, 'silent'),
    'app refresh': () => refresh(user),
  } as const;
  return { perform: performs[kind], close: user.close };
}

async function perform(order: Drive, connection: Connection): Promise<void> {
  const { kind, site, named } = order;
  if (kind !== 'sign-up') {
    await signIn(connection, site, credentialFor(order), named);
    return;
  }
  const own = opened.get(site.origin) ?? [];
  opened.set(site.origin, own);
  own.push(await signUp(connection, site, `visitor-${names++}`));
}

/** That of an account chosen by chance. */
function credentialFor({ site, seeded }: Drive): SoftwareCredential {
  const own = opened.get(site.origin) ?? [];
  const index = Math.floor(Math.random() * (seeded || own.length));
  const credential = seeded > 0 ? seededCredential(index) : own[index];
  if (credential === undefined) throw new TypeError('there is no account to sign in to');
  return credential;
}

async function seed({ databaseUrl, accounts }: Seed): Promise<Result> {
  const store = await openStore(parseDatabaseUrl(databaseUrl));
  const cpu = process.cpuUsage();
  const start = performance.now();
  await seedAccounts(store, accounts, (done) => {
    if (done % 50_000 !== 0) return;
    const rate = Math.round((done / (performance.now() - start)) * 1000);
    process.stderr.write(`seeded ${done} of ${accounts} accounts, ${rate}/s\n`);
  });
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  await store.close();
  return {
    seconds: elapsed / 1000,
    ceremonies: accounts,
    errors: [],
    p50: 0,
    p99: 0,
    busy: (user + system) / 1000 / elapsed,
  };
}

process.on('message', (order: Drive | Seed) => {
  const work = order.kind === 'seed' ? seed(order) : drive(order);
  work.then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`the load failed: ${String(error)}\n`);
      process.exit(1);
    },
  );
});

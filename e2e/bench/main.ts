/**
 * The bench: how fast Latchkey completes ceremonies, as a ratio to the least that any relying party
 * must do (`floor.ts`); or with many accounts, as a ratio to few; or with vaults, as a ratio to none; or sign-in for
 * apps, as a ratio to its library alone (`floor-provider.ts`).
 *
 * The server is a process of its own on a new database, configured as in production except for the rate limits. The
 * load is another process. The exit status is 1 if any ceremony failed, because a fast refusal is no sign-in.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, measureInTurn, type Plan, type Target } from './measure.ts';
import { type Options, readOptions, usage } from './options.ts';
import { formatProfile, readProfiles } from './profile.ts';
import { type Comparison, formatTable, toJson } from './report.ts';
import { type Run, say, startRun } from './run.ts';
import { formatTaps, type Taps, timeTaps } from './taps.ts';

async function compareWithFloor(run: Run): Promise<Comparison[]> {
  const targets = [
    await run.start({ program: 'Latchkey' }),
    await run.start({ program: 'floor' }),
  ] as const;
  const comparisons: Comparison[] = [];
  // Sign-ups first: they make the accounts that sign in.
  for (const kind of ['sign-up', 'sign-in', 'forward-auth'] as const) {
    comparisons.push(await compare(run, { ...run.options, kind }, targets));
  }
  return comparisons;
}

async function compareApps(run: Run): Promise<Comparison[]> {
  const targets = [
    await run.start({ program: 'Latchkey' }),
    await run.start({ program: 'oidc-provider' }),
  ] as const;
  const comparisons: Comparison[] = [];
  for (const kind of ['app sign-in', 'silent app sign-in', 'app refresh'] as const) {
    comparisons.push(await compare(run, { ...run.options, kind }, targets));
  }
  return comparisons;
}

async function compareAccounts(run: Run, many: number): Promise<Comparison[]> {
  const targets = [
    await run.start({ program: 'Latchkey', name: `${many} accounts`, accounts: many }),
    await run.start({ program: 'Latchkey', name: '1000 accounts', accounts: 1000 }),
  ] as const;
  return [await compare(run, { ...run.options, kind: 'sign-in' }, targets)];
}

async function compareVault(run: Run): Promise<Comparison[]> {
  const named = (name: string) => ({ program: 'Latchkey', name, env: { VAULT: name } }) as const;
  const targets = [await run.start(named('on')), await run.start(named('off'))] as const;
  // The accounts that sign in.
  for (const target of targets) {
    await measure(run.load, target, { ...run.options, kind: 'sign-up', seconds: 1 });
  }
  const comparison = await compare(run, { ...run.options, kind: 'sign-in' }, targets);
  return [{ ...comparison, names: ['VAULT=on', 'VAULT=off'] }];
}

/** In a browser, against a server that has nothing else to do. */
async function timeVault(run: Run): Promise<Taps> {
  const { server } = await run.start({ program: 'Latchkey', name: 'taps' });
  say(`${run.options.taps} sign-ins in Chromium`);
  const taps = await timeTaps(server.site, run.options.taps);
  await server.stop();
  return taps;
}

async function compare(
  { load }: Run,
  plan: Plan,
  targets: readonly [Target, Target],
): Promise<Comparison> {
  const [one, other] = targets;
  say(`${plan.kind}: ${one.name} and ${other.name}, ${plan.rounds} turns each`);
  const [first = [], second = []] = await measureInTurn(load, targets, plan);
  return { ceremony: plan.kind, names: [one.name, other.name], windows: [first, second] };
}

/** Prints which functions and modules take the time of a sign-in, in Latchkey and in the floor. */
async function profile(run: Run): Promise<void> {
  const { apps } = run.options;
  for (const program of ['Latchkey', apps ? 'oidc-provider' : 'floor'] as const) {
    const folder = join(run.folder, `profile of ${program}`);
    const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=200'];
    const target = await run.start({ program, flags });
    const plan: Plan = { ...run.options, kind: apps ? 'app sign-in' : 'sign-in' };
    if (!apps) await measure(run.load, target, { ...plan, kind: 'sign-up', seconds: 2 });
    await measure(run.load, target, { ...plan, seconds: plan.warmUpSeconds });
    const from = process.hrtime.bigint();
    const window = await measure(run.load, target, plan);
    const until = process.hrtime.bigint();
    await target.server.stop();
    process.stdout.write(`${formatProfile(program, readProfiles(folder, from, until), window)}\n`);
  }
}

function compareAsked(run: Run): Promise<Comparison[]> {
  const { accounts, apps, vault } = run.options;
  if (apps) return compareApps(run);
  if (vault) return compareVault(run);
  return accounts === undefined ? compareWithFloor(run) : compareAccounts(run, accounts);
}

/** @returns whether every ceremony succeeded */
async function compareAll(run: Run): Promise<boolean> {
  const { options, cores } = run;
  const taps = options.vault ? await timeVault(run) : null;
  const all = await compareAsked(run);
  const json = `${toJson(options, cores, all, taps)}\n`;
  if (options.json === '-') process.stdout.write(json);
  else {
    if (taps !== null) process.stdout.write(`${formatTaps(taps)}\n`);
    process.stdout.write(formatTable(options, cores, all));
  }
  if (options.json !== undefined && options.json !== '-') writeFileSync(options.json, json);
  const errors = all.flatMap(({ windows }) => windows.flat().flatMap((window) => window.errors));
  for (const error of new Set(errors.slice(0, 10))) say(error);
  return errors.length === 0;
}

async function main(options: Options): Promise<number> {
  const run = await startRun(options);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void run.end().then(() => process.exit(1)));
  }
  try {
    if (!options.profile) return (await compareAll(run)) ? 0 : 1;
    await profile(run);
    return 0;
  } finally {
    await run.end();
  }
}

function readCommandLine(): Options | 'help' {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
}

const asked = readCommandLine();
if (asked === 'help') process.stdout.write(usage);
else process.exitCode = await main(asked);

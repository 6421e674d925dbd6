/**
 * An app moves to another team at Apple, and its people with it: Apple names each of them anew.
 *
 * The team of before asks, for every person, by what name the next one can ask for them (export); the next team asks
 * who they are from then on (import). Both can be ended and begun again at any time: what is known is not asked for
 * again. As long as both teams are configured, people are recognised by either name.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppleLink } from '../records/apple.ts';
import type { Administration } from './administration.ts';
import { isoTime } from './facts.ts';
import { RefusedAct } from './refusal.ts';

/** What Apple answers; see `server/apple/migration.ts`. */
interface AppleMigration {
  transferSubOf(sub: string, targetTeam: string): Promise<string>;
  subOf(transferSub: string): Promise<{
    readonly sub: string;
    readonly email: string | null;
    readonly isPrivateEmail: boolean;
  }>;
}

export interface TransferOptions {
  readonly migration: AppleMigration;
  /** Questions a second. */
  readonly rate: number;
  /** Asks for the first person alone, and keeps nothing. */
  readonly dryRun: boolean;
  /** Whether Apple answers that it does not know the person; anything else ends the run. */
  readonly isUnknownPerson: (error: unknown) => boolean;
  readonly onProgress?: (done: number) => void;
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

export interface TransferRun {
  readonly step: 'export' | 'import';
  readonly dryRun: boolean;
  /** Persons that Apple was asked about, and answered for. */
  readonly done: number;
  /** Known from a run before. */
  readonly known: number;
  /** IDs of accounts whose person Apple does not know, at most a hundred. */
  readonly unknown: readonly string[];
  /** The same of those whose person has another account by now. */
  readonly elsewhere: readonly string[];
  readonly status: TransferStatus;
}

export interface TransferStatus {
  /** The teams whose people are accepted, the one of today first. */
  readonly accepted: readonly string[];
  readonly teams: readonly {
    readonly team: string;
    readonly links: number;
    readonly exported: number;
    /** Of those that were exported: linked with the next team, too. */
    readonly received: number;
  }[];
  /**
   * Apple answers for 60 days after the transfer. It can't come before the first export, so there is time at least
   * until then. Null if nothing was exported.
   */
  readonly timeUntil: string | null;
}

const pageSize = 100;
const listed = 100;
/** Apple: "within 60 days of the transfer". */
const openForMs = 60 * 86_400_000;

/** @throws {RefusedAct} `apple_off` */
export async function showTransfer({ config, store }: Administration): Promise<TransferStatus> {
  const accepted = config.apple?.teams;
  if (accepted === undefined) throw new RefusedAct({ code: 'apple_off' });
  const counts = await store.countAppleLinks();
  const exports = counts.flatMap(({ firstExportAt }) => firstExportAt ?? []);
  return {
    accepted,
    teams: counts.map(({ team, links, exported, received }) => ({
      ...{ team, links, exported, received },
    })),
    timeUntil: exports.length === 0 ? null : isoTime(Math.min(...exports) + openForMs),
  };
}

/** Run with the configuration of the team that hands the app over. */
export function exportPeople(
  deps: Administration,
  { to, ...options }: TransferOptions & { readonly to: string },
): Promise<TransferRun> {
  const [team = ''] = deps.config.apple?.teams ?? [];
  return go(deps, options, 'export', team, async (link) => {
    if (link.transferSub !== null) return 'known';
    return async () => {
      const transferSub = await options.migration.transferSubOf(link.sub, to);
      if (options.dryRun) return true;
      const { sub } = link;
      await deps.store.keepTransferSub({ team, sub, transferSub, at: deps.now() });
      return true;
    };
  });
}

/** Run with the configuration of the team that receives the app, `APPLE_FORMER_TEAM_ID` being the other one. */
export function importPeople(deps: Administration, options: TransferOptions): Promise<TransferRun> {
  const [team = '', former] = deps.config.apple?.teams ?? [];
  if (former === undefined) throw new RefusedAct({ code: 'former_team_missing' });
  return go(deps, options, 'import', former, async (link) => {
    const { transferSub, userId } = link;
    const links = await deps.store.findAppleLinks(userId);
    if (transferSub === null || links.some((each) => each.link.team === team)) return 'known';
    return async () => {
      const { sub, email, isPrivateEmail } = await options.migration.subOf(transferSub);
      if (options.dryRun) return true;
      // Apple tells no more of it: a sign-in says whether it is verified.
      const address =
        email === null ? null : { email, isVerified: false, isPrivate: isPrivateEmail };
      const from = { team: former, sub: link.sub };
      return deps.store.receiveApplePerson({ from, to: { team, sub }, address, at: deps.now() });
    };
  });
}

/** Goes through the links of a team, at the pace that was asked for. */
async function go(
  deps: Administration,
  { rate, dryRun, isUnknownPerson, onProgress, pause = sleep }: TransferOptions,
  step: TransferRun['step'],
  team: string,
  ask: (link: AppleLink) => Promise<'known' | (() => Promise<boolean>)>,
): Promise<TransferRun> {
  // Before anything is asked: whether it is configured at all.
  await showTransfer(deps);
  const unknown: string[] = [];
  const elsewhere: string[] = [];
  let [done, known] = [0, 0];
  const limit = dryRun ? 1 : Number.POSITIVE_INFINITY;
  for await (const link of linksOf(deps, team)) {
    const work = await ask(link);
    if (work === 'known') {
      known += 1;
      continue;
    }
    if (done + unknown.length >= limit) break;
    await pause(1000 / rate);
    try {
      if (!(await work())) {
        elsewhere.push(link.userId);
        continue;
      }
      done += 1;
      onProgress?.(done);
    } catch (error) {
      if (!isUnknownPerson(error)) throw error;
      unknown.push(link.userId);
    }
  }
  const status = await showTransfer(deps);
  const lists = { unknown: unknown.slice(0, listed), elsewhere: elsewhere.slice(0, listed) };
  return { step, dryRun, done, known, ...lists, status };
}

async function* linksOf({ store }: Administration, team: string): AsyncGenerator<AppleLink> {
  for (let after = ''; ; ) {
    const page = await store.listAppleLinks(team, after, pageSize);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.sub;
  }
}

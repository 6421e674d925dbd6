import { setTimeout as pause } from 'node:timers/promises';
import { TestBrowser } from '../../server/testing/browser.ts';
import { type Account, newAccount, OptionsRefused, signIn, signUp } from './people.ts';

/** The results of people who sign in at a steady pace while something else happens. */
export interface Pace {
  readonly signIns: number;
  /** The sign-ins that were answered with another status than 200, or not at all. */
  readonly troubles: readonly string[];
  /** Milliseconds for the two calls of a sign-in. */
  readonly p50: number;
  readonly p99: number;
}

const everyMs = 50;

/** Begins a sign-in at fixed intervals, even if earlier ones are not complete, until the work is done. */
export async function signInMeanwhile(origin: string, work: () => Promise<unknown>): Promise<Pace> {
  const accounts = await Promise.all(Array.from({ length: 10 }, () => newSignedUpAccount(origin)));
  const durations: number[] = [];
  const troubles: string[] = [];
  const begun: Promise<void>[] = [];
  let working = true;

  async function once(account: Account): Promise<void> {
    const start = performance.now();
    try {
      const { status, body } = (await signIn(account, new TestBrowser(origin))).answer;
      if (status !== 200) troubles.push(`${status} ${body?.code}`);
    } catch (error) {
      troubles.push(
        error instanceof OptionsRefused ? error.message : `unanswered: ${String(error)}`,
      );
    }
    durations.push(performance.now() - start);
  }

  const worked = Promise.allSettled([work()]).then(([outcome]) => {
    working = false;
    return outcome;
  });
  while (working) {
    const account = accounts[begun.length % accounts.length];
    if (account !== undefined) begun.push(once(account));
    await pause(everyMs);
  }
  await Promise.all(begun);
  const outcome = await worked;
  if (outcome.status === 'rejected') throw outcome.reason;
  durations.sort((one, other) => one - other);
  const quantile = (share: number) =>
    Math.round(durations[Math.floor(durations.length * share)] ?? 0);
  return { signIns: durations.length, troubles, p50: quantile(0.5), p99: quantile(0.99) };
}

/** Signs up an account with an address of its own. It has no counter, so that sign-ins may overtake each other. */
async function newSignedUpAccount(origin: string): Promise<Account> {
  const account = newAccount(origin, 0);
  const { answer } = await signUp(account, new TestBrowser(origin));
  if (answer.status !== 201) throw new Error(`no account: ${answer.status}`);
  return account;
}

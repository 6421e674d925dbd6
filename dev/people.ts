import { randomBytes } from 'node:crypto';
import { disableAccount, showAccount } from '../server/administration/accounts.ts';
import type { Administration } from '../server/administration/administration.ts';
import { offerEnrolment, openAccount } from '../server/administration/enrolment.ts';
import { findAccount } from '../server/administration/find-account.ts';
import { RefusedAct } from '../server/administration/refusal.ts';
import type { Config } from '../server/config.ts';
import { openStore } from '../server/store/open.ts';

/** Who is there from the beginning. */
const people = ['ann', 'bob', 'zoë', 'dora-is-disabled'];
const aDay = 24 * 60;

export interface Person {
  readonly username: string;
  /** Adds a passkey to the account, once. Null if it has one, or is disabled. */
  readonly link: string | null;
  readonly passkeys: number;
}

/** Makes the people who are missing, as an operator would, and a link for each who can't sign in yet. */
export async function seedPeople(config: Config): Promise<Person[]> {
  const store = await openStore(config.database);
  const deps: Administration = {
    ...{ config, store, now: Date.now, random: randomBytes },
    operator: 'npm run dev',
  };
  try {
    const seeded: Person[] = [];
    for (const username of people) seeded.push(await seed(deps, username));
    return seeded;
  } finally {
    await store.close();
  }
}

async function seed(deps: Administration, username: string): Promise<Person> {
  const user = await findAccount(deps, { text: username, by: 'name' }).catch((error: unknown) => {
    if (error instanceof RefusedAct) return openAccount(deps, username);
    throw error;
  });
  const isDisabled = username.endsWith('disabled');
  if (isDisabled) await disableAccount(deps, user);
  const { passkeys } = (await showAccount(deps, user)).counts;
  if (isDisabled || passkeys > 0) return { username, link: null, passkeys };
  const { link } = await offerEnrolment(deps, { user, created: false, minutes: aDay });
  return { username, link, passkeys };
}

/**
 * People with passkeys, who complete one ceremony after the other over HTTP, and a record of the answers. Every
 * ceremony is from a new browser, so that no session replaces another one, and each ceremony stores one nonce, one
 * session and one audit entry.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { SoftwareAuthenticator } from '../../server/testing/authenticator.ts';
import { type Answer, TestBrowser } from '../../server/testing/browser.ts';
import type {
  AuthenticationResponseJSON,
  RegistrationResponseJSON,
} from '../../server/webauthn/library.ts';

export interface Account {
  readonly username: string;
  /** The address of the person, as a trusted proxy would send it. */
  readonly address: string;
  readonly authenticator: SoftwareAuthenticator;
}

/** A ceremony up to the response that is sent to `verify`. */
export interface Ceremony {
  readonly kind: 'registration' | 'authentication';
  readonly account: Account;
  readonly browser: TestBrowser;
  readonly response: RegistrationResponseJSON | AuthenticationResponseJSON;
  /** The authenticator's counter in the response. */
  readonly signCount: number;
}

export interface Attempt extends Ceremony {
  readonly answer: Answer;
}

/** An options call was refused. */
export class OptionsRefused extends Error {
  readonly answer: Answer;

  constructor(path: string, answer: Answer) {
    super(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.answer = answer;
  }
}

/** Half of the passkeys have a counter, like security keys; the others have none, like synced passkeys. */
export function newAccount(origin: string, signCount = Math.random() < 0.5 ? 0 : 1): Account {
  return {
    username: `person-${randomBytes(8).toString('hex')}`,
    address: `10.${randomBytes(3).join('.')}`,
    authenticator: new SoftwareAuthenticator({ origin, signCount }),
  };
}

function post(browser: TestBrowser, { address }: Account, path: string, body: unknown) {
  return browser.request('POST', path, body, { 'x-forwarded-for': address });
}

export function signUp(account: Account, browser: TestBrowser): Promise<Attempt> {
  return perform('registration', account, browser);
}

export function signIn(account: Account, browser: TestBrowser): Promise<Attempt> {
  return perform('authentication', account, browser);
}

/** Sends the response of a ceremony, for the first time or again. */
export function verify(ceremony: Ceremony, by = ceremony.browser): Promise<Answer> {
  return post(by, ceremony.account, `/api/${ceremony.kind}/verify`, ceremony.response);
}

async function perform(
  kind: Ceremony['kind'],
  account: Account,
  browser: TestBrowser,
): Promise<Attempt> {
  const ceremony = await begin(kind, account, browser);
  return { ...ceremony, answer: await verify(ceremony) };
}

/** Gets options and makes the response, but does not send it. */
export async function begin(
  kind: Ceremony['kind'],
  account: Account,
  browser: TestBrowser,
): Promise<Ceremony> {
  const { authenticator, username } = account;
  const path = `/api/${kind}/options`;
  const wish = kind === 'registration' ? { username } : {};
  const options = await post(browser, account, path, wish);
  if (options.status !== 200) throw new OptionsRefused(path, options);
  const response =
    kind === 'registration'
      ? await authenticator.create(options.body)
      : await authenticator.get(options.body);
  const signCount = authenticator.credentials[0]?.signCount ?? 0;
  return { kind, account, browser, response, signCount };
}

export interface Load {
  /** Answered 2xx. */
  readonly acknowledged: Attempt[];
  /** Answered, but not 2xx. */
  readonly refused: Attempt[];
  /** How often each answer other than 2xx came, and each reason for which none came. */
  readonly troubles: Map<string, number>;
  stop(): Promise<void>;
}

/** Either the connection was refused, as after an orderly shutdown, or it was closed before the answer. */
function whyUnanswered(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === 'ECONNREFUSED' ? 'not connected' : `unanswered: ${String(cause?.code)}`;
}

const ceremoniesAnAccount = 5;
const afterTroubleMs = 20;

/** @param sites the origins that people use in turn */
export function startLoad(sites: readonly string[], people = 16): Load {
  const load = { acknowledged: [], refused: [], troubles: new Map() } as Omit<Load, 'stop'>;
  const [first = ''] = sites;
  let stopped = false;
  const note = (trouble: string) =>
    load.troubles.set(trouble, (load.troubles.get(trouble) ?? 0) + 1);
  const told = ({ status, body }: Answer) => `${status} ${body?.code ?? ''}`.trim();

  async function person(): Promise<void> {
    let account = newAccount(first);
    for (let done = 0; !stopped; ) {
      const browser = new TestBrowser(sites[done % sites.length] ?? first, first);
      try {
        const attempt = await (done === 0 ? signUp : signIn)(account, browser);
        if (attempt.answer.status < 300) {
          load.acknowledged.push(attempt);
          done += 1;
        } else {
          load.refused.push(attempt);
          note(told(attempt.answer));
        }
        if (attempt.answer.status >= 500) await pause(afterTroubleMs);
      } catch (error) {
        note(
          error instanceof OptionsRefused ? `options ${told(error.answer)}` : whyUnanswered(error),
        );
        await pause(afterTroubleMs);
      }
      // An unacknowledged sign-up may have been stored, so its name is not used again.
      if (done === 0 || done === ceremoniesAnAccount) {
        account = newAccount(first);
        done = 0;
      }
    }
  }

  const busy = Array.from({ length: people }, person);
  return {
    ...load,
    async stop() {
      stopped = true;
      await Promise.all(busy);
    },
  };
}

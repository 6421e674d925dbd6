/**
 * The person at the Safari stand-in: a test looks at the page's requests, and chooses a passkey, cancels, or lets the
 * request wait. A software authenticator signs.
 */
import type { WebDriver } from 'selenium-webdriver';
import type { SoftwareAuthenticator } from '../../server/testing/authenticator.ts';
import type { Signal } from './safari/install.ts';
import type { Kind, PasskeyRequest, State } from './safari/requests.ts';

const PATIENCE_MS = 15_000;

/** What a request of the page must be like. Missing members match anything, but a missing state means `active`. */
interface Wanted {
  kind?: Kind;
  conditional?: boolean;
  state?: State;
}

type Authenticator = Pick<SoftwareAuthenticator, 'create' | 'get'>;

export class Passkeys {
  readonly #driver: WebDriver;

  constructor(driver: WebDriver) {
    this.#driver = driver;
  }

  /** Every request of the page so far, oldest first. */
  requests(): Promise<PasskeyRequest[]> {
    return this.#driver.executeScript('return window.__passkeys.list()');
  }

  /** What the page told the passkey provider (Signal API). */
  signals(): Promise<Signal[]> {
    return this.#driver.executeScript('return window.__passkeys.signals');
  }

  /** Waits for the newest request that is as wanted. */
  async waitFor(wanted: Wanted): Promise<PasskeyRequest> {
    const { state = 'active', ...rest } = wanted;
    const fits = (request: PasskeyRequest) =>
      Object.entries({ state, ...rest }).every(
        ([name, value]) => Reflect.get(request, name) === value,
      );
    let seen: PasskeyRequest[] = [];
    const look = async () => {
      seen = await this.requests();
      return seen.findLast(fits) ?? null;
    };
    const found = await this.#driver.wait(look, PATIENCE_MS).catch(() => null);
    if (found) return found;
    const states = seen.map(({ kind, conditional, state: is }) => {
      return `${conditional ? 'conditional ' : ''}${kind} ${is}`;
    });
    throw new Error(`No request is ${JSON.stringify(wanted)}; there are: ${states.join(', ')}`);
  }

  /** The person chooses the passkey, or agrees to make one. If the authenticator refuses, the page gets the error. */
  async approve(request: PasskeyRequest, authenticator: Authenticator): Promise<void> {
    const { kind, publicKey } = request;
    try {
      await this.answer(request, await authenticator[kind](publicKey as never));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      await this.fail(request, error.name, error.message);
    }
  }

  /** Answers with this, whatever it is. */
  async answer({ id }: PasskeyRequest, response: object): Promise<void> {
    await this.#driver.executeScript('window.__passkeys.answer(...arguments)', id, response);
  }

  /** The person closes the prompt. Safari gives no reason. */
  cancel(request: PasskeyRequest): Promise<void> {
    return this.fail(request, 'NotAllowedError');
  }

  async fail({ id }: PasskeyRequest, name: string, message = ''): Promise<void> {
    await this.#driver.executeScript('window.__passkeys.fail(...arguments)', id, name, message);
  }
}

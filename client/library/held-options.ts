import { send } from './send.ts';

type Options = PublicKeyCredentialRequestOptionsJSON;

/** Past this share of their life options are replaced, so that there is time left to use them. */
const FRESH_SHARE = 0.8;
const DEFAULT_LIFE_MS = 300_000;

/**
 * Request options fetched ahead. The click that needs them must not wait for the server: older
 * Safari takes a prompt only a moment after the gesture. `timeout` says how long they are good for.
 */
export class HeldOptions {
  #options: Options | undefined;
  #staleAt = 0;
  #fetching: Promise<Options> | undefined;
  readonly #fetch: () => Promise<Options>;
  readonly #now: () => number;

  constructor(fetch: () => Promise<Options>, now: () => number = Date.now) {
    this.#fetch = fetch;
    this.#now = now;
  }

  /** Takes options that were issued at `since`. */
  hold(options: Options, since: number): void {
    this.#options = options;
    this.#staleAt = since + FRESH_SHARE * (options.timeout ?? DEFAULT_LIFE_MS);
  }

  /** Milliseconds until the options should be replaced; 0 when they should be now. */
  staleIn(): number {
    return this.#options ? Math.max(0, this.#staleAt - this.#now()) : 0;
  }

  /** Forgets options whose challenge has been used; newer ones are kept. */
  drop(used: Options): void {
    if (this.#options === used) this.#options = undefined;
  }

  /** The options held, or new ones; callers at the same time share one request. */
  async fresh(): Promise<Options> {
    if (this.#options && this.staleIn() > 0) return this.#options;
    this.#fetching ??= this.#replace();
    return this.#fetching;
  }

  async #replace(): Promise<Options> {
    const asked = this.#now();
    try {
      const options = await this.#fetch();
      this.hold(options, asked);
      return options;
    } finally {
      this.#fetching = undefined;
    }
  }
}

/** The page's options for signing in without a typed user name, by autofill or by the button. */
export const signInOptions = new HeldOptions(() =>
  send('POST', '/api/authentication/options', { mediation: 'conditional' }),
);

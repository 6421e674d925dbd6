/**
 * The requests of one page, of which one is active.
 *
 * As in WebKit: a new request replaces the active one, whose promise is then never settled (`lost`). If the active one
 * is being cancelled, the new one waits in a queue with room for one. An abort cancels whatever is active, even if
 * the signal belongs to a request that has ended. A test answers requests by `answer` and `fail`.
 */
import type { SafariTraits } from './traits.ts';

export type Kind = 'create' | 'get';

export type State = 'active' | 'cancelling' | 'queued' | 'answered' | 'failed' | 'aborted' | 'lost';

/** What a test sees of a request. */
export interface PasskeyRequest {
  readonly id: number;
  readonly kind: Kind;
  readonly conditional: boolean;
  readonly origin: string;
  /** `Public…OptionsJSON`, as if it came from the server. */
  readonly publicKey: unknown;
  state: State;
}

interface Entry extends PasskeyRequest {
  signal: AbortSignal | undefined;
  resolve(answer: unknown): void;
  reject(reason: unknown): void;
}

export class Requests {
  readonly #traits: SafariTraits;
  readonly #all: Entry[] = [];
  #active: Entry | undefined;
  #queued: Entry | undefined;
  #cancelling = false;

  constructor(traits: SafariTraits) {
    this.#traits = traits;
  }

  list(): PasskeyRequest[] {
    return this.#all.map(({ id, kind, conditional, origin, publicKey, state }) => {
      return { id, kind, conditional, origin, publicKey, state };
    });
  }

  /** Whether a conditional request waits for a choice; the others show a prompt. */
  open(
    kind: Kind,
    conditional: boolean,
    publicKey: unknown,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#all.length + 1;
      const { origin } = location;
      const asked = { id, kind, conditional, origin, publicKey, signal };
      const entry: Entry = { ...asked, state: 'queued', resolve, reject };
      this.#all.push(entry);
      if (this.#traits.abort === 'works') signal?.addEventListener('abort', () => this.#cancel());
      if (this.#cancelling) this.#queue(entry);
      else this.#start(entry);
    });
  }

  answer(id: number, credential: unknown): void {
    this.#end(id, 'answered')?.resolve(credential);
  }

  fail(id: number, name: string, message: string): void {
    this.#end(id, 'failed')?.reject(new DOMException(message, name));
  }

  #start(entry: Entry): void {
    if (this.#active) this.#active.state = 'lost';
    this.#active = entry;
    entry.state = 'active';
  }

  #queue(entry: Entry): void {
    if (this.#queued) this.#queued.state = 'lost';
    this.#queued = entry;
  }

  #end(id: number, state: State): Entry | undefined {
    const entry = this.#active;
    if (entry?.id !== id || entry.state !== 'active') {
      throw new Error(`Request ${id} is ${this.#all[id - 1]?.state ?? 'unknown'}, not active`);
    }
    this.#active = undefined;
    if (!entry.signal?.aborted) {
      entry.state = state;
      return entry;
    }
    // The abort was ignored, but the answer is dropped.
    this.#abort(entry);
    return undefined;
  }

  /** The promise is rejected first. The system takes a while until the next request of the queue begins. */
  #cancel(): void {
    this.#cancelling = true;
    const entry = this.#active;
    if (entry) entry.state = 'cancelling';
    setTimeout(() => {
      if (entry && entry === this.#active) {
        this.#active = undefined;
        this.#abort(entry);
      }
      setTimeout(() => this.#moveOn());
    }, this.#traits.cancelMs);
  }

  #moveOn(): void {
    this.#cancelling = false;
    const next = this.#queued;
    this.#queued = undefined;
    if (next) this.#start(next);
  }

  #abort(entry: Entry): void {
    entry.state = 'aborted';
    if (!entry.signal?.aborted) {
      entry.reject(new DOMException('', 'NotAllowedError'));
      return;
    }
    const kept = this.#traits.abortReason === 'kept';
    const lost = () => new DOMException('Aborted by AbortSignal.', 'AbortError');
    entry.reject(kept ? entry.signal.reason : lost());
  }
}

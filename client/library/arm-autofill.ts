import { browserSupportsWebAuthnAutofill } from '@simplewebauthn/browser';
import { authenticate } from './authenticate.ts';
import { signInOptions } from './held-options.ts';
import { modal } from './modal.ts';
import { Problem } from './problem.ts';
import type { SignedIn } from './types.ts';

/** `armed`: the keyboard offers passkeys. `checking`: one was chosen. `idle`: between two requests. */
export type AutofillState = 'armed' | 'checking' | 'idle' | 'unsupported';

export interface Autofill {
  /** Options that came with the page, so that nothing has to be fetched before arming. */
  options?: PublicKeyCredentialRequestOptionsJSON;
  onSignedIn: (signedIn: SignedIn) => void;
  /** The server refused the passkey that was chosen. Never an abort, never a closed prompt. */
  onError: (error: unknown) => void;
  onState?: (state: AutofillState) => void;
}

/** A request that ends sooner was not touched by a person: wait longer before each further one. */
const SETTLED_MS = 2_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Offers passkeys in the field marked `autocomplete="username webauthn"` until the function that it
 * returns is called. Keeps the options fresh while the page is seen, makes room for modal calls and
 * arms again after them, after errors, and after the tab has slept. Where autofill is missing it
 * still keeps the options fresh for the button.
 */
export function armAutofill({ options, onSignedIn, onError, onState }: Autofill): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let state: AutofillState = 'idle';
  let timer: ReturnType<typeof setTimeout> | undefined;
  let supported: boolean | undefined;
  let preparing = false;
  let latest = 0;
  let pauses = 0;

  const enter = (next: AutofillState) => {
    state = next;
    onState?.(next);
  };

  const again = (delay: number) => {
    clearTimeout(timer);
    timer = setTimeout(arm, delay);
  };

  const pause = () => again(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** pauses++));

  const inTheWay = () => signal.aborted || modal.isRunning() || state === 'checking';

  /** Starts the request, or replaces a pending one whose options have gone stale. */
  async function arm(): Promise<void> {
    // A hidden page can't be used: seeing it again arms it.
    if (preparing || document.hidden || inTheWay()) return;
    if (state === 'armed' && signInOptions.staleIn()) return again(signInOptions.staleIn());
    preparing = true;
    try {
      supported ??= await browserSupportsWebAuthnAutofill();
      const fresh = await signInOptions.fresh();
      if (inTheWay()) return;
      // Never sooner than a second, however short the life that the server gives its challenges.
      again(Math.max(1_000, signInOptions.staleIn()));
      if (supported) void ask(fresh);
      else enter('unsupported');
    } catch {
      // No new options: what is armed stays armed, and the button will say what is wrong.
      pause();
    } finally {
      preparing = false;
    }
  }

  async function ask(fresh: PublicKeyCredentialRequestOptionsJSON): Promise<void> {
    const turn = ++latest;
    const asked = performance.now();
    try {
      const signedIn = await authenticate(fresh, {
        mediation: 'conditional',
        stop: signal,
        onPending: () => enter('armed'),
        onChosen: () => enter('checking'),
      });
      enter('idle');
      onSignedIn(signedIn);
      again(0);
    } catch (error) {
      // A newer request took the place of this one.
      if (turn !== latest || signal.aborted) return;
      const chosen = state === 'checking';
      enter('idle');
      if (chosen) onError(error);
      if (performance.now() - asked > SETTLED_MS) pauses = 0;
      // A modal call took its place: its end arms again.
      if (modal.isRunning()) return;
      if (chosen && error instanceof Problem && error.code === 'challenge_invalid') again(0);
      else pause();
    }
  }

  if (options) signInOptions.hold(options, performance.timeOrigin);
  // After a sleep the options may be stale, or nothing may be armed.
  document.addEventListener('visibilitychange', arm, { signal });
  addEventListener('pageshow', arm, { signal });
  addEventListener('focus', arm, { signal });
  // A moment later, so that a page that leaves on success can disarm first.
  modal.onEnd(() => again(0), signal);
  void arm();

  return () => {
    clearTimeout(timer);
    stop.abort();
    enter('idle');
  };
}

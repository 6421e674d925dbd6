import { authenticate } from './authenticate.ts';
import { keepsCookies } from './cookies.ts';
import { signInOptions } from './held-options.ts';
import { modal } from './modal.ts';
import { setPageOwner } from './page-owner.ts';
import type { SignedIn } from './types.ts';

/**
 * `armed`: the keyboard offers passkeys. `checking`: one was chosen. `idle`: between two requests, or
 * at the end. `unsupported`: the browser has no autofill for passkeys, or keeps no cookies.
 */
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
const UNTOUCHED_MS = 2_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Offers passkeys in the field marked `autocomplete="username webauthn"`, until somebody has signed in
 * or the returned function is called. Keeps the options fresh while the page is seen, makes room for
 * ceremonies with a prompt, and arms again after they failed, after errors, and after the tab has
 * slept. In a browser without autofill it still keeps the options fresh for the button.
 */
export function armAutofill({ options, onSignedIn, onError, onState }: Autofill): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let state: AutofillState = 'idle';
  let timer: ReturnType<typeof setTimeout> | undefined;
  let supported: boolean | undefined;
  let preparing = false;
  let latestRequest = 0;
  let pauses = 0;

  const enter = (next: AutofillState) => {
    state = next;
    onState?.(next);
  };

  const disarm = () => {
    clearTimeout(timer);
    stop.abort();
    if (state !== 'idle') enter('idle');
  };

  const armIn = (delay: number) => {
    if (signal.aborted) return;
    clearTimeout(timer);
    timer = setTimeout(arm, delay);
  };

  const armLater = () => armIn(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** pauses++));

  const mustWait = () => signal.aborted || modal.isRunning() || state === 'checking';

  /** Starts the request, or replaces a pending one whose options have gone stale. */
  async function arm(): Promise<void> {
    // A hidden page can't be used: seeing it again arms it.
    if (preparing || document.hidden || mustWait()) return;
    if (state === 'armed' && signInOptions.staleIn()) return armIn(signInOptions.staleIn());
    preparing = true;
    try {
      supported ??= !!(await PublicKeyCredential.isConditionalMediationAvailable?.());
      const fresh = await signInOptions.fresh();
      if (mustWait()) return;
      // Never sooner than a second, however short the life that the server gives its challenges.
      armIn(Math.max(1_000, signInOptions.staleIn()));
      if (supported) void request(fresh);
      else enter('unsupported');
    } catch {
      // No new options: what is armed stays armed, and the button will say what is wrong.
      armLater();
    } finally {
      preparing = false;
    }
  }

  async function request(fresh: PublicKeyCredentialRequestOptionsJSON): Promise<void> {
    const thisRequest = ++latestRequest;
    const began = performance.now();
    let ended: number | undefined;
    try {
      const signedIn = await authenticate(fresh, {
        mediation: 'conditional',
        stop: signal,
        onPending: () => enter('armed'),
        onChosen: () => {
          ended = performance.now();
          enter('checking');
        },
      });
      disarm();
      onSignedIn(signedIn);
    } catch (error) {
      // Disarmed, or a newer request took the place of this one.
      if (signal.aborted || thisRequest !== latestRequest) return;
      const chosen = state === 'checking';
      enter('idle');
      if (chosen) onError(error);
      if ((ended ?? performance.now()) - began > UNTOUCHED_MS) pauses = 0;
      // If a ceremony with a prompt took its place, the end of that one arms again.
      if (!modal.isRunning()) armLater();
    }
  }

  setPageOwner(undefined);
  if (options) signInOptions.hold(options, performance.timeOrigin);
  if (!keepsCookies()) {
    enter('unsupported');
    return disarm;
  }
  // After a sleep the options may be stale, or nothing may be armed.
  document.addEventListener('visibilitychange', arm, { signal });
  addEventListener('pageshow', arm, { signal });
  addEventListener('focus', arm, { signal });
  modal.onEnd((succeeded) => (succeeded ? disarm() : armIn(0)), signal);
  void arm();

  return disarm;
}

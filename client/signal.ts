import { atMost } from './at-most.ts';
import type { Signals } from './types.ts';

/** A signal is a courtesy: a page that is about to leave does not wait longer for it. */
const PATIENCE_MS = 1_000;

/**
 * Tells the password manager what the server holds (WebAuthn L3 §5.1.10), where it can be told.
 * Never throws. An empty list of accepted passkeys removes them all, so it is passed on only where
 * the caller says that the account is gone.
 */
export async function signal(signals: Signals = {}, account?: 'deleted'): Promise<void> {
  const { allAcceptedCredentials: accepted, currentUserDetails, unknownCredential } = signals;
  const api = globalThis.PublicKeyCredential;
  const sent: (Promise<void> | undefined)[] = [];
  try {
    if (accepted && (account === 'deleted' || accepted.allAcceptedCredentialIds.length))
      sent.push(api?.signalAllAcceptedCredentials?.(accepted));
    if (currentUserDetails) sent.push(api?.signalCurrentUserDetails?.(currentUserDetails));
    if (unknownCredential) sent.push(api?.signalUnknownCredential?.(unknownCredential));
  } catch {
    // An early or foreign implementation; the person has signed in all the same.
  }
  await atMost(PATIENCE_MS, Promise.allSettled(sent));
}

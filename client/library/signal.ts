import { atMost } from './at-most.ts';
import type { Signals } from './types.ts';

/** A signal is a courtesy: a page that is about to leave does not wait longer for it. */
const PATIENCE_MS = 1_000;

/**
 * Tells the password manager what the server holds (WebAuthn L3 §5.1.10), where it can be told.
 * Never throws. An empty list of accepted passkeys removes them all, so it is passed on only where
 * the caller says that the account is gone. Under a former domain the browser may refuse: no matter.
 */
export async function signal(signals: Signals = {}, account?: 'deleted'): Promise<void> {
  const { allAcceptedCredentials, currentUserDetails, unknownCredential, formerDomains } = signals;
  const api = globalThis.PublicKeyCredential;
  const sent: Promise<void>[] = [];
  // An early or foreign implementation may throw; the person has signed in all the same.
  const tell = async (one: () => Promise<void> | undefined) => one();
  for (const accepted of [allAcceptedCredentials, ...(formerDomains ?? [])]) {
    if (accepted && (account === 'deleted' || accepted.allAcceptedCredentialIds.length))
      sent.push(tell(() => api?.signalAllAcceptedCredentials?.(accepted)));
  }
  if (currentUserDetails)
    sent.push(tell(() => api?.signalCurrentUserDetails?.(currentUserDetails)));
  if (unknownCredential) sent.push(tell(() => api?.signalUnknownCredential?.(unknownCredential)));
  await atMost(PATIENCE_MS, Promise.allSettled(sent));
}

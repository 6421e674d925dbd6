import { atMost } from './at-most.ts';
import { isRegistering } from './registering.ts';
import type { News } from './types.ts';

/** A signal is a courtesy: a page that is about to leave does not wait longer for it. */
const PATIENCE_MS = 1_000;

/** `deleted`: the account is gone, and an empty list of accepted passkeys is meant. */
type Tell = (signals?: News, account?: 'deleted') => Promise<void>;

/**
 * Tells the password manager what the server holds (WebAuthn L3 §5.1.10), if it can be told. Never
 * rejects. An empty list of accepted passkeys removes them all, so it is passed on only if the caller
 * says that the account is gone. While a registration is under way the server does not know all
 * passkeys, so then only names are passed on. The browser may refuse a former domain: no matter.
 */
export const signal: Tell = (signals, account) => signalAfter()(signals, account);

/**
 * The same for what a request is about to bring. Call it before the request is sent: if a
 * registration is under way then, the answer is out of date when it comes.
 */
export function signalAfter(): Tell {
  const registeringBefore = isRegistering();
  return async (signals = {}, account) => {
    const outdated = (await registeringBefore) || (await isRegistering());
    const { currentUserDetails } = signals;
    await tell(
      outdated && !account ? currentUserDetails && { currentUserDetails } : signals,
      account,
    );
  };
}

/** Has the device forget a passkey that was refused for good. */
export function forget(unknownCredential: UnknownCredentialOptions): Promise<void> {
  return tell({ unknownCredential });
}

async function tell(signals: News = {}, account?: 'deleted'): Promise<void> {
  const { allAcceptedCredentials, currentUserDetails, unknownCredential, formerDomains } = signals;
  const api = globalThis.PublicKeyCredential;
  const sent: Promise<void>[] = [];
  // An early or foreign implementation may throw; the person has signed in all the same.
  const send = async (one: () => Promise<void> | undefined) => one();
  for (const accepted of [allAcceptedCredentials, ...(formerDomains ?? [])]) {
    if (accepted && (account === 'deleted' || accepted.allAcceptedCredentialIds.length))
      sent.push(send(() => api?.signalAllAcceptedCredentials?.(accepted)));
  }
  if (currentUserDetails)
    sent.push(send(() => api?.signalCurrentUserDetails?.(currentUserDetails)));
  if (unknownCredential) sent.push(send(() => api?.signalUnknownCredential?.(unknownCredential)));
  await atMost(PATIENCE_MS, Promise.allSettled(sent));
}

/**
 * What a sign-in proves of a person, in the words of OpenID Connect. It is read from what is stored of the
 * session and the passkey, never from what a client says.
 */
import type { Opener } from '../records/credential.ts';
import type { Session } from '../records/session.ts';
import { verifiesUser } from './ways-in.ts';

/**
 * OpenID Connect Extended Authentication Profile ACR Values 1.0: `phr` is resistant to phishing, `phrh` is
 * so by a key that hardware protects.
 */
export const acrValues = ['phr', 'phrh'] as const;
export type Acr = (typeof acrValues)[number];

export interface Assurance {
  /** Null if it proves no more than a password would. */
  readonly acr: Acr | null;
  /** RFC 8176. */
  readonly amr: readonly string[];
}

const nothing: Assurance = { acr: null, amr: [] };

/** @param opener the passkey that opened the session; null if it is gone */
export function assuranceOf(
  { method, userVerified }: Pick<Session, 'method' | 'userVerified'>,
  opener: Opener | null,
): Assurance {
  // After a recovery, or a sign-in elsewhere, nothing is proven until a passkey is used.
  if (method !== 'passkey') return nothing;
  const amr = ['pop', ...(userVerified ? ['user'] : [])];
  if (opener === null) return { acr: 'phr', amr };
  // A key that may exist twice proves nothing of who holds it.
  if (!verifiesUser(opener)) return nothing;
  const isBound = opener.backupKnown && !opener.backupEligible;
  const isSynced = opener.backupKnown && opener.backupEligible;
  return {
    // Whether there is hardware behind it only an attestation tells.
    acr: isBound && opener.attested ? 'phrh' : 'phr',
    amr: [...amr, ...(isBound ? ['hwk'] : []), ...(isSynced ? ['swk'] : [])],
  };
}

/** What a passkey would prove if its owner used it now. */
export function bestAcrOf(credential: Opener): Acr | null {
  return assuranceOf({ method: 'passkey', userVerified: true }, credential).acr;
}

/** @param wanted any of these will do, and whatever is stronger; if there is none, everything will */
export function satisfies(acr: Acr | null, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true;
  return acr !== null && (wanted.includes(acr) || (acr === 'phrh' && wanted.includes('phr')));
}

/** Whether anybody could ever satisfy it. */
export function isSatisfiable(wanted: readonly string[]): boolean {
  return wanted.length === 0 || acrValues.some((acr) => wanted.includes(acr));
}

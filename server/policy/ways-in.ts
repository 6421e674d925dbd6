/**
 * The ways into an account: what lets its owner in, what verifies its owner, and which may be given up.
 *
 * Options, sign-in, step-up, the Signal API, suggestions and the rule of the last way in decide by what
 * stands here. A further kind of way in joins `WaysIn` and `keepOneOf`; one that is no passkey never verifies.
 */
import type { Credential, CredentialState } from '../records/credential.ts';
import type { Session } from '../records/session.ts';
import { type KeepOneOf, passkeyWorth } from '../records/ways-in.ts';
import { type CredentialPolicy, violationOf } from './credential-policy.ts';

interface InState {
  readonly state: CredentialState;
}

/** Whether options may name it, verify accepts it, and the Signal API keeps it on the device. */
export const isAccepted = ({ state }: InState): boolean => passkeyWorth[state].isAccepted;

/** Whether it may be the last one that an account holds. */
export const isWayIn = ({ state }: InState): boolean => passkeyWorth[state].isWayIn;

/** Whether a ceremony with it can verify the owner. */
export const verifiesUser = ({ state }: InState): boolean => passkeyWorth[state].verifies;

/** All that may let the owner of one account in. */
export interface WaysIn {
  readonly passkeys: readonly Credential[];
}

/** What decides beside the state of a way in whether it lets anybody in. */
export interface Ground {
  readonly policy: CredentialPolicy;
  /** The RP IDs whose passkeys are served. */
  readonly served: readonly string[];
  /** The teams whose persons Sign in with Apple lets in; none if it is off. */
  readonly teams: readonly string[];
}

/** Whether a passkey may be the last one: what the policy refuses, or a domain that is gone, lets nobody in. */
function letsOwnerIn(
  credential: Credential,
  { policy, served }: Pick<Ground, 'policy' | 'served'>,
): boolean {
  return (
    isWayIn(credential) &&
    served.includes(credential.rpId) &&
    violationOf(policy, credential) === null
  );
}

/**
 * Of which ways in one must stay when a passkey, or every link with Apple, is given up. What an operator's policy refuses, or a domain
 * that is no longer served, lets nobody in and does not count; but if all that is left is such, the last of
 * it stays too.
 */
export function keepOneOf(
  { passkeys }: WaysIn,
  { policy, served, teams }: Ground,
  givenUp: Credential | 'apple',
): KeepOneOf {
  const letsIn = (each: Credential) => letsOwnerIn(each, { policy, served });
  const apple = policy.apple === 'never' ? [] : teams;
  if (givenUp === 'apple') {
    const left = passkeys.filter((each) => letsIn(each) || apple.length === 0);
    return { passkeys: left.map(({ id }) => id), apple: [] };
  }
  const others = passkeys.filter(
    (each) => each.id !== givenUp.id && (letsIn(each) || !letsIn(givenUp)),
  );
  return { passkeys: others.map(({ id }) => id), apple };
}

/**
 * Whether Sign in with Apple is all that an account has to go by: it opened the session, and no passkey lets the owner
 * in, so none can confirm anything.
 *
 * @param held the credentials of the account
 */
export function goesByAppleAlone(
  { method }: Pick<Session, 'method'>,
  held: readonly Credential[],
  ground: Pick<Ground, 'policy' | 'served'>,
): boolean {
  return method === 'apple' && !held.some((each) => letsOwnerIn(each, ground));
}

/** Whether Sign in with Apple may open the account that holds these credentials. */
export function admitsApple(
  held: readonly Credential[],
  ground: Pick<Ground, 'policy' | 'served'>,
): boolean {
  const { apple } = ground.policy;
  if (apple !== 'without-passkey') return apple === 'always';
  return !held.some((each) => letsOwnerIn(each, ground));
}

/**
 * Whether what a session has shown counts as its owner's doing. What a passkey opened does, unless that
 * is a suspected clone; what another way in opened does not.
 *
 * @param held the credentials of the account
 */
export function speaksForOwner(
  { method, credentialId }: Pick<Session, 'method' | 'credentialId'>,
  held: readonly Pick<Credential, 'id' | 'state'>[],
): boolean {
  const opener = held.find(({ id }) => id === credentialId);
  return method === 'passkey' && (opener === undefined || verifiesUser(opener));
}

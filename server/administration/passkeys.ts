import { isAccepted, isWayIn } from '../policy/ways-in.ts';
import type { Credential, CredentialState } from '../records/credential.ts';
import type { User } from '../records/user.ts';
import { type Administration, auditOperator, byOperator } from './administration.ts';
import { type AccountFacts, accountFacts, type PasskeyFacts, passkeyFacts } from './facts.ts';
import { RefusedAct } from './refusal.ts';

export interface PasskeyChange {
  readonly account: AccountFacts;
  /** As it is now. */
  readonly passkey: PasskeyFacts;
  /** Its state before. */
  readonly from: CredentialState;
  /** False if it was so already: then nothing was written. */
  readonly changed: boolean;
}

export interface Revocation extends PasskeyChange {
  /** How many sessions it had opened. */
  readonly ended: number;
  /** How many other passkeys count as a way in: with none, only an operator could revoke it. */
  readonly waysIn: number;
  /** How many others still sign in, those that were replaced among them. */
  readonly accepted: number;
}

/**
 * The passkey is unknown from now on, and the sessions that it opened end.
 *
 * @throws {RefusedAct} `passkey_unknown`
 */
export async function revokePasskey(
  deps: Administration,
  user: User,
  id: string,
): Promise<Revocation> {
  const { passkey, others } = await findPasskey(deps, user, id);
  const change = await changeState(deps, user, passkey, 'revoked');
  return {
    ...change,
    waysIn: others.filter(isWayIn).length,
    accepted: others.filter(isAccepted).length,
  };
}

/**
 * Whatever spoke against the passkey is forgiven: it is active.
 *
 * @throws {RefusedAct} `passkey_unknown`
 */
export async function restorePasskey(
  deps: Administration,
  user: User,
  id: string,
): Promise<PasskeyChange> {
  const { passkey } = await findPasskey(deps, user, id);
  const { ended: _, ...change } = await changeState(deps, user, passkey, 'active');
  return change;
}

async function findPasskey({ store }: Administration, { id: userId, username }: User, id: string) {
  const held = await store.listCredentials(userId);
  const passkey = held.find((each) => each.id === id);
  if (passkey === undefined) {
    throw new RefusedAct({ code: 'passkey_unknown', username, passkey: id });
  }
  return { passkey, others: held.filter((each) => each !== passkey) };
}

async function changeState(
  deps: Administration,
  user: User,
  passkey: Credential,
  state: 'active' | 'revoked',
): Promise<PasskeyChange & { readonly ended: number }> {
  const { id, name, state: from } = passkey;
  const facts = { account: accountFacts(user), passkey: passkeyFacts({ ...passkey, state }), from };
  if (from === state) return { ...facts, changed: false, ended: 0 };
  const kind = state === 'revoked' ? 'passkey-revoked' : 'passkey-restored';
  const audit = [auditOperator(deps, user, kind, id, { ...byOperator(deps), name, from })];
  const ended = await deps.store.setCredentialState({ userId: user.id, id, state, audit });
  return { ...facts, changed: true, ended };
}

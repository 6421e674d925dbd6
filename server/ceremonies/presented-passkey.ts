/**
 * What becomes of a passkey whose signature is good: it is refused for what else the response gave away, or it
 * opens a session. Either is one transaction.
 */
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { policyFor, violationOf } from '../policy/credential-policy.ts';
import type { Judgement } from '../policy/evidence.ts';
import { backupLost, type Suggestion, suggest } from '../policy/suggestion.ts';
import { ownersEndSuspicions, suspicionEndsAt } from '../policy/suspicion.ts';
import { offersUpgrade, type UpgradeReason, upgradeReason } from '../policy/upgrade.ts';
import { verifiesUser } from '../policy/ways-in.ts';
import type { AuthenticationKind } from '../records/audit/passkeys.ts';
import type { EntryOf } from '../records/audit.ts';
import type { Caller } from '../records/caller.ts';
import type { Credential, HeldCredential } from '../records/credential.ts';
import type { Nonce } from '../records/nonce.ts';
import type { User } from '../records/user.ts';
import type { VerifiedAuthentication } from '../webauthn/verify-authentication.ts';
import type { SignIn } from './challenge.ts';
import { ceremonyEvidence, openSession } from './records.ts';

/** A correctly signed assertion and what it is about. */
export interface Presented {
  readonly caller: Caller;
  readonly ceremony: SignIn;
  readonly nonce: Nonce;
  readonly credential: Credential;
  readonly user: User;
  readonly verified: VerifiedAuthentication;
}

export interface Authenticated {
  readonly user: User;
  readonly credential: Credential;
  /** All credentials of the account. */
  readonly held: readonly HeldCredential[];
  readonly upgrade: { readonly reason: UpgradeReason; readonly credentialId: string } | null;
  readonly suggestion: Suggestion | null;
  readonly userVerified: boolean;
  readonly sessionToken: string;
  readonly mediation: string | null;
}

function audit(
  { now }: Deps,
  { caller, ceremony, credential, verified }: Presented,
  kind: AuthenticationKind,
  sessionId: string | null,
  about: Pick<Credential, 'id' | 'name'> = credential,
): EntryOf<AuthenticationKind> {
  return {
    ...{ at: now(), kind, userId: credential.userId, credentialId: about.id, sessionId },
    evidence: {
      ...ceremonyEvidence(caller, ceremony, verified),
      name: about.name,
      storedSignCount: credential.signCount,
    },
  };
}

/** What a good signature does not excuse; each leaves a trace, so that it is never silent. */
export async function refuseSuspicious(
  deps: Deps,
  presented: Presented,
  { refusal, findings }: Judgement,
): Promise<void> {
  const { credential, nonce, user, verified } = presented;
  const { aaguid } = credential;
  const { backupEligible } = verified;
  const policy = policyFor(deps.config.credentialPolicies, user);
  const violation = violationOf(policy, { aaguid, backupEligible });
  if (refusal === null && violation === null) return;
  const kinds: AuthenticationKind[] = [...findings];
  if (violation !== null) kinds.push('passkey-refused');
  await deps.store.recordRefusal({
    nonce,
    credentialId: credential.id,
    suspectedAt: findings.includes('sign-count-regressed') ? deps.now() : null,
    audit: kinds.map((kind) => audit(deps, presented, kind, null)),
  });
  throw refusal === null
    ? new RpError('authenticator_not_allowed', { detail: violation ?? '' })
    : new RpError('verification_failed', { detail: refusal });
}

/** A session of this account that was verified already, by another passkey then. */
function vouches({ session }: Caller, user: User): boolean {
  return session?.userId === user.id && session.userVerified;
}

export async function complete(
  deps: Deps,
  presented: Presented,
  judgement: Judgement,
): Promise<Authenticated> {
  const { caller, ceremony, credential, nonce, user, verified } = presented;
  const { signCount, backupEligible, backedUp } = verified;
  const usedAt = deps.now();
  // WebAuthn L3 §7.2 step 24: user verification that was set up later counts only once another
  // factor has vouched for it. And a key that may exist twice verifies nobody.
  const vouchedFor = credential.uvInitialized || vouches(caller, user);
  const confirms = verified.userVerified && vouchedFor;
  const clearsItself = confirms && endsOwnSuspicion(deps, presented, judgement);
  const state = clearsItself ? 'active' : judgement.state;
  const userVerified = confirms && verifiesUser({ state });
  const counterFellAt = judgement.fell ? usedAt : null;
  const { token, session } = openSession(deps, caller, user.id, {
    method: 'passkey',
    credentialId: credential.id,
    userVerified,
  });
  const used: Credential = {
    ...credential,
    ...{ state, signCount, backupEligible, backedUp },
    counterFellAt: counterFellAt ?? credential.counterFellAt,
    ...{ backupKnown: true, lastUsedAt: usedAt, useKnown: true },
    ...{ lastUserAgent: caller.userAgent, lastCountry: caller.country },
    uvInitialized: credential.uvInitialized || userVerified,
  };
  const others = userVerified ? await suspectedClones(deps, presented) : [];
  const cleared = clearsItself ? [...others, credential] : others;
  const held = await deps.store.completeSignIn({
    nonce,
    // WebAuthn L3 §7.2 step 24
    use: {
      id: credential.id,
      expectedSignCount: credential.signCount,
      ...{ signCount, backupEligible, backedUp, usedAt, counterFellAt },
      state: state === credential.state ? null : { from: credential.state, to: state },
      uvInitialized: used.uvInitialized,
    },
    session,
    replaces: caller.session,
    clears: others.map(({ id }) => id),
    audit: [
      ...kindsOf(presented, judgement).map((kind) => audit(deps, presented, kind, session.id)),
      ...cleared.map((each) => audit(deps, presented, 'clone-suspicion-cleared', session.id, each)),
    ],
  });
  const { mediation } = ceremony;
  const evidence = {
    attachment: verified.attachment,
    backupLost: backupLost(credential, verified),
  };
  return {
    ...{ user, held, userVerified, sessionToken: token, mediation },
    credential: used,
    upgrade: ceremony.kind === 'sign-in' ? offerUpgrade(deps, user, used) : null,
    suggestion: suggest(used, evidence, held),
  };
}

/** Everything worth a line in the account's history, the sign-in itself last. */
function kindsOf(
  { ceremony, credential, verified }: Presented,
  { findings, state }: Judgement,
): AuthenticationKind[] {
  const kinds: AuthenticationKind[] = [...findings];
  if (backupLost(credential, verified)) kinds.push('backup-lost');
  if (credential.state === 'superseded' && state === 'active') kinds.push('passkey-reactivated');
  kinds.push(ceremony.kind === 'sign-in' ? 'signed-in' : 'stepped-up');
  return kinds;
}

/** Whether the owner confirms with the suspected passkey itself, long enough after its counter fell. */
function endsOwnSuspicion(
  { config, now }: Deps,
  { ceremony, credential }: Presented,
  { state, fell }: Judgement,
): boolean {
  const endsAt = suspicionEndsAt(config.evidence, credential);
  const isOver = endsAt !== null && now() >= endsAt;
  return isOver && ceremony.kind !== 'sign-in' && state === 'suspected-clone' && !fell;
}

/** If the policy says so, a step-up with another passkey takes the suspicion off. */
async function suspectedClones(
  { config, store }: Deps,
  { ceremony, credential, user }: Presented,
): Promise<Credential[]> {
  if (!ownersEndSuspicions(config.evidence) || ceremony.kind === 'sign-in') return [];
  return (await store.listCredentials(user.id)).filter(
    ({ id, state }) => state === 'suspected-clone' && id !== credential.id,
  );
}

function offerUpgrade({ config, now }: Deps, user: User, credential: Credential) {
  if (!offersUpgrade(credential, now())) return null;
  const policy = policyFor(config.credentialPolicies, user);
  const reason = upgradeReason(credential, config.rpId, policy);
  return reason === null ? null : { reason, credentialId: credential.id };
}

/**
 * The authentication ceremony (WebAuthn L3 §7.2), from the response on: sign-in, and the step-up that
 * confirms a person who is signed in.
 *
 * Guarantees: it enforces exactly what the options promised; a decoy is refused by the same steps, in
 * the same time and with the same words as a real credential with a wrong signature.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { policyFor, violationOf } from '../policy/credential-policy.ts';
import { type Judgement, judgeEvidence } from '../policy/evidence.ts';
import { backupLost, type Suggestion, suggest } from '../policy/suggestion.ts';
import { offersUpgrade, type UpgradeReason, upgradeReason } from '../policy/upgrade.ts';
import { enforcesUserVerification } from '../policy/user-verification.ts';
import { isAccepted, verifiesUser } from '../policy/ways-in.ts';
import type { AuthenticationKind } from '../records/audit/passkeys.ts';
import type { EntryOf } from '../records/audit.ts';
import type { Caller } from '../records/caller.ts';
import type { Credential, HeldCredential } from '../records/credential.ts';
import type { Nonce } from '../records/nonce.ts';
import type { User } from '../records/user.ts';
import { parseClientData } from '../webauthn/client-data.ts';
import {
  type AuthenticationResponseJSON,
  type VerifiedAuthentication,
  verifyAuthentication,
} from '../webauthn/verify.ts';
import { openChallenge, type SignIn } from './challenge.ts';
import { decoyPublicKey, fingerprint, isDecoy } from './decoys/credentials.ts';
import { ceremonyEvidence, openSession } from './records.ts';

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

/** Every refusal comes after the same time, longer than any of the ways to it: how long tells nothing. */
const refusalMs = 20;

/**
 * Verifies the response and completes the ceremony: the session that begins takes the place of the
 * one the browser had.
 *
 * @throws {RpError} `challenge_invalid`, `origin_mismatch`, `verification_failed`,
 *   `user_verification_required`, `credential_unknown` (with `rpId` and `credentialId` if the device is
 *   to forget it), `authenticator_not_allowed`, `account_disabled` (from the store: only who has the passkey learns of it)
 */
export async function completeAuthentication(
  deps: Deps,
  caller: Caller,
  response: AuthenticationResponseJSON,
): Promise<Authenticated> {
  const began = performance.now();
  try {
    return await authenticate(deps, caller, response);
  } catch (error) {
    await delay(Math.max(0, began + refusalMs - performance.now()));
    throw error;
  }
}

async function authenticate(
  deps: Deps,
  caller: Caller,
  response: AuthenticationResponseJSON,
): Promise<Authenticated> {
  const { config, keys } = deps;
  const { challenge } = parseClientData(response.response.clientDataJSON);
  const { ceremony, nonce } = openChallenge(deps, challenge, caller.browser, [
    'sign-in',
    'step-up',
  ]);
  if (ceremony.kind === 'step-up' && caller.user?.id !== ceremony.userId) {
    throw new RpError('challenge_invalid', { detail: 'issued for another session' });
  }
  // WebAuthn L3 §7.2 step 5: where credentials were named, it is one of them.
  const named = ceremony.allowed.length > 0;
  if (named && !ceremony.allowed.includes(fingerprint(response.id))) {
    throw new RpError('verification_failed', { detail: 'not one of the allowed credentials' });
  }
  const found = await deps.store.findCredential(response.id);
  if (found === null && !named && !isDecoy(keys.decoy, response.id)) {
    throw unknownCredential(config, ceremony.rpId, response.id);
  }
  const verified = await verifyAuthentication(response, {
    challenge,
    origins: config.origins,
    rpIds: [ceremony.rpId],
    userVerification: enforcesUserVerification(ceremony.userVerification),
    publicKey: found?.credential.publicKey ?? decoyPublicKey,
  });
  if (found === null) throw new RpError('verification_failed', { detail: 'a decoy' });
  checkOwner(ceremony, response.response.userHandle, found);
  if (found.credential.rpId !== verified.rpId) {
    throw new RpError('verification_failed', { detail: 'a credential of another RP ID' });
  }
  // Without the ids: a device told of them would delete for good what an operator may restore.
  if (!isAccepted(found.credential)) throw new RpError('credential_unknown', { detail: 'revoked' });
  const presented: Presented = { ...found, caller, ceremony, nonce, verified };
  const judgement = judgeEvidence(config.evidence, found.credential, verified);
  await refuseSuspicious(deps, presented, judgement);
  return complete(deps, presented, judgement);
}

/** A correctly signed assertion and what it is about. */
interface Presented {
  readonly caller: Caller;
  readonly ceremony: SignIn;
  readonly nonce: Nonce;
  readonly credential: Credential;
  readonly user: User;
  readonly verified: VerifiedAuthentication;
}

/**
 * The ids are what `signalUnknownCredential` needs (WebAuthn L3 §5.1.10.1), which deletes the passkey for good: an
 * operator withholds them as long as what is missing here may still come.
 */
function unknownCredential({ forgetUnknown }: Config, rpId: string, credentialId: string): RpError {
  return new RpError('credential_unknown', {
    ...(forgetUnknown && { members: { rpId, credentialId } }),
  });
}

/**
 * WebAuthn L3 §7.2 step 6: the credential belongs to the account that is meant, and is presented under the
 * user handle that it was registered with.
 */
function checkOwner(
  { userId }: SignIn,
  userHandle: string | undefined,
  { credential, user }: { readonly credential: Credential; readonly user: User },
): void {
  // Usernameless, only the user handle says who is meant, so it must be there.
  const isMeant = userId === null ? userHandle !== undefined : userId === user.id;
  const fits = userHandle === undefined || isRegisteredHandle(userHandle, credential, user);
  if (!isMeant || !fits) {
    throw new RpError('verification_failed', { detail: 'the credential is another account’s' });
  }
}

function isRegisteredHandle(userHandle: string, credential: Credential, user: User): boolean {
  const registered = credential.userHandle;
  switch (registered.kind) {
    case 'account':
      return userHandle === user.id;
    case 'own':
      return userHandle === registered.handle;
    // Any will do: the credential ID is one account's alone, and its key has signed.
    case 'unknown':
      return true;
  }
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
async function refuseSuspicious(
  deps: Deps,
  presented: Presented,
  { refusal, findings, state }: Judgement,
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
    state: state === 'suspected-clone' ? state : null,
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

async function complete(
  deps: Deps,
  presented: Presented,
  judgement: Judgement,
): Promise<Authenticated> {
  const { caller, ceremony, credential, nonce, user, verified } = presented;
  const { state } = judgement;
  const { signCount, backupEligible, backedUp } = verified;
  // WebAuthn L3 §7.2 step 24: user verification that was set up later counts only once another
  // factor has vouched for it. And a key that may exist twice verifies nobody.
  const vouchedFor = credential.uvInitialized || vouches(caller, user);
  const userVerified = verified.userVerified && vouchedFor && verifiesUser({ state });
  const { token, session } = openSession(deps, caller, user.id, {
    method: 'passkey',
    credentialId: credential.id,
    userVerified,
  });
  const usedAt = deps.now();
  const used: Credential = {
    ...credential,
    ...{ state, signCount, backupEligible, backedUp },
    ...{ backupKnown: true, lastUsedAt: usedAt },
    ...{ lastUserAgent: caller.userAgent, lastCountry: caller.country },
    uvInitialized: credential.uvInitialized || userVerified,
  };
  const clears = userVerified ? await suspectedClones(deps, presented) : [];
  const held = await deps.store.completeSignIn({
    nonce,
    // WebAuthn L3 §7.2 step 24
    use: {
      id: credential.id,
      expectedSignCount: credential.signCount,
      ...{ signCount, backupEligible, backedUp, usedAt },
      state: state === credential.state ? null : { from: credential.state, to: state },
      uvInitialized: used.uvInitialized,
    },
    session,
    replaces: caller.session,
    clears: clears.map(({ id }) => id),
    audit: [
      ...kindsOf(presented, judgement).map((kind) => audit(deps, presented, kind, session.id)),
      ...clears.map((each) => audit(deps, presented, 'clone-suspicion-cleared', session.id, each)),
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

/** Where the policy says so, a step-up with another passkey takes the suspicion off. */
async function suspectedClones(
  { config, store }: Deps,
  { ceremony, credential, user }: Presented,
): Promise<Credential[]> {
  const { signCountRegression } = config.evidence;
  if (signCountRegression !== 'step-up' || ceremony.kind !== 'step-up') return [];
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

/**
 * The registration ceremony (WebAuthn L3 §7.1), from the response on: a passkey that opens an account, or
 * one more for an account that is signed in.
 *
 * Guarantees: it enforces exactly what the options promised, and completes in one transaction or leaves
 * nothing.
 */

import { judgeAttestation, modelIdentifier } from '../attestation/judge.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { policyFor, violationOf } from '../policy/credential-policy.ts';
import { enforcesUserVerification } from '../policy/user-verification.ts';
import { usernameKey } from '../policy/username.ts';
import { defaultPasskeyName } from '../providers/catalogue.ts';
import type { OfRegistration } from '../records/audit/passkeys.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { Caller } from '../records/caller.ts';
import type { Credential } from '../records/credential.ts';
import type { User } from '../records/user.ts';
import { parseClientData } from '../webauthn/client-data.ts';
import {
  type RegistrationResponseJSON,
  type VerifiedRegistration,
  verifyRegistration,
} from '../webauthn/verify.ts';
import { type Addition, type Opened, openChallenge, type SignUp } from './challenge.ts';
import { isDecoy } from './decoys/credentials.ts';
import { ceremonyEvidence, openSession } from './records.ts';
import { credentialLimit } from './registration-options.ts';

export interface Registered {
  readonly user: User;
  readonly credential: Credential;
  readonly superseded: string | null;
  /** The token of the session that began; null where the passkey joined an account in use. */
  readonly sessionToken: string | null;
  readonly mediation: string | null;
}

/**
 * Verifies the response and completes the ceremony.
 *
 * @throws {RpError} `challenge_invalid`, `origin_mismatch`, `verification_failed`,
 *   `user_verification_required`, `authenticator_not_allowed`, `unauthenticated`, `username_taken`,
 *   `credential_exists`, `credential_limit`
 */
export async function completeRegistration(
  deps: Deps,
  caller: Caller,
  response: RegistrationResponseJSON,
): Promise<Registered> {
  const { challenge } = parseClientData(response.response.clientDataJSON);
  const opened = openChallenge(deps, challenge, caller.browser, ['sign-up', 'addition']);
  const { ceremony } = opened;
  if (ceremony.kind === 'addition') {
    if (caller.user === null) throw new RpError('unauthenticated');
    // The user the ceremony was issued for is the one who completes it.
    if (caller.user.id !== ceremony.userId) {
      throw new RpError('challenge_invalid', { detail: 'issued for another account' });
    }
  }
  const verified = await verifyRegistration(response, {
    challenge,
    origins: deps.config.origins,
    rpIds: [deps.config.rpId],
    // WebAuthn L3 §7.1 step 15: only a conditional create may lack user presence.
    userPresence: ceremony.mediation !== 'conditional',
    userVerification: enforcesUserVerification(ceremony.userVerification),
    algorithms: ceremony.algorithms,
  });
  // A decoy that could be registered would give itself away.
  if (isDecoy(deps.keys.decoy, verified.id)) {
    throw new RpError('credential_exists', { detail: 'a decoy' });
  }
  const attested = isTrusted(deps, caller.user, ceremony, verified);
  const credential = { ...credentialRecord(deps, ceremony, verified, caller), attested };
  return ceremony.kind === 'sign-up'
    ? openAccount(deps, caller, { ...opened, ceremony }, verified, credential)
    : addPasskey(deps, caller, { ...opened, ceremony }, verified, credential);
}

/**
 * WebAuthn L3 §7.1 steps 18–19 and 23–24: whether the operator takes such a credential, and knows its make.
 *
 * @throws {RpError} `authenticator_not_allowed`
 */
function isTrusted(
  { config, metadata, now }: Deps,
  user: User | null,
  { kind }: SignUp | Addition,
  verified: VerifiedRegistration,
): boolean {
  // Whoever signs up while signed in opens an account of its own.
  const policy = policyFor(
    config.credentialPolicies,
    kind === 'addition' && user !== null ? user : { policy: null },
  );
  const violation = violationOf(policy, verified);
  if (violation !== null) throw new RpError('authenticator_not_allowed', { detail: violation });
  if (policy.attestation === 'none') return false;
  const entry = metadata.find(modelIdentifier(verified));
  const trust = judgeAttestation(verified, { entry, anchors: metadata.anchors, now: now() });
  if (trust.trusted) return true;
  const detail = `${trust.reason}: ${trust.detail}`;
  throw new RpError('authenticator_not_allowed', { detail });
}

/** WebAuthn L3 §7.1 step 27. */
function credentialRecord(
  { now }: Deps,
  { kind, userId }: SignUp | Addition,
  verified: VerifiedRegistration,
  { session, userAgent, country }: Caller,
): Omit<Credential, 'attested'> {
  return {
    id: verified.id,
    userId,
    name: defaultPasskeyName(verified.aaguid, verified.transports),
    state: 'active',
    publicKey: verified.publicKey,
    algorithm: verified.algorithm,
    signCount: verified.signCount,
    // A session that was verified vouches for what it adds (§7.2 step 24 asks for another factor).
    uvInitialized: verified.userVerified || (kind === 'addition' && session?.userVerified === true),
    backupEligible: verified.backupEligible,
    backedUp: verified.backedUp,
    backupKnown: true,
    transports: verified.transports,
    aaguid: verified.aaguid,
    attachment: verified.attachment,
    rpId: verified.rpId,
    createdAt: now(),
    lastUsedAt: null,
    lastUserAgent: userAgent,
    lastCountry: country,
    upgradeAfter: null,
    userHandle: { kind: 'account' },
  };
}

async function openAccount(
  deps: Deps,
  caller: Caller,
  { ceremony, nonce }: Opened<SignUp>,
  verified: VerifiedRegistration,
  credential: Credential,
): Promise<Registered> {
  const { userId, username, displayName } = ceremony;
  const user = { id: userId, username, displayName, createdAt: deps.now() };
  const { token, session } = openSession(deps, caller, userId, {
    method: 'passkey',
    credentialId: credential.id,
    userVerified: verified.userVerified,
  });
  const entry: AuditEntry = {
    ...{ at: deps.now(), kind: 'account-created', userId },
    ...{ credentialId: credential.id, sessionId: session.id },
    evidence: evidence(caller, ceremony, verified, credential),
  };
  await deps.store.completeSignUp({
    nonce,
    user,
    usernameKey: usernameKey(username),
    credential,
    attestation: verified,
    session,
    replaces: caller.session,
    audit: [entry],
  });
  return {
    user: { ...user, disabledAt: null, policy: null },
    credential,
    superseded: null,
    sessionToken: token,
    mediation: ceremony.mediation,
  };
}

async function addPasskey(
  deps: Deps,
  caller: Caller,
  { ceremony, nonce }: Opened<Addition>,
  verified: VerifiedRegistration,
  credential: Credential,
): Promise<Registered> {
  const { session, user } = caller;
  if (session === null || user === null) throw new RpError('unauthenticated');
  const { mediation, upgrades } = ceremony;
  const of = { at: deps.now(), userId: user.id };
  const about = { credentialId: credential.id, sessionId: session.id };
  const seen = evidence(caller, ceremony, verified, credential);
  const entry: AuditEntry =
    upgrades === null
      ? { ...of, kind: 'passkey-added', ...about, evidence: seen }
      : { ...of, kind: 'passkey-upgraded', ...about, evidence: { ...seen, upgrades } };
  await deps.store.completeAddition({
    nonce,
    sessionId: session.id,
    credential,
    attestation: verified,
    supersedes: upgrades,
    limit: credentialLimit,
    audit: [entry],
  });
  return { user, credential, superseded: upgrades, sessionToken: null, mediation };
}

function evidence(
  caller: Caller,
  ceremony: SignUp | Addition,
  verified: VerifiedRegistration,
  { name }: Credential,
): OfRegistration {
  const { aaguid, fmt, algorithm, transports, discoverable } = verified;
  const of = { name, aaguid, fmt, algorithm, transports, discoverable };
  return { ...ceremonyEvidence(caller, ceremony, verified), ...of };
}

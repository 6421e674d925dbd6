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
import { type CredentialPolicy, policyFor, violationOf } from '../policy/credential-policy.ts';
import { groundFor } from '../policy/ground.ts';
import { enforcesUserVerification, requireStepUpOrApple } from '../policy/user-verification.ts';
import type { Caller } from '../records/caller.ts';
import type { User } from '../records/user.ts';
import type { RegistrationResponseJSON } from '../webauthn/library.ts';
import { type RegistrationReading, readRegistration } from '../webauthn/read-response.ts';
import { type VerifiedRegistration, verifyRegistration } from '../webauthn/verify-registration.ts';
import { type Addition, openChallenge, type SignUp } from './challenge.ts';
import {
  addPasskey,
  type NewPasskey,
  type Owner,
  openAccount,
  type Registered,
} from './new-passkey.ts';
import { requireAdmission } from './sign-up.ts';

/**
 * Verifies the response and completes the ceremony.
 *
 * @throws {RpError} `invalid_request`, `challenge_invalid`, `origin_mismatch`, `verification_failed`,
 *   `user_verification_required`, `authenticator_not_allowed`, `unauthenticated`, `sign_up_closed`,
 *   `invitation_invalid`, `invitation_revoked`, `username_taken`, `credential_exists`, `credential_limit`
 */
export async function completeRegistration(
  deps: Deps,
  caller: Caller,
  response: RegistrationResponseJSON,
): Promise<Registered> {
  const reading = readRegistration(response);
  const { challenge } = reading.clientData;
  const kinds = ['sign-up', 'addition'] as const;
  const { ceremony, nonce } = openChallenge(deps, challenge, caller.browser, kinds);
  if (ceremony.kind === 'sign-up') {
    const { invitation = null } = ceremony;
    const invited = await requireAdmission(deps, invitation);
    // Whoever signs up while signed in opens an account of its own.
    const verified = await verify(deps, reading, ceremony, { policy: null });
    return openAccount(deps, caller, { ceremony, nonce, invited }, verified);
  }
  const owner = await requireOwner(deps, caller, ceremony);
  const verified = await verify(deps, reading, ceremony, owner.user);
  return addPasskey(deps, owner, { ceremony, nonce }, verified);
}

/** Everything that is judged without the database. */
async function verify(
  deps: Deps,
  reading: RegistrationReading,
  ceremony: SignUp | Addition,
  account: Pick<User, 'policy'>,
): Promise<NewPasskey> {
  const { config } = deps;
  const policy = policyFor(config.credentialPolicies, account);
  const verified = await verifyRegistration(reading, {
    challenge: reading.clientData.challenge,
    origins: config.origins,
    appOrigins: config.appOrigins,
    rpIds: [config.rpId],
    // WebAuthn L3 §7.1 step 15: only a conditional create may lack user presence.
    userPresence: ceremony.mediation !== 'conditional',
    userVerification: enforcesUserVerification(ceremony.userVerification),
    algorithms: ceremony.algorithms,
    attestation: policy.attestation,
  });
  return { ...verified, attested: isTrusted(deps, policy, verified) };
}

/**
 * WebAuthn L3 §7.1 step 29: the user the ceremony was issued for, in the session that it was promised to. A
 * step-up in another tab may have put a new session in its place: that one will do if it would be promised
 * the same now.
 *
 * @throws {RpError} `unauthenticated`, `challenge_invalid`
 */
async function requireOwner(
  { config, now, store }: Deps,
  caller: Caller,
  ceremony: Addition,
): Promise<Owner> {
  const { session, user } = caller;
  if (session === null || user === null) throw new RpError('unauthenticated');
  if (user.id !== ceremony.userId) {
    throw new RpError('challenge_invalid', { detail: 'issued for another account' });
  }
  if (session.id === ceremony.sessionId) return { ...caller, session, user };
  const replaces = ceremony.upgrades === null || ceremony.upgrades === session.credentialId;
  if (!replaces) throw new RpError('challenge_invalid', { detail: 'issued for another session' });
  const held = await store.listCredentials(user.id);
  const { manage } = config.userVerification;
  try {
    const ground = groundFor(config, user);
    requireStepUpOrApple(ground, manage, session, held, now(), config.stepUpSeconds);
  } catch (cause) {
    throw new RpError('challenge_invalid', { detail: 'issued for a better session', cause });
  }
  return { ...caller, session, user };
}

/**
 * WebAuthn L3 §7.1 steps 18–19 and 23–24: whether the operator takes such a credential, and knows its make.
 *
 * @throws {RpError} `authenticator_not_allowed`
 */
function isTrusted(
  { metadata, now }: Deps,
  policy: CredentialPolicy,
  verified: VerifiedRegistration,
): boolean {
  const violation = violationOf(policy, verified);
  if (violation !== null) throw new RpError('authenticator_not_allowed', { detail: violation });
  if (policy.attestation === 'none') return false;
  const entry = metadata.find(modelIdentifier(verified));
  const trust = judgeAttestation(verified, { entry, anchors: metadata.anchors, now: now() });
  if (trust.trusted) return true;
  const detail = `${trust.reason}: ${trust.detail}`;
  throw new RpError('authenticator_not_allowed', { detail });
}

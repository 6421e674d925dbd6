/**
 * The authentication ceremony (WebAuthn L3 §7.2): sign-in with or without a user name, and the step-up
 * that confirms a person who is signed in.
 *
 * Guarantees: options write nothing and look alike for known and unknown user names; verify enforces
 * exactly what they promised; a decoy is refused by the same steps, in the same time and with the
 * same words as a real credential with a wrong signature.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Caller, Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { backupEligibilityChanged } from '../policy/backup-eligibility.ts';
import { signCountRegressed } from '../policy/sign-count.ts';
import { enforcesUserVerification } from '../policy/user-verification.ts';
import { normalizeUsername, usernameKey } from '../policy/username.ts';
import type { Credential, Nonce, User } from '../store/store.ts';
import { openChallenge, type SignIn, sealChallenge } from './challenge.ts';
import { parseClientData } from './client-data.ts';
import { decoyAccount, decoyPublicKey, fingerprint, isDecoy } from './decoys.ts';
import { auditCeremony, descriptor, openSession } from './records.ts';
import {
  type AuthenticationResponseJSON,
  type PublicKeyCredentialHint,
  type PublicKeyCredentialRequestOptionsJSON,
  type VerifiedAuthentication,
  verifyAuthentication,
} from './verify.ts';

export interface AuthenticationRequest {
  readonly username?: string | undefined;
  readonly mediation?: 'conditional' | 'immediate' | undefined;
  readonly purpose?: 'sign-in' | 'step-up' | undefined;
}

export interface Authenticated {
  readonly user: User;
  readonly credential: Credential;
  readonly userVerified: boolean;
  readonly sessionToken: string;
  readonly mediation: string | null;
}

type RequestOptions = PublicKeyCredentialRequestOptionsJSON & { hints: PublicKeyCredentialHint[] };

interface Allowed {
  readonly userId: string | null;
  readonly credentials: readonly { readonly id: string; readonly transports: readonly string[] }[];
}

/**
 * Answers that depend on what exists come after a fixed time, longer than any of the ways to them, so
 * that how long one took tells nothing: options that name an account, and every refused assertion.
 */
const namedOptionsMs = 5;
const refusalMs = 20;

/**
 * Request options; writes nothing.
 *
 * @throws {RpError} `invalid_request`, `unauthenticated` (a step-up without a session)
 */
export async function authenticationOptions(
  deps: Deps,
  caller: Caller & { readonly browser: string },
  request: AuthenticationRequest,
): Promise<RequestOptions> {
  const { config } = deps;
  const purpose = request.purpose ?? 'sign-in';
  const due = request.username === undefined ? null : delay(namedOptionsMs);
  const { userId, credentials } = await allowedFor(deps, caller, request);
  const ceremony: SignIn = {
    kind: purpose,
    userId,
    allowed: credentials.map(({ id }) => fingerprint(id)),
    mediation: request.mediation ?? null,
    userVerification: config.userVerification[purpose],
  };
  const options: RequestOptions = {
    rpId: config.rpId,
    challenge: sealChallenge(deps, caller.browser, ceremony),
    timeout: config.challengeTtlSeconds * 1000,
    allowCredentials: credentials.map(descriptor),
    userVerification: ceremony.userVerification,
    hints: [],
  };
  await due;
  return options;
}

async function allowedFor(
  { keys, store }: Deps,
  caller: Caller,
  request: AuthenticationRequest,
): Promise<Allowed> {
  if (request.purpose === 'step-up') {
    if (caller.user === null) throw new RpError('unauthenticated');
    return { userId: caller.user.id, credentials: await store.listCredentials(caller.user.id) };
  }
  if (request.username === undefined) return { userId: null, credentials: [] };
  if (request.mediation === 'immediate') {
    throw new RpError('invalid_request', {
      publicDetail: 'mediation: immediate goes without a user name',
    });
  }
  // Known and unknown names take the same steps: two look-ups and one decoy.
  const name = usernameKey(normalizeUsername(request.username) ?? request.username);
  const decoy = decoyAccount(keys.decoy, name);
  const user = await store.findUserByName(name);
  const userId = user?.id ?? decoy.userId;
  const credentials = await store.listCredentials(userId);
  return { userId, credentials: credentials.length > 0 ? credentials : decoy.credentials };
}

/**
 * Verifies the response and completes the ceremony: the session that begins takes the place of the
 * one the browser had.
 *
 * @throws {RpError} `challenge_invalid`, `origin_mismatch`, `verification_failed`,
 *   `user_verification_required`, `credential_unknown` (with `rpId` and `credentialId`),
 *   `account_disabled` (from the store: only who has the passkey learns of it)
 */
export async function completeAuthentication(
  deps: Deps,
  caller: Caller,
  response: AuthenticationResponseJSON,
): Promise<Authenticated> {
  const refusalDue = delay(refusalMs);
  try {
    return await authenticate(deps, caller, response);
  } catch (error) {
    await refusalDue;
    throw error;
  }
}

async function authenticate(
  deps: Deps,
  caller: Caller,
  response: AuthenticationResponseJSON,
): Promise<Authenticated> {
  const { config, keys, store } = deps;
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
  const found = await store.findCredential(response.id);
  if (found === null && !named && !isDecoy(keys.decoy, response.id)) {
    throw unknownCredential(config.rpId, response.id);
  }
  const verified = await verifyAuthentication(response, {
    challenge,
    origins: config.origins,
    rpIds: [config.rpId],
    userVerification: enforcesUserVerification(ceremony.userVerification),
    publicKey: found?.credential.publicKey ?? decoyPublicKey,
  });
  if (found === null) throw new RpError('verification_failed', { detail: 'a decoy' });
  checkOwner(ceremony, response.response.userHandle, found.user.id);
  await refuseSuspicious(deps, nonce, found.credential, verified, ceremony);
  return complete(deps, caller, nonce, ceremony, found, verified);
}

/** The ids are what `signalUnknownCredential` needs (WebAuthn L3 §5.1.10.1). */
function unknownCredential(rpId: string, credentialId: string): RpError {
  return new RpError('credential_unknown', { members: { rpId, credentialId } });
}

/** WebAuthn L3 §7.2 step 6: the credential belongs to the account that is meant. */
function checkOwner(ceremony: SignIn, userHandle: string | undefined, owner: string): void {
  // Usernameless, only the user handle says who is meant, so it must be there.
  const meant = ceremony.userId ?? userHandle;
  if (meant !== owner || (userHandle !== undefined && userHandle !== owner)) {
    throw new RpError('verification_failed', { detail: 'the credential is another account’s' });
  }
}

/** What a good signature does not excuse; each leaves a trace, so that it is never silent. */
async function refuseSuspicious(
  deps: Deps,
  nonce: Nonce,
  credential: Credential,
  verified: VerifiedAuthentication,
  ceremony: SignIn,
): Promise<void> {
  // WebAuthn L3 §7.2 step 19
  const flipped = backupEligibilityChanged(credential.backupEligible, verified.backupEligible);
  // WebAuthn L3 §7.2 step 22
  const regressed = signCountRegressed(credential.signCount, verified.signCount);
  if (!flipped && !regressed) return;
  const kind = flipped ? 'backup-eligibility-changed' : 'sign-count-regressed';
  const of = { userId: credential.userId, credentialId: credential.id, sessionId: null };
  const entry = auditCeremony(deps, kind, of, verified, {
    mediation: ceremony.mediation,
    storedSignCount: credential.signCount,
  });
  await deps.store.recordRefusal({
    nonce,
    credentialId: credential.id,
    state: regressed ? 'suspected-clone' : null,
    audit: [entry],
  });
  throw new RpError('verification_failed', { detail: kind });
}

/** A session of this account that was verified already, by another passkey then. */
function vouches({ session }: Caller, user: User): boolean {
  return session?.userId === user.id && session.userVerified;
}

async function complete(
  deps: Deps,
  caller: Caller,
  nonce: Nonce,
  ceremony: SignIn,
  { credential, user }: { credential: Credential; user: User },
  verified: VerifiedAuthentication,
): Promise<Authenticated> {
  const { signCount, backedUp } = verified;
  // WebAuthn L3 §7.2 step 24: user verification that was set up later counts only once another
  // factor has vouched for it. And a key that may exist twice verifies nobody.
  const vouchedFor = credential.uvInitialized || vouches(caller, user);
  const userVerified = verified.userVerified && vouchedFor && credential.state === 'active';
  const { token, session } = openSession(deps, caller, {
    userId: user.id,
    credentialId: credential.id,
    userVerified,
  });
  const of = { userId: user.id, credentialId: credential.id, sessionId: session.id };
  const kind = ceremony.kind === 'sign-in' ? 'signed-in' : 'stepped-up';
  const usedAt = deps.now();
  await deps.store.completeSignIn({
    nonce,
    // WebAuthn L3 §7.2 step 24
    use: {
      id: credential.id,
      expectedSignCount: credential.signCount,
      signCount,
      backedUp,
      uvInitialized: credential.uvInitialized || userVerified,
      usedAt,
    },
    session,
    replaces: caller.session?.id ?? null,
    audit: [auditCeremony(deps, kind, of, verified, { mediation: ceremony.mediation })],
  });
  return {
    user,
    credential: { ...credential, signCount, backedUp, lastUsedAt: usedAt },
    userVerified,
    sessionToken: token,
    mediation: ceremony.mediation,
  };
}

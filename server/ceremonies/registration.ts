/**
 * The registration ceremony (WebAuthn L3 §7.1): a passkey that opens an account, or one more for an
 * account that is signed in.
 *
 * Guarantees: options write nothing; verify enforces exactly what they promised and completes in one
 * transaction or leaves nothing; an account's user handle is made once and every registration
 * carries it.
 */
import { toBase64Url } from '../base64url.ts';
import type { Caller, Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { judgeAttestation, modelIdentifier } from '../policy/attestation.ts';
import { policyFor, violationOf } from '../policy/credential-policy.ts';
import { isAccepted } from '../policy/credential-state.ts';
import { defaultPasskeyName } from '../policy/provider.ts';
import { upgradeReason } from '../policy/upgrade.ts';
import { enforcesUserVerification, requireStepUpToManage } from '../policy/user-verification.ts';
import { normalizeDisplayName, normalizeUsername, usernameKey } from '../policy/username.ts';
import type { Credential, Session, User } from '../store/store.ts';
import {
  type Addition,
  type Opened,
  openChallenge,
  type SignUp,
  sealChallenge,
} from './challenge.ts';
import { parseClientData } from './client-data.ts';
import { isDecoy } from './decoys.ts';
import { auditCeremony, descriptor, openSession } from './records.ts';
import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialHint,
  type RegistrationResponseJSON,
  supportedAlgorithms,
  type VerifiedRegistration,
  verifyRegistration,
} from './verify.ts';

/** As many as fit comfortably in an options answer; nobody owns that many devices. */
const credentialLimit = 64;

export interface RegistrationRequest {
  readonly username?: string | undefined;
  readonly displayName?: string | undefined;
  readonly mediation?: 'conditional' | undefined;
  /** The credential whose place the new one is to take. */
  readonly upgrades?: string | undefined;
  readonly hints?: readonly PublicKeyCredentialHint[] | undefined;
}

export interface Registered {
  readonly user: User;
  readonly credential: Credential;
  readonly superseded: string | null;
  /** The token of the session that began; null where the passkey joined an account in use. */
  readonly sessionToken: string | null;
  readonly mediation: string | null;
}

/**
 * Creation options; writes nothing.
 *
 * @throws {RpError} `invalid_request`, `username_taken`, `unauthenticated`, `step_up_required`,
 *   `credential_limit`
 */
export function registrationOptions(
  deps: Deps,
  caller: Caller & { readonly browser: string },
  request: RegistrationRequest,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return request.username === undefined
    ? additionOptions(deps, caller, request)
    : signUpOptions(deps, caller, request.username, request);
}

async function signUpOptions(
  deps: Deps,
  caller: Caller & { readonly browser: string },
  givenName: string,
  request: RegistrationRequest,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const username = normalizeUsername(givenName);
  if (username === null) {
    throw new RpError('invalid_request', {
      publicDetail: 'username: 1 to 64 bytes of letters, digits and signs, without spaces',
    });
  }
  const displayName = normalizeDisplayName(request.displayName || username);
  if (displayName === null) {
    throw new RpError('invalid_request', { publicDetail: 'displayName: 1 to 64 bytes of text' });
  }
  if ((await deps.store.findUserByName(usernameKey(username))) !== null) {
    throw new RpError('username_taken');
  }
  const ceremony: SignUp = {
    kind: 'sign-up',
    // WebAuthn L3 §14.6.1: a user handle is random, tells nothing of the person, and has ≤ 64 bytes.
    userId: toBase64Url(deps.random(32)),
    username,
    displayName,
    algorithms: supportedAlgorithms(),
    mediation: null,
    userVerification: deps.config.userVerification['sign-in'],
  };
  const user = { id: ceremony.userId, username, displayName, policy: null };
  return creationOptions(deps, caller.browser, ceremony, user, [], request.hints);
}

async function additionOptions(
  deps: Deps,
  caller: Caller & { readonly browser: string },
  request: RegistrationRequest,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { session, user } = caller;
  if (session === null || user === null) throw new RpError('unauthenticated');
  const { config, now, store } = deps;
  const held = await store.listCredentials(user.id);
  const { manage } = config.userVerification;
  requireStepUpToManage(manage, session, held, now(), config.stepUpSeconds);
  if (held.length >= credentialLimit) throw new RpError('credential_limit');
  const { upgrades = null } = request;
  if (upgrades !== null) requireUpgradable(deps, { session, user }, held, upgrades);
  const ceremony: Addition = {
    kind: 'addition',
    userId: user.id,
    upgrades,
    algorithms: supportedAlgorithms(),
    mediation: request.mediation ?? null,
    // A conditional create shows no prompt, so nobody can be verified; the session just was.
    userVerification:
      request.mediation === 'conditional' && manage === 'required' ? 'preferred' : manage,
  };
  // A match ends the ceremony: what is to be replaced, or is of no use any more, must not be one.
  const exclude = held.filter((each) => each.id !== upgrades && isAccepted(each));
  return creationOptions(deps, caller.browser, ceremony, user, exclude, request.hints);
}

/** Its device replaces the key that it holds itself, so it must be the one that this session used. */
function requireUpgradable(
  { config }: Deps,
  { session, user }: { session: Session; user: User },
  held: readonly Credential[],
  id: string,
): void {
  const credential = held.find((each) => each.id === id);
  const policy = policyFor(config.credentialPolicies, user);
  const upgradable =
    credential !== undefined && upgradeReason(credential, config.rpId, policy) !== null;
  if (upgradable && session.credentialId === id) return;
  throw new RpError('invalid_request', {
    publicDetail: 'upgrades: the passkey of this session, where a better one can take its place',
  });
}

function creationOptions(
  deps: Deps,
  browser: string,
  ceremony: SignUp | Addition,
  user: Pick<User, 'id' | 'username' | 'displayName' | 'policy'>,
  exclude: readonly Credential[],
  hints: readonly PublicKeyCredentialHint[] = [],
): PublicKeyCredentialCreationOptionsJSON {
  const { config } = deps;
  return {
    rp: { id: config.rpId, name: config.rpName },
    user: { id: user.id, name: user.username, displayName: user.displayName },
    challenge: sealChallenge(deps, browser, ceremony),
    pubKeyCredParams: ceremony.algorithms.map((alg) => ({ alg, type: 'public-key' })),
    timeout: config.challengeTtlSeconds * 1000,
    excludeCredentials: exclude.map(descriptor),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: ceremony.userVerification,
    },
    hints: [...hints],
    attestation: policyFor(config.credentialPolicies, user).attestation,
    extensions: { credProps: true },
  };
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
  requireAllowed(deps, caller.user, ceremony, verified);
  const credential = credentialRecord(deps, ceremony, verified, caller);
  return ceremony.kind === 'sign-up'
    ? openAccount(deps, caller, { ...opened, ceremony }, verified, credential)
    : addPasskey(deps, caller, { ...opened, ceremony }, verified, credential);
}

/** WebAuthn L3 §7.1 steps 18–19 and 23–24: whether the operator takes such a credential. */
function requireAllowed(
  { config, metadata, now }: Deps,
  user: User | null,
  { kind }: SignUp | Addition,
  verified: VerifiedRegistration,
): void {
  // Whoever signs up while signed in opens an account of its own.
  const policy = policyFor(
    config.credentialPolicies,
    kind === 'addition' && user !== null ? user : { policy: null },
  );
  const violation = violationOf(policy, verified);
  if (violation !== null) throw new RpError('authenticator_not_allowed', { detail: violation });
  if (policy.attestation === 'none') return;
  const entry = metadata.find(modelIdentifier(verified));
  const trust = judgeAttestation(verified, { entry, anchors: metadata.anchors, now: now() });
  if (trust.trusted) return;
  const detail = `${trust.reason}: ${trust.detail}`;
  throw new RpError('authenticator_not_allowed', { detail });
}

/** WebAuthn L3 §7.1 step 27. */
function credentialRecord(
  { now }: Deps,
  { kind, userId }: SignUp | Addition,
  verified: VerifiedRegistration,
  { session, userAgent, country }: Caller,
): Credential {
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
    userHandle: null,
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
  const { token, session } = openSession(deps, caller, {
    userId,
    credentialId: credential.id,
    userVerified: verified.userVerified,
  });
  const of = { userId, credentialId: credential.id, sessionId: session.id };
  const entry = auditCeremony(
    deps,
    'account-created',
    of,
    caller,
    verified,
    evidence(ceremony, verified),
  );
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
  const of = { userId: user.id, credentialId: credential.id, sessionId: session.id };
  const { mediation, upgrades } = ceremony;
  const kind = upgrades === null ? 'passkey-added' : 'passkey-upgraded';
  const seen = { ...evidence(ceremony, verified), ...(upgrades !== null && { upgrades }) };
  const entry = auditCeremony(deps, kind, of, caller, verified, seen);
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

function evidence(ceremony: SignUp | Addition, verified: VerifiedRegistration) {
  const { aaguid, fmt, algorithm, transports, discoverable } = verified;
  return { aaguid, fmt, algorithm, transports, discoverable, mediation: ceremony.mediation };
}

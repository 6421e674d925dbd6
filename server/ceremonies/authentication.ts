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
import { policyFor, violationOf } from '../policy/credential-policy.ts';
import { isAccepted, verifiesUser } from '../policy/credential-state.ts';
import { type Judgement, judgeEvidence } from '../policy/evidence.ts';
import { backupLost, type Suggestion, suggest } from '../policy/suggestion.ts';
import { offersUpgrade, type UpgradeReason, upgradeReason } from '../policy/upgrade.ts';
import { enforcesUserVerification } from '../policy/user-verification.ts';
import { normalizeUsername, usernameKey } from '../policy/username.ts';
import type {
  AuditEntry,
  AuditKind,
  Credential,
  HeldCredential,
  Nonce,
  User,
} from '../store/store.ts';
import { openChallenge, type SignIn, sealChallenge } from './challenge.ts';
import { parseClientData } from './client-data.ts';
import { decoyAccount, decoyCredentials, decoyPublicKey, fingerprint, isDecoy } from './decoys.ts';
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
  /** Ours, or one that the site has moved away from; without it the passkeys of the account decide. */
  readonly rpId?: string | undefined;
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

type RequestOptions = PublicKeyCredentialRequestOptionsJSON & { hints: PublicKeyCredentialHint[] };

interface Allowed {
  readonly userId: string | null;
  readonly rpId: string;
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
  const { userId, rpId, credentials } = await allowedFor(deps, caller, request);
  const ceremony: SignIn = {
    kind: purpose,
    userId,
    rpId,
    allowed: credentials.map(({ id }) => fingerprint(id)),
    mediation: request.mediation ?? null,
    userVerification: config.userVerification[purpose],
  };
  const options: RequestOptions = {
    rpId,
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
  { config, keys, store }: Deps,
  caller: Caller,
  request: AuthenticationRequest,
): Promise<Allowed> {
  const served = [config.rpId, ...config.formerRpIds] as const;
  if (request.rpId !== undefined && !served.includes(request.rpId)) {
    throw new RpError('invalid_request', { publicDetail: 'rpId: not one of this service' });
  }
  if (request.purpose === 'step-up') {
    const { session, user } = caller;
    if (session === null || user === null) throw new RpError('unauthenticated');
    const held = (await store.listCredentials(user.id)).filter(isAccepted);
    const used = held.find(({ id }) => id === session.credentialId);
    const rpId = request.rpId ?? rpIdOf(used === undefined ? held : [used], served);
    return { userId: user.id, rpId, credentials: held.filter((each) => each.rpId === rpId) };
  }
  if (request.username === undefined) {
    return { userId: null, rpId: request.rpId ?? config.rpId, credentials: [] };
  }
  if (request.mediation === 'immediate') {
    throw new RpError('invalid_request', {
      publicDetail: 'mediation: immediate goes without a user name',
    });
  }
  // Known and unknown names take the same steps: two look-ups and the decoys.
  const name = usernameKey(normalizeUsername(request.username) ?? request.username);
  const decoy = decoyAccount(keys.decoy, name, served);
  const user = await store.findUserByName(name);
  const userId = user?.id ?? decoy.userId;
  const held = (await store.listCredentials(userId)).filter(isAccepted);
  const rpId = request.rpId ?? (held.length > 0 ? rpIdOf(held, served) : decoy.rpId);
  const decoys = decoyCredentials(keys.decoy, name, rpId);
  const credentials = held.filter((each) => each.rpId === rpId);
  return { userId, rpId, credentials: credentials.length > 0 ? credentials : decoys };
}

/** The first of the RP IDs, ours before former ones, that any of the credentials belongs to. */
function rpIdOf(
  credentials: readonly Credential[],
  served: readonly [string, ...string[]],
): string {
  return served.find((rpId) => credentials.some((each) => each.rpId === rpId)) ?? served[0];
}

/**
 * Verifies the response and completes the ceremony: the session that begins takes the place of the
 * one the browser had.
 *
 * @throws {RpError} `challenge_invalid`, `origin_mismatch`, `verification_failed`,
 *   `user_verification_required`, `credential_unknown` (with `rpId` and `credentialId`, unless it is
 *   revoked), `authenticator_not_allowed`, `account_disabled` (from the store: only who has the passkey learns of it)
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
    await delay(began + refusalMs - performance.now());
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
    throw unknownCredential(ceremony.rpId, response.id);
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

/** The ids are what `signalUnknownCredential` needs (WebAuthn L3 §5.1.10.1). */
function unknownCredential(rpId: string, credentialId: string): RpError {
  return new RpError('credential_unknown', { members: { rpId, credentialId } });
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
  const registered = credential.userHandle ?? user.id;
  // Where nobody kept it, any will do: the credential ID is one account's alone, and its key has signed.
  const isForeign = userHandle !== undefined && registered !== '' && userHandle !== registered;
  if (!isMeant || isForeign) {
    throw new RpError('verification_failed', { detail: 'the credential is another account’s' });
  }
}

function audit(
  deps: Deps,
  { caller, ceremony, credential, verified }: Presented,
  kind: AuditKind,
  sessionId: string | null,
): AuditEntry {
  const of = { userId: credential.userId, credentialId: credential.id, sessionId };
  const { signCount: storedSignCount } = credential;
  const more = { mediation: ceremony.mediation, storedSignCount };
  return auditCeremony(deps, kind, of, caller, verified, more);
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
  const kinds: AuditKind[] = [...findings];
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
  const { token, session } = openSession(deps, caller, {
    userId: user.id,
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
    clears,
    audit: [
      ...kindsOf(presented, judgement).map((kind) => audit(deps, presented, kind, session.id)),
      ...clears.map((credentialId) => ({
        ...audit(deps, presented, 'clone-suspicion-cleared', session.id),
        credentialId,
      })),
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
): AuditKind[] {
  const kinds: AuditKind[] = [...findings];
  if (backupLost(credential, verified)) kinds.push('backup-lost');
  if (credential.state === 'superseded' && state === 'active') kinds.push('passkey-reactivated');
  kinds.push(ceremony.kind === 'sign-in' ? 'signed-in' : 'stepped-up');
  return kinds;
}

/** Where the policy says so, a step-up with another passkey takes the suspicion off. */
async function suspectedClones(
  { config, store }: Deps,
  { ceremony, credential, user }: Presented,
): Promise<string[]> {
  const { signCountRegression } = config.evidence;
  if (signCountRegression !== 'step-up' || ceremony.kind !== 'step-up') return [];
  return (await store.listCredentials(user.id))
    .filter(({ id, state }) => state === 'suspected-clone' && id !== credential.id)
    .map(({ id }) => id);
}

function offerUpgrade({ config, now }: Deps, user: User, credential: Credential) {
  if (!offersUpgrade(credential, now())) return null;
  const policy = policyFor(config.credentialPolicies, user);
  const reason = upgradeReason(credential, config.rpId, policy);
  return reason === null ? null : { reason, credentialId: credential.id };
}

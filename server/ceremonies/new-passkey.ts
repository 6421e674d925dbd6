/** What a verified registration leaves behind: an account with its first passkey, or one passkey more. */
import type { Deps } from '../deps.ts';
import { usernameKey } from '../policy/username.ts';
import { defaultPasskeyName } from '../providers/catalogue.ts';
import type { OfRegistration } from '../records/audit/passkeys.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { Caller } from '../records/caller.ts';
import type { Credential } from '../records/credential.ts';
import type { Invitation } from '../records/invitation.ts';
import { isRestricted, type Session } from '../records/session.ts';
import type { User } from '../records/user.ts';
import type { VerifiedRegistration } from '../webauthn/verify-registration.ts';
import type { Addition, Opened, SignUp } from './challenge.ts';
import { isDecoy } from './decoys/credentials.ts';
import { ceremonyEvidence, openSession } from './records.ts';
import { credentialLimit } from './registration-options.ts';

export interface Registered {
  readonly user: User;
  readonly credential: Credential;
  readonly superseded: string | null;
  /** The token of the session that began; null if the passkey joined an account in use. */
  readonly sessionToken: string | null;
  readonly mediation: string | null;
}

/** What was verified of the passkey that is to be. */
export interface NewPasskey extends VerifiedRegistration {
  /** Whether its attestation was asked for, and is trusted. */
  readonly attested: boolean;
}

/** A caller who is signed in. */
export interface Owner extends Caller {
  readonly session: Session;
  readonly user: User;
}

/** @throws {RpError} `challenge_invalid`, `invitation_invalid`, `invitation_revoked`, `username_taken`, `credential_exists` */
export async function openAccount(
  deps: Deps,
  caller: Caller,
  { ceremony, nonce, invited }: Opened<SignUp> & { readonly invited: Invitation | null },
  verified: NewPasskey,
): Promise<Registered> {
  const { userId, username, displayName } = ceremony;
  const credential = credentialRecord(deps, ceremony, verified, caller);
  const user = { id: userId, username, displayName, createdAt: deps.now() };
  const { token, session } = openSession(deps, caller, userId, {
    method: 'passkey',
    credentialId: credential.id,
    userVerified: verified.userVerified,
  });
  const entry: AuditEntry = {
    ...{ at: deps.now(), kind: 'account-created', userId },
    ...{ credentialId: credential.id, sessionId: session.id },
    evidence: {
      ...evidence(caller, ceremony, verified, credential),
      ...(invited !== null && { invitedBy: invited.operator }),
    },
  };
  await deps.store.completeSignUp({
    nonce,
    ...(invited !== null && { invitation: { tokenHash: invited.tokenHash, now: deps.now() } }),
    user,
    usernameKey: usernameKey(username),
    credential,
    isDecoy: isDecoy(deps.keys.decoy, credential.id),
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

/** Nobody has signed in with the passkey, so its session is as old as one that has to step up. */
function notSignedInYet(deps: Deps, owner: Owner, credentialId: string) {
  const proof = { method: 'passkey', credentialId, userVerified: false } as const;
  const { token, session } = openSession(deps, owner, owner.user.id, proof);
  const tooLongAgo = session.createdAt - deps.config.stepUpSeconds * 1000 - 1;
  return { token, session: { ...session, authenticatedAt: tooLongAgo } };
}

/** @throws {RpError} `challenge_invalid`, `unauthenticated`, `credential_exists`, `credential_limit` */
export async function addPasskey(
  deps: Deps,
  owner: Owner,
  { ceremony, nonce }: Opened<Addition>,
  verified: NewPasskey,
): Promise<Registered> {
  const { session, user } = owner;
  const { mediation, upgrades } = ceremony;
  const made = credentialRecord(deps, ceremony, verified, owner);
  const credential = upgrades === null ? made : await inPlaceOf(deps, upgrades, made);
  const of = { at: deps.now(), userId: user.id };
  const about = { credentialId: credential.id, sessionId: session.id };
  const seen = evidence(owner, ceremony, verified, credential);
  const entry: AuditEntry =
    upgrades === null
      ? { ...of, kind: 'passkey-added', ...about, evidence: seen }
      : { ...of, kind: 'passkey-upgraded', ...about, evidence: { ...seen, upgrades } };
  // What gave the account back has done its work: from here on the passkey is what opened the session.
  const opened = isRestricted(session) ? notSignedInYet(deps, owner, credential.id) : null;
  await deps.store.completeAddition({
    nonce,
    sessionId: session.id,
    ...(opened && { opens: opened.session }),
    // Whoever recovers an account has no passkey to use. Who has one is its owner, and ends the recovery with it.
    ...(session.method === 'recovery' && { unlessUsedSince: session.createdAt }),
    credential,
    isDecoy: isDecoy(deps.keys.decoy, credential.id),
    attestation: verified,
    supersedes: upgrades,
    limit: credentialLimit,
    audit: [entry],
  });
  const sessionToken = opened?.token ?? null;
  return { user, credential, superseded: upgrades, sessionToken, mediation };
}

/** If its owner had named the passkey that it replaces, the new one has that name. */
async function inPlaceOf({ store }: Deps, id: string, made: Credential): Promise<Credential> {
  const replaced = (await store.findCredential(id))?.credential;
  if (replaced === undefined || replaced.userId !== made.userId) return made;
  const { name, aaguid, transports } = replaced;
  return name === defaultPasskeyName(aaguid, transports) ? made : { ...made, name };
}

/** WebAuthn L3 §7.1 step 27. */
function credentialRecord(
  { now }: Deps,
  { kind, userId }: SignUp | Addition,
  verified: NewPasskey,
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
    useKnown: true,
    lastUserAgent: userAgent,
    lastCountry: country,
    upgradeAfter: null,
    counterFellAt: null,
    userHandle: { kind: 'account' },
    attested: verified.attested,
  };
}

function evidence(
  caller: Caller,
  ceremony: SignUp | Addition,
  verified: NewPasskey,
  { name }: Credential,
): OfRegistration {
  const { aaguid, fmt, algorithm, transports, discoverable } = verified;
  const of = { name, aaguid, fmt, algorithm, transports, discoverable };
  return { ...ceremonyEvidence(caller, ceremony, verified), ...of };
}

/**
 * The account side of Sign in with Apple: whom a verified sign-in lets in, and how a link comes and ends.
 *
 * Guarantees: an account is found by the person (`sub` of the team) alone, never by an address; an account that is
 * there is linked by its owner alone, signed in and confirmed with a passkey; what Apple opens confirms nothing.
 */
import { createHash } from 'node:crypto';
import { toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { linkOfToday } from '../policy/apple-link.ts';
import { policyFor } from '../policy/credential-policy.ts';
import { groundFor } from '../policy/ground.ts';
import { maySignUp } from '../policy/sign-up.ts';
import { requireStepUpToManage } from '../policy/user-verification.ts';
import { normalizeDisplayName, usernameKey } from '../policy/username.ts';
import { admitsApple, keepOneOf } from '../policy/ways-in.ts';
import type { AppleArrival, AppleEnd, AppleName, StoredToken } from '../records/apple.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { Caller } from '../records/caller.ts';
import type { Invitation } from '../records/invitation.ts';
import { newSession } from '../records/new-session.ts';
import type { Nonce } from '../records/nonce.ts';
import { lineageOf, type NewSession, type Session } from '../records/session.ts';
import type { NewUser, User } from '../records/user.ts';
import { sealStored } from '../seal/box.ts';
import type { Coming } from '../store/apple.ts';
import { firstCheckAt } from './checks.ts';
import type { AppleIdentity } from './identity-token.ts';
import { tokenPurpose } from './revocation.ts';

/** A sign-in at Apple, verified, and what came with it. */
export interface AppleSignIn {
  readonly identity: AppleIdentity;
  readonly refreshToken: string | null;
  /** As Apple, or an app, told it: unsigned, and nothing is decided by it. */
  readonly name: AppleName | null;
  /** Spent when the sign-in completes. */
  readonly nonce: Nonce;
  /** The hash of what lets somebody new in; who has an account needs none. */
  readonly invitation?: string | null;
}

export interface SignedInWithApple {
  readonly user: User;
  readonly created: boolean;
  readonly session: NewSession;
  /** Only the browser or app keeps it. */
  readonly token: string;
}

interface Owner extends Caller {
  readonly session: Session;
  readonly user: User;
}

const proof = { method: 'apple', credentialId: null, userVerified: false } as const;

/**
 * Opens a session of the account that the person is linked with, or of a new one.
 *
 * @throws {RpError} `challenge_invalid`, `account_disabled`, `apple_not_allowed`, `sign_up_closed`,
 *   `invitation_invalid`, `invitation_revoked`, `username_taken`
 */
export async function signInWithApple(
  deps: Deps,
  caller: Caller,
  signIn: AppleSignIn,
): Promise<SignedInWithApple> {
  const { config, now, random, store } = deps;
  const at = now();
  const source = { random, now: at, ttlSeconds: config.sessionTtlSeconds };
  const { token, session: draft } = newSession(source, caller, '', proof);
  const sessionOf = ({ id }: User): NewSession => {
    const before = caller.session?.userId === id ? caller.session : null;
    return { ...draft, userId: id, succeeds: before && lineageOf(before) };
  };
  // Who has an account needs none: whether it is good counts for somebody new alone.
  const [brought] = await Promise.allSettled([
    signIn.invitation ? store.findInvitation(signIn.invitation, at) : null,
  ]);
  const invited = brought.status === 'fulfilled' ? brought.value : null;
  const newcomer = newAccount(deps, signIn.name, at, invited?.username ?? null);
  const user = await store.completeAppleSignIn({
    nonce: signIn.nonce,
    arrival: arrivalOf(deps, signIn, at),
    newcomer: { user: newcomer, usernameKey: usernameKey(newcomer.username) },
    ...(invited !== null && { invitation: { tokenHash: invited.tokenHash, now: at } }),
    admit: (found, held) => {
      const isNew = found.id === newcomer.id;
      if (isNew && brought.status === 'rejected') throw brought.reason;
      if (isNew && !maySignUp(config.signUp, { isInvited: invited !== null })) {
        throw new RpError('sign_up_closed');
      }
      if (!admitsApple(held, groundFor(config, found))) throw new RpError('apple_not_allowed');
    },
    open: (coming) => {
      const session = sessionOf(coming.user);
      return { session, audit: auditOf(signIn, caller, coming, session, invited) };
    },
    replaces: caller.session,
  });
  return { user, created: user.id === newcomer.id, session: sessionOf(user), token };
}

/**
 * Whether the owner may link the account now: confirmed with a passkey, under every policy, because whoever can
 * sign in at Apple has the account from then on.
 *
 * @param graceSeconds how long ago the promise to link may have been made
 * @throws {RpError} `step_up_required`
 */
export async function requireLinkStepUp(
  { config, now, store }: Pick<Deps, 'config' | 'now' | 'store'>,
  owner: Owner,
  graceSeconds = 0,
): Promise<void> {
  const { manage } = config.userVerification;
  const requirement = manage === 'discouraged' ? 'preferred' : manage;
  const held = await store.listCredentials(owner.user.id);
  const maxAge = config.stepUpSeconds + graceSeconds;
  requireStepUpToManage(requirement, owner.session, held, now(), maxAge);
}

/**
 * Links the person with the account of the caller, who was confirmed when this was promised.
 *
 * @throws {RpError} `challenge_invalid`, `step_up_required`, `unauthenticated`, `apple_taken`, `apple_linked`,
 *   `apple_not_allowed`
 */
export async function linkApple(deps: Deps, owner: Owner, signIn: AppleSignIn): Promise<void> {
  const { config, now, store } = deps;
  await requireLinkStepUp(deps, owner, config.challengeTtlSeconds);
  if (policyFor(config.credentialPolicies, owner.user).apple === 'never') {
    throw new RpError('apple_not_allowed');
  }
  const at = now();
  await store.linkApple({
    nonce: signIn.nonce,
    userId: owner.user.id,
    sessionId: owner.session.id,
    arrival: arrivalOf(deps, signIn, at),
    audit: [
      {
        ...{ at, kind: 'apple-linked', userId: owner.user.id, credentialId: null },
        ...{ sessionId: owner.session.id, evidence: evidenceOf(signIn, owner) },
      },
    ],
  });
}

/**
 * Ends the link, and the sessions that it opened elsewhere. Its refresh tokens are revoked by and by.
 *
 * @throws {RpError} `step_up_required`, `not_found`, `last_credential`
 */
export async function unlinkApple(deps: Deps, owner: Owner): Promise<AppleEnd> {
  const { config, now, store } = deps;
  await requireLinkStepUp(deps, owner);
  const passkeys = await store.listCredentials(owner.user.id);
  const at = now();
  const { userAgent, country } = owner;
  return store.unlinkApple({
    userId: owner.user.id,
    keepOneOf: keepOneOf({ passkeys }, groundFor(config, owner.user), 'apple'),
    keepSession: owner.session.id,
    at,
    audit: [
      {
        ...{ at, kind: 'apple-unlinked', userId: owner.user.id, credentialId: null },
        ...{ sessionId: owner.session.id, evidence: { userAgent, country } },
      },
    ],
  });
}

/** The link of the account as its owner sees it; null if there is none. */
export async function findApple(
  { config, store }: Pick<Deps, 'config' | 'store'>,
  { user }: Pick<Owner, 'user'>,
) {
  const found = linkOfToday(await store.findAppleLinks(user.id), config.apple?.teams);
  if (found === undefined) return null;
  const [address = null] = found.addresses;
  return { link: found.link, address };
}

function arrivalOf(
  deps: Deps,
  { identity, refreshToken, name }: AppleSignIn,
  at: number,
): AppleArrival {
  const { config } = deps;
  const { audience: clientId, email, emailVerified, isPrivateEmail } = identity;
  return {
    teams: config.apple?.teams ?? [],
    ...{ sub: identity.sub, transferSub: identity.transferSub, at },
    address:
      email === null ? null : { email, isVerified: emailVerified, isPrivate: isPrivateEmail },
    name: readableName(name),
    token: refreshToken === null ? null : sealedToken(deps, clientId, refreshToken),
    toldAt: Math.max(identity.issuedAt, identity.authTime ?? 0),
    checkDueAt: firstCheckAt(deps, at),
  };
}

function sealedToken(deps: Deps, clientId: string, refreshToken: string): StoredToken {
  const sealed = sealStored(deps, tokenPurpose(clientId), refreshToken);
  return { id: toBase64Url(deps.random(16)), clientId, sealed };
}

/** What of a name can be kept and shown. */
function readableName(name: AppleName | null): AppleName | null {
  const part = (text: string | null | undefined) => (text ? normalizeDisplayName(text) : null);
  const readable = { givenName: part(name?.givenName), familyName: part(name?.familyName) };
  return readable.givenName === null && readable.familyName === null ? null : readable;
}

const crockford = '0123456789abcdefghjkmnpqrstvwxyz';

/** Unless an invitation settles it, the user name is one that nobody has chosen: its owner can change it. */
function newAccount(
  { random }: Pick<Deps, 'random'>,
  name: AppleName | null,
  createdAt: number,
  settled: string | null,
): NewUser {
  // 50 bits: that two people get the same one needs tens of millions of accounts.
  const letters = Array.from(random(10), (byte) => crockford[byte & 31]).join('');
  const username = settled ?? `user-${letters}`;
  const { givenName = null, familyName = null } = readableName(name) ?? {};
  const whole = [givenName, familyName].filter(Boolean).join(' ');
  // WebAuthn L3 §14.6.1: a user handle is random, tells nothing of the person, and has ≤ 64 bytes.
  const id = toBase64Url(random(32));
  return { id, username, displayName: normalizeDisplayName(whole) ?? username, createdAt };
}

function evidenceOf({ identity }: AppleSignIn, { userAgent, country }: Caller) {
  const hasAddress = identity.email !== null;
  return {
    client: identity.audience,
    authenticatedAt: identity.authTime,
    emailVerified: hasAddress ? identity.emailVerified : null,
    isPrivateEmail: hasAddress ? identity.isPrivateEmail : null,
    realUserStatus: identity.realUserStatus,
    ...{ userAgent, country },
  };
}

function auditOf(
  signIn: AppleSignIn,
  caller: Caller,
  { user, created, returned, transferred, addressChanged }: Coming,
  session: NewSession,
  invited: Invitation | null,
): AuditEntry[] {
  const kinds = [
    created ? ('account-created-with-apple' as const) : ('signed-in-with-apple' as const),
    ...(returned ? (['apple-returned'] as const) : []),
    ...(transferred ? (['apple-transferred'] as const) : []),
    ...(addressChanged ? (['apple-address-changed'] as const) : []),
  ];
  const evidence = {
    ...evidenceOf(signIn, caller),
    ...(created && invited !== null && { invitedBy: invited.operator }),
  };
  return kinds.map((kind) => ({
    ...{ at: session.createdAt, kind, userId: user.id },
    ...{ credentialId: null, sessionId: session.id, evidence },
  }));
}

/** The nonce by which an identity token that an app brings counts once: of what is signed, which has one spelling. */
export function nonceOfToken(identityToken: string, { expiresAt }: AppleIdentity): Nonce {
  const signed = identityToken.slice(0, identityToken.lastIndexOf('.'));
  const value = createHash('sha256').update(signed).digest().subarray(0, 16);
  return { value, expiresAt };
}

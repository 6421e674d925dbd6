/** Records for a store. Times are fixed, so that tests don't depend on a clock. */
import { randomBytes } from 'node:crypto';
import { toBase64Url } from '../base64url.ts';
import type { OfAuthentication } from '../records/audit/passkeys.ts';
import type { AuditEntry, AuditKind } from '../records/audit.ts';
import type { Attestation, Credential, CredentialUse } from '../records/credential.ts';
import type { Nonce } from '../records/nonce.ts';
import type { NewSession } from '../records/session.ts';
import type { User } from '../records/user.ts';
import type { Store } from '../store/store.ts';

export const at = 1_800_000_000_000;
export const id = (bytes = 16) => toBase64Url(randomBytes(bytes));
export const newNonce = (expiresAt = at + 600_000): Nonce => ({
  value: randomBytes(16),
  expiresAt,
});
export const attestation: Attestation = {
  fmt: 'none',
  attestationObject: new Uint8Array([1, 2]),
  clientDataJSON: new Uint8Array([3, 4]),
};

export function newUser(username = `user-${id()}`): User {
  return {
    id: id(32),
    username,
    displayName: username.toUpperCase(),
    createdAt: at,
    disabledAt: null,
    policy: null,
  };
}

export function newCredential(userId: string, more: Partial<Credential> = {}): Credential {
  return {
    id: id(20),
    userId,
    name: 'Passkey',
    state: 'active',
    publicKey: randomBytes(77),
    algorithm: -7,
    signCount: 0,
    uvInitialized: false,
    backupEligible: true,
    backedUp: false,
    backupKnown: true,
    transports: ['internal', 'x-later'],
    aaguid: '00000000-0000-0000-0000-000000000000',
    attachment: null,
    rpId: 'example.org',
    createdAt: at,
    lastUsedAt: null,
    useKnown: true,
    lastUserAgent: null,
    lastCountry: null,
    upgradeAfter: null,
    counterFellAt: null,
    userHandle: { kind: 'account' },
    attested: false,
    ...more,
  };
}

export function newSession(userId: string, more: Partial<NewSession> = {}): NewSession {
  return {
    tokenHash: id(32),
    id: id(),
    userId,
    createdAt: at,
    authenticatedAt: at,
    expiresAt: at + 1000,
    userVerified: true,
    method: 'passkey',
    credentialId: null,
    userAgent: 'a browser',
    country: null,
    succeeds: null,
    ...more,
  };
}

/** The evidence of a sign-in, with text that is special in SQL and JSON. */
export const signInEvidence: OfAuthentication = {
  ...{ userPresent: true, userVerified: true, backupEligible: true, backedUp: false },
  ...{ signCount: 0, storedSignCount: 0, attachment: null, mediation: null },
  ...{ origin: 'https://example.org', rpId: 'example.org', country: null },
  ...{ userAgent: 'a browser', name: '"quoted", \\ and {braced}' },
};

/** An audit entry of any kind: a store keeps the evidence without looking at it. */
export function entry(
  userId: string,
  kind: AuditKind = 'signed-in',
  credentialId: string | null = null,
): AuditEntry {
  const evidence = signInEvidence;
  return { at, kind, userId, credentialId, sessionId: null, evidence } as AuditEntry;
}

type Addition = Parameters<Store['completeAddition']>[0];

/** The addition of a credential to the account of a session. */
export const newAddition = (
  { id: sessionId, userId }: NewSession,
  more: Partial<Addition> = {},
) => ({
  nonce: newNonce(),
  sessionId,
  credential: newCredential(userId),
  attestation,
  supersedes: null,
  limit: 64,
  audit: [],
  ...more,
});

/** The use of a credential by a sign-in: the expected counter, and the new values. */
export const use = (credential: Credential, more: Partial<CredentialUse> = {}): CredentialUse => ({
  id: credential.id,
  expectedSignCount: credential.signCount,
  signCount: credential.signCount,
  backupEligible: credential.backupEligible,
  backedUp: credential.backedUp,
  state: null,
  uvInitialized: true,
  usedAt: at + 5,
  counterFellAt: null,
  ...more,
});

export const signIn = (credential: Credential, more: Partial<CredentialUse> = {}) => ({
  nonce: newNonce(),
  use: use(credential, more),
  session: newSession(credential.userId, { credentialId: credential.id }),
  replaces: null,
  clears: [] as string[],
  audit: [entry(credential.userId)],
});

/**
 * Accounts that are derived from a number and share one key pair. So a million of them need no memory in the load,
 * and making them takes no time outside the store. To a server they look like any others.
 */
import { createHash } from 'node:crypto';
import type { Store } from '../../server/store/store.ts';
import type { SoftwareCredential } from '../../server/testing/authenticator.ts';
import { generateKey } from '../../server/testing/cose.ts';
import { newCredential, signInEvidence } from '../../server/testing/records.ts';
import { browser } from './visitor.ts';

const rpId = 'localhost';
const key = generateKey(-7);
/** The number of sign-ups that share one commit. */
const batch = 1000;

const hash = (text: string) => createHash('sha256').update(text).digest('base64url');

const { storedSignCount: _stored, ...ceremony } = signInEvidence;
const signUpEvidence = {
  ...{ ...ceremony, userAgent: browser, origin: 'http://localhost:3000', rpId },
  ...{ name: 'Passkey', aaguid: '00000000-0000-0000-0000-000000000000', fmt: 'none' },
  ...{ algorithm: -7, transports: ['internal'], discoverable: true },
};

/** The passkey of account number `index`. */
export function seededCredential(index: number): SoftwareCredential {
  return {
    id: hash(`credential ${index}`),
    rpId,
    userHandle: hash(`user handle ${index}`),
    userName: `seeded-${index}`,
    discoverable: true,
    key,
    signCount: 0,
  };
}

/** Stores the accounts with numbers from 0 to `count` (exclusive) by the store's sign-up. */
export async function seedAccounts(
  store: Store,
  count: number,
  progress: (done: number) => void,
): Promise<void> {
  for (let from = 0; from < count; from += batch) {
    const until = Math.min(from + batch, count);
    await Promise.all(
      Array.from({ length: until - from }, (_, offset) => signUpDirectly(store, from + offset)),
    );
    progress(until);
  }
}

function signUpDirectly(store: Store, index: number): Promise<void> {
  const passkey = seededCredential(index);
  const at = Date.now();
  const of = { userId: passkey.userHandle, credentialId: passkey.id };
  const sessionId = hash(`session ${index}`).slice(0, 22);
  return store.completeSignUp({
    nonce: {
      value: Buffer.from(hash(`nonce ${index}`), 'base64url').subarray(0, 16),
      expiresAt: at + 600_000,
    },
    user: {
      id: passkey.userHandle,
      username: passkey.userName,
      displayName: passkey.userName,
      createdAt: at,
    },
    usernameKey: passkey.userName,
    credential: newCredential(passkey.userHandle, {
      id: passkey.id,
      publicKey: key.publicKey,
      algorithm: key.algorithm,
      uvInitialized: true,
      backedUp: true,
      transports: ['internal', 'hybrid'],
      attachment: 'platform',
      rpId,
      createdAt: at,
      // As a sign-up stores it, so that rows don't grow at their first sign-in.
      lastUserAgent: browser,
    }),
    // As long as real ones, so that the database has a realistic size. Nothing reads them.
    attestation: {
      fmt: 'none',
      attestationObject: Buffer.alloc(200),
      clientDataJSON: Buffer.alloc(500),
    },
    session: {
      ...of,
      tokenHash: `${at.toString(16).padStart(12, '0')}${hash(`session token ${index}`)}`,
      id: sessionId,
      createdAt: at,
      authenticatedAt: at,
      expiresAt: at + 86_400_000,
      userVerified: true,
      method: 'passkey',
      succeeds: null,
      userAgent: browser,
      country: null,
    },
    replaces: null,
    audit: [{ ...of, at, kind: 'account-created', sessionId, evidence: signUpEvidence }],
  });
}

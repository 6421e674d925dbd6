/** Puts accounts into a store. */
import { expect } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { Credential } from '../records/credential.ts';
import type { Store } from '../store/store.ts';
import { at, attestation, entry, newCredential, newNonce, newSession, newUser } from './records.ts';

export const code = (expected: ErrorCode) => expect.objectContaining({ code: expected });

interface Given {
  readonly username?: string | undefined;
  readonly audit?: (userId: string) => AuditEntry[];
}

/** Signs up an account with a credential of these traits. Resolves to what was stored. */
export async function signedUp(
  store: Store,
  traits: Partial<Credential> = {},
  { username, audit = (userId) => [entry(userId, 'account-created')] }: Given = {},
) {
  const user = newUser(username);
  const credential = newCredential(user.id, traits);
  const session = newSession(user.id, { credentialId: credential.id });
  const input = {
    nonce: newNonce(),
    user,
    usernameKey: user.username,
    credential,
    attestation,
    session,
    replaces: null,
    audit: audit(user.id),
  };
  await store.completeSignUp(input);
  return input;
}

/** Signs up an account with one credential, without an audit entry, and imports further credentials. */
export async function accountWith(store: Store, ...[own = {}, ...more]: Partial<Credential>[]) {
  const { user, usernameKey, credential, session } = await signedUp(store, own, {
    audit: () => [],
  });
  const others = more.map((traits, index) =>
    newCredential(user.id, { createdAt: at + index + 1, ...traits }),
  );
  if (others.length > 0) {
    const account = { user, usernameKey, credentials: others, audit: [] };
    expect(await store.importAccounts([account])).toEqual(['extended']);
  }
  return { user, credential, others, session, all: [credential, ...others] };
}

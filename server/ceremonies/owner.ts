import { RpError } from '../errors.ts';
import type { Credential } from '../records/credential.ts';
import type { User } from '../records/user.ts';

interface Found {
  readonly credential: Credential;
  readonly user: User;
}

/**
 * WebAuthn L3 §7.2 step 6: the credential belongs to the account that is meant, and is presented under the
 * user handle that it was registered with.
 *
 * @param meant the account that the options were for; null if the passkey was to tell
 * @throws {RpError} `verification_failed`
 */
export function checkOwner(
  meant: string | null,
  userHandle: string | undefined,
  { credential, user }: Found,
): void {
  // Usernameless, only the user handle says who is meant, so it must be there.
  const isMeant = meant === null ? userHandle !== undefined : meant === user.id;
  const fits = userHandle === undefined || isRegisteredHandle(userHandle, { credential, user });
  if (!isMeant || !fits) {
    throw new RpError('verification_failed', { detail: 'the credential is another account’s' });
  }
}

function isRegisteredHandle(userHandle: string, { credential, user }: Found): boolean {
  const registered = credential.userHandle;
  switch (registered.kind) {
    case 'account':
      return userHandle === user.id;
    case 'own':
      return userHandle === registered.handle;
    // Any will do: the credential ID is one account's alone, and its key has signed.
    case 'unknown':
      return true;
  }
}

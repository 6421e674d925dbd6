import type { Config } from '../config.ts';
import type { Credential, User } from '../store/store.ts';

/** The arguments of the Signal API (WebAuthn L3 §5.1.10), ready to be passed on. */
export interface Signals {
  /** Missing where the account holds no passkey: an empty list would remove passkeys for good. */
  readonly allAcceptedCredentials?: {
    readonly rpId: string;
    readonly userId: string;
    readonly allAcceptedCredentialIds: readonly string[];
  };
  readonly currentUserDetails?: {
    readonly rpId: string;
    readonly userId: string;
    readonly name: string;
    readonly displayName: string;
  };
}

export function signalsFor(
  { rpId }: Pick<Config, 'rpId'>,
  user: User,
  credentials: readonly Pick<Credential, 'id'>[],
): Signals {
  const userId = user.id;
  const allAcceptedCredentialIds = credentials.map(({ id }) => id);
  return {
    ...(credentials.length > 0 && {
      allAcceptedCredentials: { rpId, userId, allAcceptedCredentialIds },
    }),
    currentUserDetails: { rpId, userId, name: user.username, displayName: user.displayName },
  };
}

/** The account is gone, and so is every passkey of it: the one list that is empty on purpose. */
export function signalsOfDeleted({ rpId }: Pick<Config, 'rpId'>, userId: string): Signals {
  return { allAcceptedCredentials: { rpId, userId, allAcceptedCredentialIds: [] } };
}

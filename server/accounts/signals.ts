import type { Config } from '../config.ts';
import { nameForAuthenticator } from '../policy/username.ts';
import { isAccepted } from '../policy/ways-in.ts';
import type { HeldCredential } from '../records/credential.ts';
import type { User } from '../records/user.ts';

interface AcceptedCredentials {
  readonly rpId: string;
  readonly userId: string;
  readonly allAcceptedCredentialIds: readonly string[];
}

/** The arguments of the Signal API (WebAuthn L3 §5.1.10), ready to be passed on. */
export interface Signals {
  /** Missing if the account holds no passkey: an empty list would remove passkeys for good. */
  readonly allAcceptedCredentials?: AcceptedCredentials;
  /** The same for each domain that the site has moved away from. */
  readonly formerDomains?: readonly AcceptedCredentials[];
  readonly currentUserDetails?: {
    readonly rpId: string;
    readonly userId: string;
    readonly name: string;
    readonly displayName: string;
  };
}

export function signalsFor(
  { rpId, formerRpIds }: Pick<Config, 'rpId' | 'formerRpIds'>,
  user: User,
  credentials: readonly Pick<HeldCredential, 'id' | 'rpId' | 'state'>[],
): Signals {
  const userId = user.id;
  const acceptedOn = (domain: string): AcceptedCredentials[] => {
    const held = credentials.filter((each) => each.rpId === domain && isAccepted(each));
    if (held.length === 0) return [];
    return [{ rpId: domain, userId, allAcceptedCredentialIds: held.map(({ id }) => id) }];
  };
  const [allAcceptedCredentials] = acceptedOn(rpId);
  const formerDomains = formerRpIds.flatMap(acceptedOn);
  return {
    ...(allAcceptedCredentials && { allAcceptedCredentials }),
    ...(formerDomains.length > 0 && { formerDomains }),
    currentUserDetails: {
      ...{ rpId, userId },
      name: nameForAuthenticator(user.username),
      displayName: nameForAuthenticator(user.displayName),
    },
  };
}

/** The account is gone, and so is every passkey of it: the one list that is empty on purpose. */
export function signalsOfDeleted(
  { rpId, formerRpIds }: Pick<Config, 'rpId' | 'formerRpIds'>,
  userId: string,
): Signals {
  const nothing = (domain: string) => ({ rpId: domain, userId, allAcceptedCredentialIds: [] });
  return {
    allAcceptedCredentials: nothing(rpId),
    ...(formerRpIds.length > 0 && { formerDomains: formerRpIds.map(nothing) }),
  };
}

/** The answers of the server that the browser reads; `http-api` words them, this only types them. */

export interface User {
  /** The WebAuthn user handle. */
  id: string;
  username: string;
  displayName: string;
}

interface PasskeyProvider {
  aaguid: string;
  name: string | null;
  icon?: string;
  iconDark?: string;
}

type UpgradeReason = 'legacy-platform-credential' | 'former-domain';

export interface Passkey {
  id: string;
  name: string;
  provider: PasskeyProvider;
  transports: string[];
  kind: 'passkey' | 'device-bound' | 'legacy';
  backedUp: boolean;
  createdAt: string;
  lastUsedAt: string | null;
  lastUsedOn: string | null;
  /** ISO 3166-1 alpha-2. */
  lastUsedIn: string | null;
  /** The domain that it was made for: the site's, or one that the site moved from. */
  rpId: string;
  state: 'active' | 'superseded' | 'suspected-clone' | 'revoked';
  /** It opened this session. */
  current: boolean;
  /** A better passkey could take its place, whatever its owner said about the time. */
  upgrade: { reason: UpgradeReason } | null;
}

/** What the Signal API is to be told, made ready by the server. */
export interface Signals {
  allAcceptedCredentials?: AllAcceptedCredentialsOptions;
  currentUserDetails?: CurrentUserDetailsOptions;
  unknownCredential?: UnknownCredentialOptions;
  /** The same as `allAcceptedCredentials`, for the domains that the site moved from. */
  formerDomains?: AllAcceptedCredentialsOptions[];
}

/** What would keep the person from being locked out, or save a step next time. */
export type Suggestion = 'backup-lost' | 'local-passkey' | 'second-passkey';

export interface SignedIn {
  user: User;
  credential: Passkey;
  userVerified: boolean;
  /** Set when a better passkey should replace the one just used: pass the id to `upgrade`. */
  upgrade: { reason: UpgradeReason; credentialId: string } | null;
  suggestion: Suggestion | null;
  signals?: Signals;
}

export interface Registered {
  user: User;
  credential: Passkey;
  /** The credential whose place it took. */
  superseded: string | null;
  recoveryCodes?: string[];
  signals?: Signals;
}

export interface Session {
  id: string;
  createdAt: string;
  authenticatedAt: string;
  userVerified: boolean;
  method: string;
  current: boolean;
  device: string | null;
}

/** Something that happened in the account. */
export interface Activity {
  at: string;
  kind: string;
  /** The name of the passkey it is about. */
  passkey: string | null;
  device: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
}

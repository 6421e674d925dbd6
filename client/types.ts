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

export interface Passkey {
  id: string;
  name: string;
  provider: PasskeyProvider;
  transports: string[];
  kind: 'passkey' | 'device-bound' | 'legacy';
  backedUp: boolean;
  createdAt: string;
  lastUsedAt: string | null;
  state: string;
}

/** What the Signal API is to be told, made ready by the server. */
export interface Signals {
  allAcceptedCredentials?: AllAcceptedCredentialsOptions;
  currentUserDetails?: CurrentUserDetailsOptions;
  unknownCredential?: UnknownCredentialOptions;
}

export interface SignedIn {
  user: User;
  credential: Passkey;
  userVerified: boolean;
  /** Set when a better passkey should replace the one just used: pass the id to `upgrade`. */
  upgrade: { reason: string; credentialId: string } | null;
  signals?: Signals;
}

export interface Registered {
  user: User;
  credential: Passkey;
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

/**
 * The bodies and answers of the HTTP API, generated from the schemas of the server by `npm run contract`.
 * Don't edit it.
 */

/**
 * The identifier of a credential, base64url without padding.
 */
export type CredentialId = string;
/**
 * The user handle of an account, base64url without padding.
 */
export type UserHandle = string;
/**
 * Why a better passkey should take its place.
 */
export type UpgradeReason = 'legacy-platform-credential' | 'former-domain';
/**
 * What would keep the person from being locked out, or save a step next time.
 */
export type Suggestion = 'backup-lost' | 'local-passkey' | 'second-passkey';
/**
 * One way into the vault. It counts as one once `lastUsedAt` is set.
 */
export type VaultEnvelope =
  | {
      id: string;
      createdAt: string;
      lastUsedAt: string | null;
      kind: 'passkey';
      credentialId: CredentialId;
      saltId: string;
      /**
       * Opaque to the server.
       */
      wrappedKey: string;
      fingerprint?: string;
    }
  | {
      id: string;
      createdAt: string;
      lastUsedAt: string | null;
      kind: 'recovery';
      /**
       * Opaque to the server.
       */
      wrappedKey: string;
      fingerprint?: string;
    };
export type VaultEnvelopeChange =
  | {
      /**
       * Chosen by the client; without it, by the server.
       */
      id?: string;
      fingerprint?: string;
      /**
       * It has opened the vault since it was written: it counts now.
       */
      opened?: boolean;
      kind: 'passkey';
      credentialId: CredentialId;
      saltId: string;
      /**
       * Opaque to the server.
       */
      wrappedKey: string;
    }
  | {
      /**
       * Chosen by the client; without it, by the server.
       */
      id?: string;
      fingerprint?: string;
      /**
       * It has opened the vault since it was written: it counts now.
       */
      opened?: boolean;
      kind: 'recovery';
      /**
       * Opaque to the server.
       */
      wrappedKey: string;
    };
export type RecoveryBeginning =
  | {
      username: string;
    }
  | {
      email: string;
    };
export type AssetLinks = {
  relation: string[];
  target:
    | {
        namespace: 'android_app';
        package_name: string;
        sha256_cert_fingerprints: string[];
      }
    | {
        namespace: 'web';
        site: string;
      };
}[];

/**
 * With `username` or `invitation` it opens an account; without, it adds a passkey to this account.
 */
export interface RegistrationOptionsRequest {
  username?: string;
  displayName?: string;
  invitation?: string;
  mediation?: 'conditional';
  upgrades?: CredentialId;
  /**
   * @maxItems 3
   */
  hints?: ('security-key' | 'client-device' | 'hybrid')[];
}
/**
 * For `PublicKeyCredential.parseCreationOptionsFromJSON()`.
 */
export interface PublicKeyCredentialCreationOptionsJSON {
  rp: {
    id: string;
    name: string;
  };
  user: {
    id: UserHandle;
    name: string;
    displayName: string;
  };
  challenge: string;
  pubKeyCredParams: {
    type: 'public-key';
    alg: number;
  }[];
  timeout: number;
  excludeCredentials: {
    id: CredentialId;
    type: 'public-key';
    transports: string[];
  }[];
  authenticatorSelection: {
    residentKey: 'required' | 'preferred' | 'discouraged';
    requireResidentKey: boolean;
    userVerification: 'required' | 'preferred' | 'discouraged';
  };
  hints: ('security-key' | 'client-device' | 'hybrid')[];
  attestation: 'none' | 'direct';
  extensions: {
    credProps: boolean;
    prf?: PrfInputs;
  };
}
/**
 * What passkeys open vaults with. `second` during a rotation.
 */
export interface PrfInputs {
  eval: {
    first: string;
    second?: string;
  };
}
export interface Problem {
  type: string;
  /**
   * For people; the same for every occurrence.
   */
  title: string;
  status: number;
  code:
    | 'invalid_request'
    | 'challenge_invalid'
    | 'invitation_invalid'
    | 'invitation_revoked'
    | 'origin_mismatch'
    | 'verification_failed'
    | 'unauthenticated'
    | 'operator_key_required'
    | 'operator_key_invalid'
    | 'user_verification_required'
    | 'step_up_required'
    | 'assurance_unmet'
    | 'site_unknown'
    | 'recovery_required'
    | 'account_disabled'
    | 'apple_not_allowed'
    | 'authenticator_not_allowed'
    | 'sign_up_closed'
    | 'insufficient_scope'
    | 'cross_site_request'
    | 'credential_unknown'
    | 'not_found'
    | 'account_changed'
    | 'credential_exists'
    | 'username_taken'
    | 'conflict'
    | 'last_envelope'
    | 'last_credential'
    | 'credential_limit'
    | 'apple_taken'
    | 'apple_linked'
    | 'payload_too_large'
    | 'unsupported_media_type'
    | 'too_many_requests'
    | 'internal_error'
    | 'apple_unavailable'
    | 'apple_misconfigured'
    | 'unavailable';
  /**
   * What is wrong with this request.
   */
  detail?: string;
  /**
   * Seconds, with `too_many_requests`.
   */
  retryAfter?: number;
  /**
   * The call to make first, with `step_up_required`.
   */
  stepUp?: {
    method: string;
    path: string;
    body: {
      purpose: 'step-up' | 'vault';
    };
  };
  /**
   * With `credential_unknown`, for `signalUnknownCredential()`.
   */
  rpId?: string;
  credentialId?: CredentialId;
  /**
   * With `verification_failed`, if people can do something about it; `apple` with `step_up_required`, if there is no passkey and a fresh sign-in with Apple will do.
   */
  reason?: 'malformed-key' | 'malformed-signature' | 'apple';
  /**
   * What the operator key lacks, with `insufficient_scope`.
   */
  scope?:
    | 'accounts:read'
    | 'accounts:disable'
    | 'sessions:end'
    | 'enrolments:create'
    | 'invitations:create'
    | 'invitations:revoke'
    | 'audit:read';
  /**
   * Where the site is, with `cross_site_request`.
   */
  origin?: string;
}
/**
 * As `PublicKeyCredential.toJSON()` makes it.
 */
export interface RegistrationResponseJSON {
  id: CredentialId;
  rawId: CredentialId;
  type: 'public-key';
  authenticatorAttachment?: string | null;
  clientExtensionResults?: {
    credProps?: {
      rk?: boolean;
    };
  } | null;
  response: {
    clientDataJSON: string;
    attestationObject: string;
    transports?: string[] | null;
  };
}
export interface Registered {
  user: User;
  credential: Credential;
  /**
   * The credential whose place the new one took.
   */
  superseded: CredentialId | null;
  signals: Signals;
}
export interface User {
  id: UserHandle;
  username: string;
  displayName: string;
}
export interface Credential {
  id: CredentialId;
  name: string;
  provider: Provider;
  transports: string[];
  kind: 'passkey' | 'device-bound' | 'legacy';
  backedUp: boolean;
  createdAt: string;
  lastUsedAt: string | null;
  /**
   * If false, `lastUsedAt` is null because nobody told of its use, not because it was never used.
   */
  useKnown: boolean;
  /**
   * The device and browser.
   */
  lastUsedOn: string | null;
  /**
   * ISO 3166-1 alpha-2.
   */
  lastUsedIn: string | null;
  /**
   * The domain that it was made for: the site's, or a former one.
   */
  rpId: string;
  state: 'active' | 'superseded' | 'suspected-clone' | 'revoked';
  /**
   * From when on a step-up with this suspected passkey makes it active again.
   */
  suspicionEndsAt?: string;
  /**
   * It opened this session.
   */
  current: boolean;
  /**
   * A better passkey could take its place, whatever its owner said about the time.
   */
  upgrade: {
    reason: UpgradeReason;
  } | null;
}
export interface Provider {
  aaguid: string;
  name: string;
  icon?: string;
  iconDark?: string;
}
/**
 * The arguments of the Signal API, ready to be passed on.
 */
export interface Signals {
  allAcceptedCredentials?: AcceptedCredentials;
  /**
   * The same for each domain that the site has moved from.
   */
  formerDomains?: AcceptedCredentials[];
  currentUserDetails?: {
    rpId: string;
    userId: UserHandle;
    name: string;
    displayName: string;
  };
}
export interface AcceptedCredentials {
  rpId: string;
  userId: UserHandle;
  allAcceptedCredentialIds: CredentialId[];
}
export interface AuthenticationOptionsRequest {
  username?: string;
  mediation?: 'conditional' | 'immediate';
  /**
   * `vault` is a step-up whose PRF results open the vault: 400 if the server has no vaults.
   */
  purpose?: 'sign-in' | 'step-up' | 'vault';
  rpId?: string;
}
/**
 * For `PublicKeyCredential.parseRequestOptionsFromJSON()`.
 */
export interface PublicKeyCredentialRequestOptionsJSON {
  rpId: string;
  challenge: string;
  timeout: number;
  allowCredentials: {
    id: CredentialId;
    type: 'public-key';
    transports: string[];
  }[];
  userVerification: 'required' | 'preferred' | 'discouraged';
  hints: ('security-key' | 'client-device' | 'hybrid')[];
  extensions?: {
    prf: PrfInputs;
  };
}
/**
 * As `PublicKeyCredential.toJSON()` makes it.
 */
export interface AuthenticationResponseJSON {
  id: CredentialId;
  rawId: CredentialId;
  type: 'public-key';
  authenticatorAttachment?: string | null;
  clientExtensionResults?: {
    credProps?: {
      rk?: boolean;
    };
  } | null;
  response: {
    clientDataJSON: string;
    authenticatorData: string;
    signature: string;
    userHandle?: UserHandle | '' | null;
  };
}
export interface Authenticated {
  user: User;
  credential: Credential;
  userVerified: boolean;
  /**
   * Set if a better passkey should replace the one just used.
   */
  upgrade: {
    reason: UpgradeReason;
    credentialId: CredentialId;
  } | null;
  suggestion: Suggestion | null;
  signals: Signals;
}
export interface CurrentSession {
  user: User;
  session: Session;
}
export interface Session {
  id: string;
  createdAt: string;
  authenticatedAt: string;
  userVerified: boolean;
  /**
   * What opened it.
   */
  method: 'passkey' | 'apple' | 'recovery' | 'enrolment';
}
export interface AccountChange {
  username?: string;
  displayName?: string;
}
export interface AccountChanged {
  user: User;
  signals: Signals;
}
export interface AccountDeleted {
  signals: Signals;
  apple?: AppleEnd;
}
export interface AppleEnd {
  /**
   * `requested`: Apple is told, again and again until it knows. `in-settings`: it can not be told, so the person ends it in the settings of their Apple Account, under Sign in with Apple.
   */
  revocation: 'requested' | 'in-settings';
}
export interface SessionList {
  sessions: ListedSession[];
}
export interface ListedSession {
  id: string;
  createdAt: string;
  authenticatedAt: string;
  userVerified: boolean;
  /**
   * What opened it.
   */
  method: 'passkey' | 'apple' | 'recovery' | 'enrolment';
  current: boolean;
  device: string | null;
}
export interface SessionsEnded {
  /**
   * How many ended.
   */
  ended: number;
}
export interface CredentialList {
  credentials: Credential[];
  suggestion: Suggestion | null;
  signals: Signals;
}
export interface CredentialChange {
  name: string;
}
export interface SignalsOnly {
  signals: Signals;
}
export interface ActivityList {
  activity: Activity[];
  /**
   * The `before` of the next page.
   */
  next: string | null;
}
export interface Activity {
  at: string;
  kind: string;
  /**
   * The name of the passkey it is about.
   */
  passkey: string | null;
  device: string | null;
  /**
   * ISO 3166-1 alpha-2.
   */
  country: string | null;
}
export interface Vault {
  exists: boolean;
  /**
   * 0 if there is no vault.
   */
  revision: number;
  envelopes: VaultEnvelope[];
  data?: string;
  /**
   * A way in was given up: the data key should be changed.
   */
  rotationDue: boolean;
  /**
   * The salts that an envelope may be for, the current one first.
   */
  saltIds: string[];
  /**
   * The passkeys that may have envelopes.
   */
  credentialIds: CredentialId[];
}
/**
 * The whole next state of a vault.
 */
export interface VaultChange {
  /**
   * The one that was read; 0 if there was no vault.
   */
  revision: number;
  /**
   * The whole set.
   *
   * @maxItems 32
   */
  envelopes: VaultEnvelopeChange[];
  /**
   * Without it, what is there stays.
   */
  data?: string;
}
export interface VaultRevision {
  revision: number;
}
export interface ChangedAnswer {
  credentialId: CredentialId;
  saltId: string;
  fingerprint: string;
}
export interface RecoveryState {
  code: {
    createdAt: string;
  } | null;
  email: {
    address: string;
    verifiedAt: string;
  } | null;
  /**
   * A recovery by mail that waits. A sign-in with a passkey has ended it.
   */
  pending: {
    startedAt: string;
    /**
     * When the account is given back, unless somebody ends it.
     */
    opensAt: string;
  } | null;
}
export interface RecoveryCode {
  /**
   * The verifier that is derived from the code, never the code itself.
   */
  verifier: string;
}
export interface RecoveryCodeRedemption {
  username: string;
  /**
   * The verifier that is derived from the code, never the code itself.
   */
  verifier: string;
}
export interface Enrolment {
  token: string;
}
export interface InvitationToken {
  token: string;
}
export interface Invitation {
  /**
   * The user name that the account gets; null if its owner chooses.
   */
  username: string | null;
  expiresAt: string;
}
export interface RecoveryAddress {
  email: string;
}
export interface RecoveryAddressCode {
  code: string;
}
export interface RecoveryLink {
  token: string;
  /**
   * The verifier that is derived from the code, never the code itself.
   */
  verifier?: string;
}
export interface RecoveryWait {
  /**
   * When the account is given back, unless somebody ends it.
   */
  opensAt: string;
}
export interface RecoveryVeto {
  token: string;
}
export interface AppleState {
  link: {
    /**
     * `revoked`: the consent was withdrawn at Apple. Signing in there gives it again.
     */
    state: 'active' | 'revoked';
    /**
     * Since when it is in this state.
     */
    since: string;
    linkedAt: string;
    lastUsedAt: string;
    name: string | null;
    address: {
      email: string;
      isVerified: boolean;
      /**
       * It is an address of Apple’s relay.
       */
      isPrivate: boolean;
      /**
       * Since when Apple tells this one.
       */
      since: string;
      /**
       * Since when its owner lets no mail through.
       */
      disabledAt: string | null;
    } | null;
  } | null;
}
export interface AppleNative {
  identityToken: string;
  authorizationCode: string;
  /**
   * The raw value. Apple was sent its SHA-256, in hex.
   */
  nonce: string;
  /**
   * The token of an invitation, which lets somebody new in. It is used up if an account is made.
   */
  invitation?: string;
  /**
   * What Apple tells the app once, at the first sign-in: `{ name?: { firstName, lastName }, email? }`. Nobody has signed it, so it is good for a name to begin with and nothing else.
   */
  user?: {
    name?: {
      firstName?: string | null;
      lastName?: string | null;
    } | null;
  } | null;
}
export interface AppleSignedIn {
  user: User;
  created: boolean;
}
export interface AppleNotification {
  payload: string;
}
export interface AppleNotificationKept {
  kept: true;
}
export interface AppleAuthorization {
  /**
   * `link` needs a session and a step-up: it is for the account that is signed in
   */
  purpose: 'sign-in' | 'link';
  /**
   * Of a sign-in on the way to an app, which goes on after it.
   */
  interaction?: string;
  /**
   * The token of an invitation, which lets somebody new in. It is used up if an account is made.
   */
  invitation?: string;
}
export interface AppleAuthorizationUrl {
  /**
   * Apple’s page, to which the browser goes next.
   */
  url: string;
}
export interface Interaction {
  client: {
    name: string;
    logo?: string;
    policy?: string;
    terms?: string;
  };
  prompt: 'login' | 'create' | 'consent';
  loginHint?: string;
  /**
   * BCP 47; the most wanted first.
   */
  locales?: string[];
  /**
   * With `consent`: what the app would be allowed.
   */
  scopes?: string[];
  /**
   * What is missing until `finish` succeeds, as things stand.
   */
  needs: ('sign-in' | 'step-up') | null;
}
export interface Redirection {
  /**
   * Where the browser goes next.
   */
  redirectTo: string;
}
export interface WayToSite {
  return_to: string;
  /**
   * As it came from the proxy.
   */
  binding?: string;
  acr_values?: 'phr' | 'phrh';
  max_age?: string;
  user_verified?: 'yes';
}
export interface OperatorAccountPage {
  accounts: OperatorAccount[];
  next: string | null;
}
export interface OperatorAccount {
  id: UserHandle;
  username: string;
  displayName: string;
  createdAt: string;
  disabledAt: string | null;
  /**
   * Null is the default policy.
   */
  policy: string | null;
}
export interface OperatorWholeAccount {
  account: OperatorAccount;
  policyIsConfigured: boolean;
  counts: {
    passkeys: number;
    sessions: number;
  };
  passkeys: OperatorPasskey[];
  sessions: OperatorSession[];
  apple: OperatorAppleLink | null;
}
export interface OperatorPasskey {
  id: CredentialId;
  name: string;
  provider: string;
  aaguid: string;
  state: string;
  createdAt: string;
  lastUsedAt: string | null;
  useKnown: boolean;
  lastUsedOn: string | null;
  lastUsedIn: string | null;
  flags: {
    backupEligible: boolean;
    backedUp: boolean;
    backupKnown: boolean;
    uvInitialized: boolean;
  };
  algorithm: number;
  signCount: number;
  transports: string[];
  attachment: string | null;
  rpId: string;
  legacyEvidence: string[];
  upgradeAfter: string | null;
}
export interface OperatorSession {
  id: string;
  device: string | null;
  createdAt: string;
  authenticatedAt: string;
  expiresAt: string;
  userVerified: boolean;
  method: string;
  credentialId: CredentialId | null;
}
export interface OperatorAppleLink {
  state: 'active' | 'revoked';
  since: string;
  linkedAt: string;
  lastUsedAt: string;
  isPrivateEmail: boolean | null;
  canBeRevoked: boolean;
}
export interface OperatorDisabled {
  account: OperatorAccount;
  changed: boolean;
  ended: number;
}
export interface OperatorEnabled {
  account: OperatorAccount;
  changed: boolean;
}
export interface OperatorEnded {
  account: OperatorAccount;
  ended: number;
}
export interface OperatorEnrolmentRequest {
  /**
   * The user handle of an account, base64url without padding.
   */
  account?: string;
  /**
   * Its user name, in the place of the ID.
   */
  username?: string;
  /**
   * Make the account `username` first.
   */
  create?: boolean;
  /**
   * How long the link is good.
   */
  minutes?: number;
}
export interface OperatorEnrolment {
  account: OperatorAccount;
  created: boolean;
  /**
   * Shown only here; it works once.
   */
  link: string;
  expiresAt: string;
}
export interface OperatorInvitationRequest {
  /**
   * Without it, whoever opens it chooses.
   */
  username?: string;
  /**
   * How long the link is good.
   */
  minutes?: number;
}
export interface OperatorInvitation {
  /**
   * By which it is revoked; it opens nothing.
   */
  id: string;
  /**
   * Null if whoever opens it chooses.
   */
  username: string | null;
  expiresAt: string;
  /**
   * Shown only here; it works once.
   */
  link: string;
}
export interface OperatorInvitationPage {
  invitations: {
    /**
     * By which it is revoked; it opens nothing.
     */
    id: string;
    /**
     * Null if whoever opens it chooses.
     */
    username: string | null;
    expiresAt: string;
    operator: string;
  }[];
  next: string | null;
}
export interface OperatorInvitationRevoked {
  revoked: string;
}
export interface OperatorFeed {
  entries: {
    position: string;
    at: string;
    kind: string;
    /**
     * Null if it is about none.
     */
    account: UserHandle | null;
    /**
     * Who did it; null for owners.
     */
    operator: string | null;
    credentialId: CredentialId | null;
    sessionId: string | null;
    /**
     * An object; what it says depends on `kind`.
     */
    evidence: {
      [k: string]: unknown;
    };
  }[];
  /**
   * The `after` of the next call, whatever came.
   */
  next: string;
}
export interface RelatedOrigins {
  origins: string[];
}
export interface PasskeyEndpoints {
  enroll: string;
  manage: string;
  prfUsageDetails?: string;
}
export interface AppleAssociation {
  webcredentials?: {
    apps: string[];
  };
  applinks?: unknown;
  appclips?: unknown;
  activitycontinuation?: unknown;
}
export interface Status {
  status: 'ok';
}

/**
 * Sign in with Apple: what is kept of the link between an account and a person at Apple. Times are milliseconds
 * since the Unix epoch.
 */

/** A person as a team of developers knows them: to another team, `sub` means nothing. */
export interface ApplePerson {
  readonly team: string;
  readonly sub: string;
}

/** An address as an identity token tells it. Nothing is decided by it. */
export interface AppleAddress {
  readonly email: string;
  readonly isVerified: boolean;
  /** It is one of Apple's relay, which forwards to the person. */
  readonly isPrivate: boolean;
}

/** What is known of an address that the person has, or had. */
export interface KnownAddress extends AppleAddress {
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** Since when its owner lets nothing through; null while mail arrives. */
  readonly disabledAt: number | null;
}

/** Told at the first sign-in, and never again. */
export interface AppleName {
  readonly givenName: string | null;
  readonly familyName: string | null;
}

/** `revoked`: its owner has withdrawn the consent at Apple. Signing in with Apple again gives it. */
export type AppleLinkState = 'active' | 'revoked';

export interface AppleLink extends ApplePerson, AppleName {
  readonly userId: string;
  readonly state: AppleLinkState;
  readonly stateChangedAt: number;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** What the team that receives the app asks Apple for the person by. */
  readonly transferSub: string | null;
}

/** A refresh token, with the client that it belongs to: only that one can use or revoke it. */
export interface SealedToken {
  readonly clientId: string;
  /** See `server/seal/box.ts`. */
  readonly sealed: string;
}

export interface StoredToken extends SealedToken {
  readonly id: string;
}

/** A sign-in with Apple that was verified. */
export interface AppleArrival {
  /** The team of today first, then those whose accounts are accepted, too. */
  readonly teams: readonly string[];
  readonly sub: string;
  /** In the 60 days after a transfer: the name under which the team of before handed the person over. */
  readonly transferSub: string | null;
  readonly address: AppleAddress | null;
  readonly name: AppleName | null;
  readonly token: StoredToken | null;
  readonly at: number;
  /** By Apple's clock. */
  readonly toldAt: number;
  /** When the validity of the token is to be asked for. */
  readonly checkDueAt: number;
}

/** What one of Apple's notifications says. */
export type AppleEvent =
  | { readonly type: 'email-disabled' | 'email-enabled'; readonly email: string | null }
  | { readonly type: 'consent-revoked' | 'account-deleted' };

/** What becomes of a notification: told before, of nobody we know, overtaken by what happened later, or applied. */
export type AppleEventOutcome = 'repeated' | 'unknown' | 'overtaken' | 'applied';

/** So many refresh tokens of one link are kept, the latest. */
export const keptTokens = 5;

/** What of the end of a link Apple is asked to do: `tokens` are queued to be revoked. */
export interface AppleEnd {
  readonly links: number;
  readonly tokens: number;
}

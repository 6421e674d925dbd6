/** What the OpenID provider keeps. Times are milliseconds since the Unix epoch. */
import type { AuditEntry } from './audit.ts';

/** A protocol object: a code, a token, a grant, an interaction and so on. */
export interface OidcRecord {
  /** The hash of its ID, because the ID of a token is the token. */
  readonly key: string;
  readonly model: string;
  /** JSON, without the ID. */
  readonly payload: string;
  readonly expiresAt: number;
  /** When it was used, if it can be used only once. */
  readonly consumedAt: number | null;
  /** The account it belongs to, and goes with. */
  readonly userId: string | null;
  /** The sign-in it came from: see `lineageOf`. */
  readonly lineage: string | null;
  /** Whether it is still good once nobody is signed in any more. */
  readonly outlivesSession: boolean;
  /** The credential of that sign-in. */
  readonly credentialId: string | null;
}

/** An app that a person came to from one sign-in, and that wants to hear of its end. */
export interface OidcLogin {
  readonly userId: string;
  readonly lineage: string;
  readonly clientId: string;
  readonly expiresAt: number;
}

/** An app that is to hear that the sign-in has ended. */
export interface EndedLogin extends OidcLogin {
  /** How often it was told so far, this time included. */
  readonly attempts: number;
}

/** Everything that one request to the provider changes. */
export interface OidcChanges {
  /**
   * What can be used only once, and is used by this request. Within `graceMs` of its first use it may be
   * used again; before it too, because clocks differ.
   */
  readonly consume: { readonly key: string; readonly at: number; readonly graceMs: number } | null;
  /** Each takes the place of what is there under its key. */
  readonly save: readonly OidcRecord[];
  /** Keys. */
  readonly remove: readonly string[];
  /** Records that last at least until then. */
  readonly prolong: readonly { readonly key: string; readonly until: number }[];
  readonly logins: readonly OidcLogin[];
  /** The sign-in that ends, with every session of it. */
  readonly signOut: { readonly userId: string; readonly lineage: string } | null;
  readonly audit: readonly AuditEntry[];
}

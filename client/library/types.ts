/** The answers of the server, under the names that people know them by. */
import type * as contract from './contract.ts';

export type User = contract.User;
export type Passkey = contract.Credential;
export type Suggestion = contract.Suggestion;
export type SignedIn = contract.Authenticated;
export type Registered = contract.Registered;
export type Session = contract.ListedSession;
/** Something that happened in the account. */
export type Activity = contract.Activity;

/** What the Signal API is to be told, made ready by the server. */
export interface Signals extends contract.Signals {
  unknownCredential?: UnknownCredentialOptions;
}

/** The answers of the server, under the names that people know them by. */
import type { Signals } from './contract.ts';

export type {
  Activity,
  Authenticated as SignedIn,
  Credential as Passkey,
  ListedSession as Session,
  Registered,
  Signals,
  Suggestion,
  User,
} from './contract.ts';

/** What the Signal API can be told: what the server made ready, or that a passkey is not known. */
export interface News extends Signals {
  unknownCredential?: UnknownCredentialOptions;
}

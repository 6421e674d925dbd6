import type { ByOwner } from './evidence.ts';
import { routine, security } from './kind.ts';

interface OfApp extends ByOwner {
  /** The client ID of the app. */
  readonly client: string;
}

/** What an app is told of the sign-in that it goes by, and from what that follows. */
interface AppSignIn extends OfApp {
  readonly acr: string | null;
  readonly amr: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly authenticatedAt: number;
  readonly userVerified: boolean;
  /** Of the passkey that opened the session; null if there is none. */
  readonly backupEligible: boolean | null;
  readonly attested: boolean | null;
  readonly scope: string;
}

/** Apps that people sign in to with this service. */
export const appKinds = {
  'app-signed-in': routine<AppSignIn>(),
  'consent-given': security<OfApp & { scopes: readonly string[] }>(),
  /** Two hold the same refresh token: what came of it is revoked. */
  'refresh-token-reused': security<OfApp>(),
} as const;

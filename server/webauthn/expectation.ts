/**
 * What the options of a ceremony promised, and whether client data and flags keep to it. Decided on our own
 * reading: the library looks again, but what its messages say decides nothing.
 */
import type { AuthenticatorState } from './authenticator-data.ts';
import type { ClientData } from './client-data.ts';
import { refuse } from './refuse.ts';

/** The origins that native apps name, which are in no page's power or hardly. */
interface AppOrigins {
  /** `https://…`, accepted only of client data without `crossOrigin`, as Apple's systems make it. */
  readonly apple: readonly string[];
  /** `android:apk-key-hash:…`, which no page has. */
  readonly android: readonly string[];
}

export interface Expectation {
  /** As it stands in the client data: base64url. */
  readonly challenge: string;
  /** Those of pages. */
  readonly origins: readonly string[];
  readonly appOrigins: AppOrigins;
  readonly rpIds: readonly string[];
  readonly userVerification: boolean;
}

/** @throws {RpError} `verification_failed`, `challenge_invalid`, `origin_mismatch` */
export function checkClientData(
  clientData: ClientData,
  type: 'webauthn.create' | 'webauthn.get',
  expected: Expectation,
): void {
  // WebAuthn L3 §7.1 step 7, §7.2 step 10
  if (clientData.type !== type) refuse('verification_failed', `type is not ${type}`);
  // WebAuthn L3 §7.1 step 8, §7.2 step 11
  if (clientData.challenge !== expected.challenge) {
    refuse('challenge_invalid', 'the response answers another challenge');
  }
  // WebAuthn L3 §7.1 step 9, §7.2 step 12
  if (!isExpectedOrigin(clientData, expected)) {
    refuse('origin_mismatch', `origin ${JSON.stringify(clientData.origin.slice(0, 256))}`);
  }
  // WebAuthn L3 §7.1 step 10, §7.2 step 13: no page may embed us
  if (clientData.crossOrigin === true) refuse('verification_failed', 'crossOrigin is true');
  // WebAuthn L3 §7.1 step 11, §7.2 step 14
  if (clientData.topOrigin !== undefined) refuse('verification_failed', 'topOrigin is present');
}

function isExpectedOrigin(
  { origin, crossOrigin, topOrigin }: ClientData,
  { origins, appOrigins: { apple, android } }: Expectation,
): boolean {
  const isMarked = crossOrigin !== undefined || topOrigin !== undefined;
  return (
    origins.includes(origin) || (apple.includes(origin) && !isMarked) || android.includes(origin)
  );
}

/** @throws {RpError} `verification_failed`, `user_verification_required` */
export function checkState(
  state: AuthenticatorState,
  expected: { readonly userPresence: boolean; readonly userVerification: boolean },
): void {
  // WebAuthn L3 §7.1 step 15, §7.2 step 16
  if (expected.userPresence && !state.userPresent) {
    refuse('verification_failed', 'nobody was present');
  }
  // WebAuthn L3 §7.1 step 16, §7.2 step 17
  if (expected.userVerification && !state.userVerified) {
    refuse('user_verification_required', 'the user was not verified');
  }
  // WebAuthn L3 §7.1 step 17, §7.2 step 18
  if (state.backedUp && !state.backupEligible) {
    refuse('verification_failed', 'backed up without being eligible');
  }
}

/** For the library, which knows no difference between pages and apps. */
export function allOrigins({ origins, appOrigins: { apple, android } }: Expectation): string[] {
  return [...origins, ...apple, ...android];
}

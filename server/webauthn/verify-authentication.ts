/**
 * What an assertion proves, judged by its reading and by what we expected, and by nothing stored.
 *
 * Guarantees: every rule of WebAuthn L3 §7.2 that needs no record of ours; throws nothing but RpError. The
 * caller still owes steps 5–6 (whose credential), 19 (BE unchanged) and 22 (the counter).
 */
import { type RefusalReason, RpError } from '../errors.ts';
import type { AuthenticatorState } from './authenticator-data.ts';
import { isBerSignature, isDerSignature } from './ecdsa-signature.ts';
import { allOrigins, checkClientData, checkState, type Expectation } from './expectation.ts';
import { libraryVerifiesAuthentication } from './library.ts';
import type { AuthenticationReading } from './read-response.ts';
import { asRefusal, equalBytes } from './refuse.ts';

export interface ExpectedAuthentication extends Expectation {
  /** The COSE key of the credential that the response names. */
  readonly publicKey: Uint8Array;
}

export interface VerifiedAuthentication extends AuthenticatorState {
  readonly rpId: string;
  readonly origin: string;
  readonly attachment: string | null;
}

/**
 * @throws {RpError} `verification_failed`, `challenge_invalid`, `origin_mismatch`,
 *   `user_verification_required`
 */
export async function verifyAuthentication(
  reading: AuthenticationReading,
  expected: ExpectedAuthentication,
): Promise<VerifiedAuthentication> {
  const { clientData, state, attachment } = reading;
  checkClientData(clientData, 'webauthn.get', expected);
  // WebAuthn L3 §7.2 step 16: no assertion goes without a person
  checkState(state, { ...expected, userPresence: true });
  // WebAuthn L3 §6.5.5: an ES256 signature has one spelling; the others have one by their nature
  if (isEs256(expected.publicKey) && !isDerSignature(reading.signature)) {
    throw wrongSignature(reading, 'the signature is not in DER');
  }
  const rpId = await askLibrary(reading, expected);
  return { ...state, rpId, origin: clientData.origin, attachment };
}

/** WebAuthn L3 §7.2 steps 15–18 and 20–21; resolves to the RP ID that matched. */
async function askLibrary(
  reading: AuthenticationReading,
  expected: ExpectedAuthentication,
): Promise<string> {
  const { verified, authenticationInfo } = await libraryVerifiesAuthentication({
    response: reading.response,
    expectedChallenge: expected.challenge,
    expectedOrigin: allOrigins(expected),
    expectedRPID: [...expected.rpIds],
    requireUserVerification: expected.userVerification,
    // Step 22 comes after the signature, and the library's own check before it: with 0 it passes
    // every count, and a fall is judged by the caller on a signature that is known to be good.
    credential: { id: reading.id, publicKey: new Uint8Array(expected.publicKey), counter: 0 },
  }).catch((thrown: unknown) => {
    throw asRefusal(thrown);
  });
  // For a wrong signature the library resolves, with all the rest filled in.
  if (!verified) throw wrongSignature(reading, 'the signature is not valid');
  return authenticationInfo.rpID;
}

/**
 * Whether the reason is told depends on the response alone, and not on the key it was verified with: else
 * it would tell decoys from passkeys of other algorithms.
 */
function wrongSignature({ signature }: AuthenticationReading, detail: string): RpError {
  const isMisspelt = isBerSignature(signature) && !isDerSignature(signature);
  return new RpError('verification_failed', {
    detail,
    ...(isMisspelt && {
      publicDetail: 'The signature of the passkey is not encoded in DER.',
      members: { reason: 'malformed-signature' satisfies RefusalReason },
    }),
  });
}

/** RFC 9053 §7.1.1: how a canonical key of this algorithm begins, {1: 2, 3: -7, …}. */
const es256Head = Uint8Array.of(0xa5, 0x01, 0x02, 0x03, 0x26);

function isEs256(publicKey: Uint8Array): boolean {
  return equalBytes(publicKey.subarray(0, es256Head.length), es256Head);
}

/**
 * What a registration proves, judged by its reading and by what we expected, and by nothing stored.
 *
 * Guarantees: every rule of WebAuthn L3 §7.1 that needs no record of ours; throws nothing but RpError; makes
 * no network request, whatever certificates a response carries. Whoever asked for an attestation still owes
 * steps 23–24: a statement that is valid is not yet one to be trusted (`attestation/judge.ts`).
 */
import { hash } from 'node:crypto';
import { androidKeyFlaw } from '../attestation/android-key.ts';
import { toBase64Url } from '../base64url.ts';

import { withoutStatement } from './attestation-object.ts';
import type { AuthenticatorState } from './authenticator-data.ts';
import { isDerSignature } from './ecdsa-signature.ts';
import { allOrigins, checkClientData, checkState, type Expectation } from './expectation.ts';
import {
  decodeCbor,
  libraryVerifiesRegistration,
  type RegistrationResponseJSON,
} from './library.ts';
import { type CoseKey, keyObjectOf } from './public-key.ts';
import type { RegistrationReading } from './read-response.ts';
import { asRefusal, equalBytes, refuse } from './refuse.ts';

export interface ExpectedRegistration extends Expectation {
  /** False only for a ceremony that began as conditional create. */
  readonly userPresence: boolean;
  readonly algorithms: readonly number[];
  /** What the options asked for. */
  readonly attestation: 'none' | 'direct';
}

export interface VerifiedRegistration extends AuthenticatorState {
  readonly rpId: string;
  readonly origin: string;
  readonly attachment: string | null;
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly algorithm: number;
  readonly aaguid: string;
  /** What the statement calls itself; nothing was verified of one that nobody asked for. */
  readonly fmt: string;
  /** The certificates of a statement that was asked for and is valid, in DER, its own first. */
  readonly x5c: readonly Uint8Array[];
  readonly transports: string[];
  readonly discoverable: boolean | null;
  readonly attestationObject: Uint8Array;
  readonly clientDataJSON: Uint8Array;
}

/**
 * The attestation statement formats (WebAuthn L3 §7.1 step 21) that the library verifies. We verify
 * android-key, for which it would ask the network; nobody verifies android-safetynet: the service is gone.
 */
const byLibrary: readonly string[] = ['none', 'packed', 'tpm', 'apple', 'fido-u2f'];
const byUs = 'android-key';

/**
 * @throws {RpError} `verification_failed`, `challenge_invalid`, `origin_mismatch`,
 *   `user_verification_required`
 */
export async function verifyRegistration(
  reading: RegistrationReading,
  expected: ExpectedRegistration,
): Promise<VerifiedRegistration> {
  const { clientData, state, credential, attestation } = reading;
  checkClientData(clientData, 'webauthn.create', expected);
  checkState(state, expected);
  // WebAuthn L3 §7.1 step 26 looks the id up: it must be the one the authenticator attested
  if (credential.id !== reading.response.id) {
    refuse('verification_failed', 'id is not the attested one');
  }
  // WebAuthn L3 §7.1 step 20
  if (!expected.algorithms.includes(credential.algorithm)) {
    refuse('verification_failed', `algorithm ${credential.algorithm} was not offered`);
  }
  const isJudged = judges(reading, expected);
  if (isJudged) checkStatement(reading);
  const isForLibrary = isJudged && attestation.fmt !== byUs;
  const response = isForLibrary ? reading.response : unattested(reading);
  const rpId = await askLibrary(response, reading, expected);
  return {
    ...state,
    ...credential,
    rpId,
    origin: clientData.origin,
    attachment: reading.attachment,
    fmt: attestation.fmt,
    x5c: isJudged ? certificatesOf(reading) : [],
    transports: reading.transports,
    discoverable: reading.discoverable,
    attestationObject: keptEvidence(reading, expected),
    clientDataJSON: clientData.bytes,
  };
}

/**
 * Whether the statement is verified: if it was asked for, and if it takes nobody's word for it but the key's
 * own. A key that can't vouch for itself could not sign in either; `none` has to be empty. What certificates
 * say that nobody asked for is evidence, and no reason to refuse a passkey (decision 18).
 */
function judges({ attestation }: RegistrationReading, expected: ExpectedRegistration): boolean {
  const { fmt, attStmt } = attestation;
  const isSelfAttestation = fmt === 'packed' && !attStmt.has('x5c');
  return expected.attestation === 'direct' || fmt === 'none' || isSelfAttestation;
}

/** More than the statement of a TPM with its certificates, in bytes. */
const longestEvidence = 6 * 1024;

/** Nobody gets to keep more here than evidence takes: a statement that nobody asked for may be padding. */
function keptEvidence(
  { attestation }: RegistrationReading,
  expected: ExpectedRegistration,
): Uint8Array {
  const isKept = expected.attestation === 'direct' || attestation.bytes.length <= longestEvidence;
  return isKept ? attestation.bytes : withoutStatement(attestation);
}

/** What the library takes too easily in a statement of a format that it knows, and all of the one that is ours. */
function checkStatement(reading: RegistrationReading): void {
  const { attestation, credential } = reading;
  const { fmt, attStmt } = attestation;
  // WebAuthn L3 §7.1 step 21
  if (fmt !== byUs && !byLibrary.includes(fmt)) {
    refuse('verification_failed', `attestation format ${fmt}`);
  }
  const [alg, sig] = [attStmt.get('alg'), attStmt.get('sig')];
  // WebAuthn L3 §6.5.5: an ES256 signature has one spelling
  if (alg === -7 && sig instanceof Uint8Array && !isDerSignature(sig)) {
    refuse('verification_failed', 'the signature of the statement is not in DER');
  }
  // WebAuthn L3 §8.2, self attestation: `alg` is the algorithm of the key, which the library skips
  if (fmt === 'packed' && !attStmt.has('x5c') && alg !== credential.algorithm) {
    refuse('verification_failed', 'self attestation by another algorithm than the key has');
  }
  const flaw = fmt === byUs ? androidFlaw(reading) : null;
  if (flaw !== null) refuse('verification_failed', flaw);
}

function androidFlaw({ attestation, credential, clientData }: RegistrationReading): string | null {
  const { attStmt, authData } = attestation;
  const clientDataHash = hash('sha256', clientData.bytes, 'buffer');
  const { algorithm } = credential;
  const publicKey = keyObjectOf(decodeCbor(credential.publicKey) as CoseKey);
  if (publicKey === null) return `android-key with a key of algorithm ${algorithm}`;
  return androidKeyFlaw({ attStmt, authData, clientDataHash, publicKey, algorithm });
}

/** The same response, whose authenticator data nothing vouches for. */
function unattested({ response, attestation }: RegistrationReading): RegistrationResponseJSON {
  const attestationObject = toBase64Url(withoutStatement(attestation));
  return { ...response, response: { ...response.response, attestationObject } };
}

/** WebAuthn L3 §7.1 steps 14–17 and 20–22; resolves to the RP ID that matched. */
async function askLibrary(
  response: RegistrationResponseJSON,
  { credential }: RegistrationReading,
  expected: ExpectedRegistration,
): Promise<string> {
  const { verified, registrationInfo: info } = await libraryVerifiesRegistration({
    response,
    expectedChallenge: expected.challenge,
    expectedOrigin: allOrigins(expected),
    expectedRPID: [...expected.rpIds],
    requireUserPresence: expected.userPresence,
    requireUserVerification: expected.userVerification,
    supportedAlgorithmIDs: [...expected.algorithms],
  }).catch((thrown: unknown) => {
    throw asRefusal(thrown);
  });
  if (!verified) refuse('verification_failed', 'the attestation statement is not valid');
  if (!equalBytes(info.credential.publicKey, credential.publicKey)) {
    refuse('verification_failed', 'the library read another key');
  }
  return info.rpID ?? refuse('verification_failed', 'no RP ID matched');
}

/** The library reads the first certificate alone, and takes an `x5c` that is falsy for none. */
function certificatesOf({ attestation: { fmt, attStmt } }: RegistrationReading) {
  if (!attStmt.has('x5c')) return [];
  const x5c = attStmt.get('x5c');
  // WebAuthn L3 §8.2 and §8.6: at least one, and of fido-u2f exactly one
  const fits =
    Array.isArray(x5c) &&
    (fmt === 'fido-u2f' ? x5c.length === 1 : x5c.length > 0) &&
    x5c.every((each): each is Uint8Array => each instanceof Uint8Array);
  return fits ? x5c : refuse('verification_failed', 'x5c is no list of certificates');
}

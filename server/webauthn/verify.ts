/**
 * What a response proves, judged by its bytes and by what we expected, and by nothing stored.
 *
 * Guarantees: every rule of WebAuthn L3 §7.1 and §7.2 that needs no record of ours; throws nothing
 * but RpError; makes no network request, whatever certificates a response carries. It decides by
 * its own reading of the flags, never by the wording of a library's message. An attestation is
 * checked for consistency but not trusted (§7.1 steps 23–24): `fmt` and `aaguid` are claims until
 * `policy/attestation.ts` has judged them.
 */
import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  SettingsService,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { generateChallenge, isoCBOR } from '@simplewebauthn/server/helpers';
import { type ErrorCode, RpError } from '../errors.ts';
import { type AuthenticatorState, readAuthenticatorState } from './authenticator-data.ts';
import { type ClientData, decodeBase64Url, parseClientData } from './client-data.ts';
import { isDerSignature } from './ecdsa-signature.ts';
import { offerPromptCrypto } from './prompt-crypto.ts';
import { checkPublicKey } from './public-key.ts';
import { sanitiseTransports } from './transports.ts';

export type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialDescriptorJSON,
  PublicKeyCredentialHint,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';

interface Expected {
  readonly challenge: string;
  readonly origins: readonly string[];
  readonly rpIds: readonly string[];
  readonly userVerification: boolean;
}

export interface ExpectedRegistration extends Expected {
  /** False only for a ceremony that began as conditional create. */
  readonly userPresence: boolean;
  readonly algorithms: readonly number[];
}

export interface ExpectedAuthentication extends Expected {
  /** The COSE key of the credential that the response names. */
  readonly publicKey: Uint8Array;
}

export interface VerifiedAuthentication extends AuthenticatorState {
  readonly rpId: string;
  readonly origin: string;
  readonly attachment: string | null;
}

export interface VerifiedRegistration extends VerifiedAuthentication {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly algorithm: number;
  readonly aaguid: string;
  readonly fmt: string;
  /** The certificates of the attestation statement in DER, its own first; mostly none. */
  readonly x5c: readonly Uint8Array[];
  readonly transports: string[];
  /** What the client says of it (`credProps`, WebAuthn L3 §10.1.3); null where it says nothing. */
  readonly discoverable: boolean | null;
  readonly attestationObject: Uint8Array;
  readonly clientDataJSON: Uint8Array;
}

// Any call makes the library look for its cryptography, and keep what it finds.
await offerPromptCrypto(generateChallenge);

// The library fetches the revocation lists that certificates name as soon as it has a trust anchor
// to chain them to. Without anchors it never walks a path. (It looks at no `basicConstraints`, so a
// path to a real root proves less than it seems: any key certified under it could sign the URL.)
for (const identifier of ['apple', 'android-key', 'android-safetynet', 'mds'] as const) {
  SettingsService.setRootCertificates({ identifier, certificates: [] });
}

/**
 * The attestation statement formats we support (WebAuthn L3 §7.1 step 21). Not android-key: there
 * the library takes the *sender's* last certificate for the anchor and fetches the lists of that
 * chain before it compares the root. Not android-safetynet: the service is gone.
 */
const attestationFormats: readonly unknown[] = ['none', 'packed', 'tpm', 'apple', 'fido-u2f'];

/** The COSE algorithms to offer, best first. */
export function supportedAlgorithms(): number[] {
  const classical = [-8, -7, -257];
  return SettingsService.runtimeSupportsPQC() ? [-48, ...classical] : classical;
}

/** Verifies a new credential (WebAuthn L3 §7.1) as far as response and expectation go. */
export function verifyRegistration(
  response: RegistrationResponseJSON,
  expected: ExpectedRegistration,
): Promise<VerifiedRegistration> {
  return refusing(async () => {
    const clientData = parseClientData(response.response.clientDataJSON);
    checkClientData(clientData, 'webauthn.create', expected);
    const attestationObject = decodeBase64Url(
      response.response.attestationObject,
      'attestationObject',
    );
    const { authData, attStmt } = readAttestationObject(attestationObject);
    const state = readAuthenticatorState(authData);
    checkState(state, expected);
    checkSpelling(attStmt.get('alg'), attStmt.get('sig'));

    // WebAuthn L3 §7.1 steps 14–17 and 20–22; also that outer `id` and `rawId` agree
    const { verified, registrationInfo: info } = await verifyRegistrationResponse({
      response,
      expectedChallenge: expected.challenge,
      expectedOrigin: [...expected.origins],
      expectedRPID: [...expected.rpIds],
      requireUserPresence: expected.userPresence,
      requireUserVerification: expected.userVerification,
      supportedAlgorithmIDs: [...expected.algorithms],
    });
    if (!verified) refuse('verification_failed', 'the attestation statement is not valid');
    const { id, publicKey } = info.credential;
    checkCredentialId(id, response.id);
    checkKeyBytes(authData, publicKey);
    const algorithm = checkPublicKey(isoCBOR.decodeFirst(publicKey));
    const x5c = readCertificates(info.fmt, attStmt);
    checkSelfAttestation(info.fmt, attStmt, algorithm);
    return {
      ...state,
      id,
      publicKey,
      algorithm,
      aaguid: info.aaguid,
      fmt: info.fmt,
      x5c,
      rpId: info.rpID ?? refuse('verification_failed', 'no RP ID matched'),
      origin: clientData.origin,
      transports: sanitiseTransports(response.response.transports),
      discoverable: response.clientExtensionResults?.credProps?.rk ?? null,
      attachment: readAttachment(response.authenticatorAttachment),
      attestationObject,
      clientDataJSON: clientData.bytes,
    };
  });
}

/**
 * Verifies an assertion (WebAuthn L3 §7.2) as far as response and expectation go. The caller still
 * owes steps 5–6 (whose credential), 19 (BE unchanged) and 22 (the counter).
 */
export function verifyAuthentication(
  response: AuthenticationResponseJSON,
  expected: ExpectedAuthentication,
): Promise<VerifiedAuthentication> {
  return refusing(async () => {
    const clientData = parseClientData(response.response.clientDataJSON);
    checkClientData(clientData, 'webauthn.get', expected);
    const state = readAuthenticatorState(
      decodeBase64Url(response.response.authenticatorData, 'authenticatorData'),
    );
    // WebAuthn L3 §7.2 step 16: no assertion goes without a person
    checkState(state, { ...expected, userPresence: true });
    checkSpelling(
      isEs256(expected.publicKey) ? -7 : null,
      decodeBase64Url(response.response.signature, 'signature'),
    );

    // WebAuthn L3 §7.2 steps 15–18 and 20–21
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: expected.challenge,
      expectedOrigin: [...expected.origins],
      expectedRPID: [...expected.rpIds],
      requireUserVerification: expected.userVerification,
      // Step 22 comes after the signature, and the library's own check before it: with 0 it passes
      // every count, and a fall is judged by the caller on a signature that is known to be good.
      credential: { id: response.id, publicKey: new Uint8Array(expected.publicKey), counter: 0 },
    });
    // WebAuthn L3 §7.2 step 21: for a wrong signature the library resolves, with all the rest filled in
    if (!verified) refuse('verification_failed', 'the signature is not valid');
    return {
      ...state,
      rpId: info.rpID,
      origin: clientData.origin,
      attachment: readAttachment(response.authenticatorAttachment),
    };
  });
}

/**
 * The one spelling in which we store a public key that another server verified with until now.
 *
 * @param key the bytes of a COSE_Key, or its parameters
 * @throws {RpError} whose `detail` says why we could not verify with it
 */
export function acceptPublicKey(key: Uint8Array | ReadonlyMap<number, number | Uint8Array>): {
  publicKey: Uint8Array;
  algorithm: number;
} {
  const parameters = key instanceof Uint8Array ? readCoseKey(key) : key;
  const algorithm = checkPublicKey(parameters);
  if (algorithm === -48 && !SettingsService.runtimeSupportsPQC()) {
    refuse('verification_failed', 'this runtime has no ML-DSA');
  }
  // CTAP 2.1 §8: keys in the order of their bytes, so 1, 3, -1, -2, -3.
  const rank = (label: number) => (label < 0 ? 31 - label : label);
  const sorted = [...parameters].sort(([one], [other]) => rank(one) - rank(other));
  return { publicKey: isoCBOR.encode(new Map(sorted)), algorithm };
}

function readCoseKey(bytes: Uint8Array): Map<number, number | Uint8Array> {
  try {
    const map = isoCBOR.decodeFirst<Map<number, number | Uint8Array>>(new Uint8Array(bytes));
    // As with attestation objects: one item and no more, and none that runs past the end.
    if (map instanceof Map && equal(isoCBOR.encode(map), bytes)) return map;
  } catch {
    // What can't be decoded is no key either.
  }
  return refuse('verification_failed', 'not one canonical COSE key');
}

function checkClientData(clientData: ClientData, type: string, expected: Expected): void {
  // WebAuthn L3 §7.1 step 7, §7.2 step 10
  if (clientData.type !== type) refuse('verification_failed', `type is not ${type}`);
  // WebAuthn L3 §7.1 step 8, §7.2 step 11
  if (clientData.challenge !== expected.challenge) {
    refuse('challenge_invalid', 'the response answers another challenge');
  }
  // WebAuthn L3 §7.1 step 9, §7.2 step 12
  if (!expected.origins.includes(clientData.origin)) {
    refuse('origin_mismatch', `origin ${JSON.stringify(clientData.origin.slice(0, 256))}`);
  }
  // WebAuthn L3 §7.1 step 10, §7.2 step 13: no page may embed us
  if (clientData.crossOrigin === true) refuse('verification_failed', 'crossOrigin is true');
  // WebAuthn L3 §7.1 step 11, §7.2 step 14
  if (clientData.topOrigin !== undefined) refuse('verification_failed', 'topOrigin is present');
}

interface Attestation {
  readonly authData: Uint8Array;
  readonly attStmt: ReadonlyMap<unknown, unknown>;
}

/** Opens an attestation object of a format we support. */
function readAttestationObject(bytes: Uint8Array): Attestation {
  const map = isoCBOR.decodeFirst<Parameters<typeof isoCBOR.encode>[0]>(new Uint8Array(bytes));
  // WebAuthn L3 §7.1 step 13: one item and no more. The decoder ignores what follows it and lets a
  // string run past the end; an object in canonical form comes out of the encoder as it went in.
  if (!(map instanceof Map) || !equal(isoCBOR.encode(map), bytes)) {
    refuse('verification_failed', 'the attestation object is not one canonical CBOR map');
  }
  // WebAuthn L3 §7.1 step 21
  if (!attestationFormats.includes(map.get('fmt'))) {
    refuse('verification_failed', `attestation format ${String(map.get('fmt')).slice(0, 32)}`);
  }
  const authData = map.get('authData');
  if (!(authData instanceof Uint8Array)) refuse('verification_failed', 'no authenticator data');
  const attStmt = map.get('attStmt');
  if (!(attStmt instanceof Map)) refuse('verification_failed', 'no attestation statement');
  return { authData, attStmt };
}

function checkState(
  state: AuthenticatorState,
  expected: { userPresence: boolean; userVerification: boolean },
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

/** RFC 9053 §7.1.1: how a canonical key of this algorithm begins, {1: 2, 3: -7, …}. */
const es256Head = Uint8Array.of(0xa5, 0x01, 0x02, 0x03, 0x26);

function isEs256(publicKey: Uint8Array): boolean {
  return equal(publicKey.subarray(0, es256Head.length), es256Head);
}

/** WebAuthn L3 §6.5.5: an ES256 signature has one spelling; the others have one by their nature. */
function checkSpelling(algorithm: unknown, signature: unknown): void {
  if (algorithm === -7 && signature instanceof Uint8Array && !isDerSignature(signature)) {
    refuse('verification_failed', 'the signature is not in DER');
  }
}

function checkCredentialId(attested: string, outer: string): void {
  // WebAuthn L3 §7.1 step 25
  const { length } = Buffer.from(attested, 'base64url');
  if (length === 0 || length > 1023) refuse('verification_failed', `id of ${length} bytes`);
  // WebAuthn L3 §7.1 step 26 looks the id up: it must be the one the authenticator attested
  if (attested !== outer) refuse('verification_failed', 'id is not the attested one');
}

/** The library hands out the key re-encoded, which mends a truncated one: it must be as attested. */
function checkKeyBytes(authData: Uint8Array, publicKey: Uint8Array): void {
  const view = new DataView(authData.buffer, authData.byteOffset, authData.byteLength);
  const start = 55 + view.getUint16(53);
  if (!equal(authData.subarray(start, start + publicKey.length), publicKey)) {
    refuse('verification_failed', 'the public key is not canonical CBOR');
  }
}

/** The library reads the first certificate alone, and takes an `x5c` that is falsy for none. */
function readCertificates(fmt: string, attStmt: Attestation['attStmt']): readonly Uint8Array[] {
  if (!attStmt.has('x5c')) return [];
  const x5c = attStmt.get('x5c');
  // WebAuthn L3 §8.2 and §8.6: at least one, and of fido-u2f exactly one
  const fits =
    Array.isArray(x5c) &&
    (fmt === 'fido-u2f' ? x5c.length === 1 : x5c.length > 0) &&
    x5c.every((each): each is Uint8Array => each instanceof Uint8Array);
  return fits ? x5c : refuse('verification_failed', 'x5c is no list of certificates');
}

/** WebAuthn L3 §8.2, self attestation: `alg` is the algorithm of the key, which the library skips. */
function checkSelfAttestation(fmt: string, attStmt: Attestation['attStmt'], algorithm: number) {
  if (fmt === 'packed' && !attStmt.has('x5c') && attStmt.get('alg') !== algorithm) {
    refuse('verification_failed', 'self attestation by another algorithm than the key has');
  }
}

function readAttachment(value: unknown): string | null {
  return value === 'platform' || value === 'cross-platform' ? value : null;
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** Whatever the library throws, and however malformed the response, a caller sees an RpError. */
async function refusing<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (cause) {
    if (cause instanceof RpError) throw cause;
    throw new RpError('verification_failed', { detail: 'the response does not verify', cause });
  }
}

function refuse(code: ErrorCode, detail: string): never {
  throw new RpError(code, { detail });
}

/**
 * The responses of both ceremonies, read once: what is handed on from here is what every later step judges.
 *
 * Guarantees: nothing of it was judged, but all of it has the right types and one spelling; throws nothing
 * but RpError, whatever came.
 */
import { type AttestationObject, readAttestationObject } from './attestation-object.ts';
import { type AttestedCredential, readAttestedCredential } from './attested-credential.ts';
import { type AuthenticatorState, readAuthenticatorState } from './authenticator-data.ts';
import { type ClientData, decodeBase64Url, parseClientData } from './client-data.ts';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from './library.ts';
import { asRefusal, refuse } from './refuse.ts';
import { sanitiseTransports } from './transports.ts';

interface Reading<Response> {
  /** As it came: the library reads it for itself. */
  readonly response: Response;
  readonly clientData: ClientData;
  readonly state: AuthenticatorState;
  readonly attachment: string | null;
}

export interface RegistrationReading extends Reading<RegistrationResponseJSON> {
  readonly attestation: AttestationObject;
  readonly credential: AttestedCredential;
  readonly transports: string[];
  /** What the client says of it (`credProps`, WebAuthn L3 §10.1.3); null if it says nothing. */
  readonly discoverable: boolean | null;
}

export interface AuthenticationReading extends Reading<AuthenticationResponseJSON> {
  /** The ID of the credential, in base64url. */
  readonly id: string;
  /** In base64url. */
  readonly userHandle: string | undefined;
  readonly signature: Uint8Array;
}

/**
 * No client and no authenticator writes as much, and what a registration brings is kept: nobody gets to keep
 * padding here. In bytes.
 */
const longestClientData = 4096;
const longestAuthenticatorData = 4096;

/** @throws {RpError} `invalid_request`, `verification_failed` */
export function readRegistration(response: RegistrationResponseJSON): RegistrationReading {
  return refusing(() => {
    const { clientDataJSON, attestationObject, transports } = response.response;
    const clientData = parseClientData(clientDataJSON);
    if (clientData.bytes.length > longestClientData) {
      refuse('invalid_request', `client data of ${clientData.bytes.length} bytes`);
    }
    const attestation = readAttestationObject(
      decodeBase64Url(attestationObject, 'attestationObject'),
    );
    const { length } = attestation.authData;
    if (length > longestAuthenticatorData) {
      refuse('verification_failed', `authenticator data of ${length} bytes`);
    }
    return {
      response,
      clientData,
      attestation,
      state: readAuthenticatorState(attestation.authData),
      credential: readAttestedCredential(attestation.authData),
      transports: sanitiseTransports(transports),
      discoverable: response.clientExtensionResults?.credProps?.rk ?? null,
      attachment: readAttachment(response.authenticatorAttachment),
    };
  });
}

/** @throws {RpError} `invalid_request`, `verification_failed` */
export function readAuthentication(response: AuthenticationResponseJSON): AuthenticationReading {
  return refusing(() => {
    const { clientDataJSON, authenticatorData, signature, userHandle } = response.response;
    return {
      response,
      clientData: parseClientData(clientDataJSON),
      state: readAuthenticatorState(decodeBase64Url(authenticatorData, 'authenticatorData')),
      id: response.id,
      userHandle,
      signature: decodeBase64Url(signature, 'signature'),
      attachment: readAttachment(response.authenticatorAttachment),
    };
  });
}

function readAttachment(value: unknown): string | null {
  return value === 'platform' || value === 'cross-platform' ? value : null;
}

function refusing<Read>(read: () => Read): Read {
  try {
    return read();
  } catch (thrown) {
    throw asRefusal(thrown);
  }
}

/**
 * The test vectors of WebAuthn L3 §16: in hexadecimal as the specification prints them, and as JSON responses.
 */
import { readFileSync } from 'node:fs';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '../webauthn/library.ts';

interface Flags {
  readonly up: boolean;
  readonly uv: boolean;
  readonly be: boolean;
  readonly bs: boolean;
}

export interface Vector {
  /** The anchor in the spec, such as `sctn-test-vectors-none-es256`. */
  readonly id: string;
  readonly name: string;
  readonly registration: {
    readonly challenge: string;
    readonly credential_id: string;
    readonly clientDataJSON: string;
    readonly attestationObject: string;
  };
  readonly authentication: {
    readonly challenge: string;
    readonly authenticatorData: string;
    readonly clientDataJSON: string;
    readonly signature: string;
  };
  /** Values in the bytes above, as another implementation reads them. */
  readonly derived: {
    readonly attestationFormat: string;
    readonly coseAlg: number;
    readonly credentialPublicKeyCose: string;
    readonly registrationFlags: Flags;
    readonly authenticationFlags: Flags;
    readonly registrationSignCount: number;
    readonly authenticationSignCount: number;
    readonly aaguidInAuthData: string;
  };
}

interface VectorFile {
  readonly rpId: string;
  readonly origin: string;
  /** The root of all certificates in the vectors. */
  readonly attestationRoot: { readonly attestation_ca_cert: string };
  readonly vectors: readonly Vector[];
}

const file = new URL('./webauthn-l3-vectors.json', import.meta.url);

export const { rpId, origin, attestationRoot, vectors } = JSON.parse(
  readFileSync(file, 'utf8'),
) as VectorFile;

export function registrationResponse({ registration }: Vector): RegistrationResponseJSON {
  return {
    ...envelope(registration.credential_id),
    response: {
      clientDataJSON: hexToBase64url(registration.clientDataJSON),
      attestationObject: hexToBase64url(registration.attestationObject),
      transports: [],
    },
  };
}

export function authenticationResponse(vector: Vector): AuthenticationResponseJSON {
  const { authentication, registration } = vector;
  return {
    ...envelope(registration.credential_id),
    response: {
      clientDataJSON: hexToBase64url(authentication.clientDataJSON),
      authenticatorData: hexToBase64url(authentication.authenticatorData),
      signature: hexToBase64url(authentication.signature),
    },
  };
}

function envelope(idHex: string) {
  const id = hexToBase64url(idHex);
  return { id, rawId: id, type: 'public-key', clientExtensionResults: {} } as const;
}

export function hexToBase64url(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}

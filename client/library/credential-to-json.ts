import { bufferToBase64URLString } from '@simplewebauthn/browser';

/**
 * A credential as the JSON of the specification. The platform's `toJSON()` comes first; by hand for
 * Safari before 18.4 and for password managers whose stand-in objects inherit a `toJSON` that
 * throws "Illegal invocation".
 */
export function credentialToJSON(
  credential: PublicKeyCredential,
): RegistrationResponseJSON | AuthenticationResponseJSON {
  try {
    return credential.toJSON();
  } catch {
    return byHand(credential);
  }
}

function byHand(credential: PublicKeyCredential) {
  const response = credential.response as AuthenticatorAttestationResponse &
    AuthenticatorAssertionResponse;
  return {
    id: credential.id,
    rawId: bufferToBase64URLString(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults() as object,
    response: response.attestationObject ? attestation(response) : assertion(response),
  } as RegistrationResponseJSON | AuthenticationResponseJSON;
}

function assertion(response: AuthenticatorAssertionResponse) {
  return {
    clientDataJSON: bufferToBase64URLString(response.clientDataJSON),
    authenticatorData: bufferToBase64URLString(response.authenticatorData),
    signature: bufferToBase64URLString(response.signature),
    userHandle: encode(response.userHandle),
  };
}

/** The getters repeat what the attestation object says, and stand-in objects break them: none is a must. */
function attestation(response: AuthenticatorAttestationResponse) {
  return {
    clientDataJSON: bufferToBase64URLString(response.clientDataJSON),
    attestationObject: bufferToBase64URLString(response.attestationObject),
    transports: attempt(() => response.getTransports()) ?? [],
    publicKeyAlgorithm: attempt(() => response.getPublicKeyAlgorithm()),
    publicKey: encode(attempt(() => response.getPublicKey())),
    authenticatorData: encode(attempt(() => response.getAuthenticatorData())),
  };
}

function encode(bytes: ArrayBuffer | null | undefined): string | undefined {
  return bytes ? bufferToBase64URLString(bytes) : undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

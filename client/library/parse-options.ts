import { base64URLStringToBuffer } from '@simplewebauthn/browser';

/**
 * Options as JSON to options with bytes. The platform's own parsers come first: they know every
 * extension. By hand, for Safari before 18.4: the fields of the specification and the PRF inputs.
 */

/** For `navigator.credentials.get` (WebAuthn L3 §5.1.9). */
export function parseRequestOptions(
  json: PublicKeyCredentialRequestOptionsJSON,
): PublicKeyCredentialRequestOptions {
  return (
    globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON?.(json) ??
    ({
      ...json,
      challenge: base64URLStringToBuffer(json.challenge),
      allowCredentials: descriptors(json.allowCredentials),
      extensions: extensions(json.extensions),
    } as PublicKeyCredentialRequestOptions)
  );
}

/** For `navigator.credentials.create` (WebAuthn L3 §5.1.8). */
export function parseCreationOptions(
  json: PublicKeyCredentialCreationOptionsJSON,
): PublicKeyCredentialCreationOptions {
  return (
    globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON?.(json) ??
    ({
      ...json,
      challenge: base64URLStringToBuffer(json.challenge),
      user: { ...json.user, id: base64URLStringToBuffer(json.user.id) },
      excludeCredentials: descriptors(json.excludeCredentials),
      extensions: extensions(json.extensions),
    } as PublicKeyCredentialCreationOptions)
  );
}

function descriptors(list: PublicKeyCredentialDescriptorJSON[] = []) {
  return list.map((entry) => ({ ...entry, id: base64URLStringToBuffer(entry.id) }));
}

function extensions(json: AuthenticationExtensionsClientInputsJSON = {}): object {
  return json.prf ? { ...json, prf: prfInputs(json.prf) } : json;
}

function prfInputs({ eval: values, evalByCredential }: AuthenticationExtensionsPRFInputsJSON) {
  return {
    ...(values && { eval: prfValues(values) }),
    ...(evalByCredential && {
      evalByCredential: Object.fromEntries(
        Object.entries(evalByCredential).map(([id, salts]) => [id, prfValues(salts)]),
      ),
    }),
  };
}

function prfValues({ first, second }: AuthenticationExtensionsPRFValuesJSON) {
  return {
    first: base64URLStringToBuffer(first),
    ...(second && { second: base64URLStringToBuffer(second) }),
  };
}

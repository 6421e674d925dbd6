/**
 * `@simplewebauthn/server`, set up so that it verifies and does nothing else. Nothing but this file
 * imports it.
 *
 * Guarantees: it makes no network request, whatever certificates a response carries, and it refuses no
 * client data for a member that WebAuthn L3 reserves.
 */
import {
  SettingsService,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import {
  _decodeClientDataJSONInternals as clientDataHook,
  generateChallenge,
  isoCBOR,
} from '@simplewebauthn/server/helpers';
import { offerPromptCrypto } from './prompt-crypto.ts';

export type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialDescriptorJSON,
  PublicKeyCredentialHint,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';

// Any call makes the library look for its cryptography, and keep what it finds.
await offerPromptCrypto(generateChallenge);

// The library fetches the revocation lists that certificates name as soon as it has a trust anchor
// to chain them to. Without anchors it never walks a path. (It looks at no `basicConstraints`, so a
// path to a real root proves less than it seems: any key certified under it could sign the URL.)
for (const identifier of ['apple', 'android-key', 'android-safetynet', 'mds'] as const) {
  SettingsService.setRootCertificates({ identifier, certificates: [] });
}

// WebAuthn L3 §5.8.1 reserves `tokenBinding`. The library judges it by older rules, which differ between
// its two calls, so that a passkey could be registered and never sign in: it does not get to see it.
clientDataHook.stubThis = ({ tokenBinding: _reserved, ...clientData }) => clientData;

export const libraryVerifiesRegistration = verifyRegistrationResponse;
export const libraryVerifiesAuthentication = verifyAuthenticationResponse;

/** Whether the runtime can verify ML-DSA signatures. */
export const supportsMlDsa = (): boolean => SettingsService.runtimeSupportsPQC();

export type Cbor = Parameters<typeof isoCBOR.encode>[0];

/** Decodes the first item. It ignores what follows, and lets a string run past the end. */
export function decodeCbor(bytes: Uint8Array): Cbor {
  return isoCBOR.decodeFirst(new Uint8Array(bytes));
}

export const encodeCbor = (item: Cbor): Uint8Array => isoCBOR.encode(item);

/** The site that tests of single ceremonies register at, and the options it would send. */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '../webauthn/library.ts';
import { readAuthentication, readRegistration } from '../webauthn/read-response.ts';
import {
  type ExpectedAuthentication,
  verifyAuthentication,
} from '../webauthn/verify-authentication.ts';
import { type ExpectedRegistration, verifyRegistration } from '../webauthn/verify-registration.ts';
import { algorithms } from './cose.ts';

export const site = {
  origin: 'https://example.org',
  rpId: 'example.org',
  challenge: 'Y2hhbGxlbmdlIG9mIHRoZSBjZXJlbW9ueSBoZXJl',
} as const;

export const creationOptions: PublicKeyCredentialCreationOptionsJSON = {
  rp: { id: site.rpId, name: 'Example' },
  user: { id: 'dXNlciBoYW5kbGU', name: 'ada', displayName: 'Ada' },
  challenge: site.challenge,
  pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
};

export const requestOptions: PublicKeyCredentialRequestOptionsJSON = {
  rpId: site.rpId,
  challenge: site.challenge,
  userVerification: 'required',
};

export const expectedRegistration = {
  challenge: site.challenge,
  origins: [site.origin],
  appOrigins: { apple: [], android: [] },
  rpIds: [site.rpId],
  userPresence: true,
  userVerification: true,
  algorithms,
  attestation: 'none',
} as const;

/** Reads a response and verifies what was read, as the ceremonies do. */
export const register = async (
  response: RegistrationResponseJSON,
  expected: ExpectedRegistration,
) => verifyRegistration(readRegistration(response), expected);

export const authenticate = async (
  response: AuthenticationResponseJSON,
  expected: ExpectedAuthentication,
) => verifyAuthentication(readAuthentication(response), expected);

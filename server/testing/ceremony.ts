/** The site that tests of single ceremonies register at, and the options it would send. */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '../webauthn/verify.ts';
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
  rpIds: [site.rpId],
  userPresence: true,
  userVerification: true,
  algorithms,
} as const;

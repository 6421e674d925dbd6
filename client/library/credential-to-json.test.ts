import { expect, test } from 'vitest';
import { credentialToJSON } from './credential-to-json.ts';

const bytes = (...values: number[]) => new Uint8Array(values).buffer;

/** As password managers make them: the platform's `toJSON` is there, but refuses to work. */
function standIn(response: object): PublicKeyCredential {
  return {
    id: 'AQ',
    rawId: bytes(1),
    type: 'public-key',
    authenticatorAttachment: null,
    getClientExtensionResults: () => ({ credProps: { rk: true } }),
    toJSON: () => {
      throw new TypeError('Illegal invocation');
    },
    response,
  } as unknown as PublicKeyCredential;
}

const outside = {
  id: 'AQ',
  rawId: 'AQ',
  type: 'public-key',
  clientExtensionResults: { credProps: { rk: true } },
};

test('the platform converts where it can', () => {
  const json = { id: 'AQ' };
  const credential = { toJSON: () => json } as unknown as PublicKeyCredential;
  expect(credentialToJSON(credential)).toBe(json);
});

test('an assertion by hand', () => {
  const response = {
    clientDataJSON: bytes(1),
    authenticatorData: bytes(2),
    signature: bytes(251, 255),
    userHandle: bytes(4),
  };
  expect(credentialToJSON(standIn(response))).toEqual({
    ...outside,
    response: {
      clientDataJSON: 'AQ',
      authenticatorData: 'Ag',
      signature: '-_8',
      userHandle: 'BA',
    },
  });
});

test('an assertion without a user handle says nothing of it', () => {
  const response = {
    clientDataJSON: bytes(1),
    authenticatorData: bytes(2),
    signature: bytes(3),
    userHandle: null,
  };
  expect(JSON.stringify(credentialToJSON(standIn(response)))).not.toContain('userHandle');
});

test('an attestation by hand', () => {
  const response = {
    clientDataJSON: bytes(1),
    attestationObject: bytes(2),
    getTransports: () => ['internal', 'hybrid'],
    getPublicKeyAlgorithm: () => -7,
    getPublicKey: () => bytes(3),
    getAuthenticatorData: () => bytes(4),
  };
  expect(credentialToJSON(standIn(response))).toEqual({
    ...outside,
    response: {
      clientDataJSON: 'AQ',
      attestationObject: 'Ag',
      transports: ['internal', 'hybrid'],
      publicKeyAlgorithm: -7,
      publicKey: 'Aw',
      authenticatorData: 'BA',
    },
  });
});

test('an attestation whose getters are broken or missing still has what matters', () => {
  const response = {
    clientDataJSON: bytes(1),
    attestationObject: bytes(2),
    getPublicKey: () => {
      throw new TypeError('Illegal invocation');
    },
  };
  expect(JSON.parse(JSON.stringify(credentialToJSON(standIn(response)))).response).toEqual({
    clientDataJSON: 'AQ',
    attestationObject: 'Ag',
    transports: [],
  });
});

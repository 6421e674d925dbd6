import { describe, expect, it } from 'vitest';
import { RpError } from '../errors.ts';
import * as ceremony from '../testing/ceremony.ts';
import {
  authenticationResponse,
  hexToBase64url,
  origin,
  registrationResponse,
  rpId,
  type Vector,
  vectors,
} from '../testing/vectors.ts';

interface Refusal {
  readonly why: string;
  /** What the log says: the refusal has to come for that reason and for no other. */
  readonly log: RegExp;
}

const crossOrigin: Refusal = { why: 'no page may embed us', log: /crossOrigin is true/ };

/** What we refuse of the spec's own examples. All else must verify. */
const refusals: Record<string, { registration?: Refusal; authentication?: Refusal }> = {
  'none-es256-crossOrigin': { registration: crossOrigin, authentication: crossOrigin },
  'none-es256-topOrigin': { registration: crossOrigin, authentication: crossOrigin },
  'packed-ed448': {
    registration: { why: 'Ed448 is never offered', log: /algorithm -53/ },
    authentication: { why: 'the library has no Ed448', log: /invalid alg -53/ },
  },
  'tpm-es256': {
    registration: { why: 'the library knows no such TPM vendor', log: /TPM manufacturer/ },
  },
  'fido-u2f-es256': {
    registration: { why: 'the library wants an AAGUID of zeros', log: /AAGUID .* not expected/ },
  },
};

const prefix = 'sctn-test-vectors-';
const algorithms = [-48, -8, -7, -257, -35, -36, -53];

function expectedOf(challenge: string, userVerification: boolean) {
  return {
    challenge: hexToBase64url(challenge),
    origins: [origin],
    appOrigins: { apple: [], android: [] },
    rpIds: [rpId],
    userVerification,
  };
}

const register = (vector: Vector) =>
  ceremony.register(registrationResponse(vector), {
    ...expectedOf(vector.registration.challenge, vector.derived.registrationFlags.uv),
    userPresence: true,
    algorithms,
    attestation: 'direct',
  });

const authenticate = (vector: Vector) =>
  ceremony.authenticate(authenticationResponse(vector), {
    ...expectedOf(vector.authentication.challenge, vector.derived.authenticationFlags.uv),
    publicKey: Buffer.from(vector.derived.credentialPublicKeyCose, 'hex'),
  });

async function expectRefusal(promise: Promise<unknown>, refusal: Refusal): Promise<void> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RpError);
  const { code, detail, cause } = error as RpError;
  expect(code).toBe('verification_failed');
  expect(`${detail} ${cause}`).toMatch(refusal.log);
}

describe('the test vectors of WebAuthn L3 §16', () => {
  it('are all here, and each refusal names one of them', () => {
    const ids = vectors.map(({ id }) => id.replace(prefix, ''));
    expect(ids).toHaveLength(15);
    expect(ids).toEqual(expect.arrayContaining(Object.keys(refusals)));
  });

  for (const vector of vectors) {
    const { derived, name } = vector;
    const refused = refusals[vector.id.replace(prefix, '')] ?? {};

    const registrationRefusal = refused.registration;
    if (registrationRefusal !== undefined) {
      it(`${name}: registration refused (${registrationRefusal.why})`, async () => {
        await expectRefusal(register(vector), registrationRefusal);
      });
    } else {
      it(`${name}: registration`, async () => {
        const verified = await register(vector);
        expect(verified).toMatchObject({
          id: hexToBase64url(vector.registration.credential_id),
          algorithm: derived.coseAlg,
          signCount: derived.registrationSignCount,
          userPresent: derived.registrationFlags.up,
          userVerified: derived.registrationFlags.uv,
          backupEligible: derived.registrationFlags.be,
          backedUp: derived.registrationFlags.bs,
          fmt: derived.attestationFormat,
          rpId,
          origin,
          transports: [],
          attachment: null,
        });
        expect(verified.aaguid.replaceAll('-', '')).toBe(derived.aaguidInAuthData);
        expect(hex(verified.publicKey)).toBe(derived.credentialPublicKeyCose);
        expect(hex(verified.attestationObject)).toBe(vector.registration.attestationObject);
        expect(hex(verified.clientDataJSON)).toBe(vector.registration.clientDataJSON);
      });
    }

    const authenticationRefusal = refused.authentication;
    if (authenticationRefusal !== undefined) {
      it(`${name}: authentication refused (${authenticationRefusal.why})`, async () => {
        await expectRefusal(authenticate(vector), authenticationRefusal);
      });
    } else {
      it(`${name}: authentication`, async () => {
        expect(await authenticate(vector)).toEqual({
          signCount: derived.authenticationSignCount,
          userPresent: derived.authenticationFlags.up,
          userVerified: derived.authenticationFlags.uv,
          backupEligible: derived.authenticationFlags.be,
          backedUp: derived.authenticationFlags.bs,
          rpId,
          origin,
          attachment: null,
        });
      });
    }
  }
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/**
 * The shapes of the ceremonies: the same schemas judge requests, and are published as OpenAPI. Unknown members
 * of a body are dropped, because clients of a later specification may send more.
 */
import { z } from 'zod';
import { credential, signals, suggestion, upgradeReason, user } from './account.ts';
import { blob, credentialId, fewOf, linkToken, userHandle } from './encodings.ts';

/**
 * WebAuthn L3 §7.1 step 28: those not asked for are ignored, and none is a must. Some providers leave the
 * member out, or say null.
 */
const clientExtensionResults = z
  .looseObject({
    credProps: z.looseObject({ rk: z.boolean() }).partial().optional().catch(undefined),
  })
  .nullish()
  .transform((results) => results ?? {});

const publicKeyCredential = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  authenticatorAttachment: z.string().max(64).nullish(),
  clientExtensionResults,
};

const publicKeyCredentialExample = {
  id: '6oPjVbd2Xk2lqhOUFvY0QYl4gJM',
  rawId: '6oPjVbd2Xk2lqhOUFvY0QYl4gJM',
  type: 'public-key',
  authenticatorAttachment: 'platform',
  clientExtensionResults: {},
};

const idsAgree = ({ id, rawId }: { id: string; rawId: string }) => id === rawId;

export const registrationResponse = z
  .object({
    ...publicKeyCredential,
    response: z.object({
      clientDataJSON: blob,
      attestationObject: blob,
      // Some providers say null for "not known".
      transports: fewOf(z.string().max(64), 32)
        .nullish()
        .transform((transports) => transports ?? undefined),
    }),
  })
  .refine(idsAgree, { path: ['rawId'], message: 'expected the same as id' })
  .meta({
    id: 'RegistrationResponseJSON',
    description: 'As `PublicKeyCredential.toJSON()` makes it.',
    examples: [
      {
        ...publicKeyCredentialExample,
        response: {
          clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0',
          attestationObject: 'o2NmbXRkbm9uZWdhdHRTdG10oA',
          transports: ['internal', 'hybrid'],
        },
      },
    ],
  });

export const authenticationResponse = z
  .object({
    ...publicKeyCredential,
    response: z.object({
      clientDataJSON: blob,
      authenticatorData: blob,
      signature: blob,
      // Some platforms say null, and old ones an empty text, for "none".
      userHandle: z
        .union([userHandle, z.literal(''), z.null()])
        .optional()
        .transform((handle) => handle || undefined),
    }),
  })
  .refine(idsAgree, { path: ['rawId'], message: 'expected the same as id' })
  .meta({
    id: 'AuthenticationResponseJSON',
    description: 'As `PublicKeyCredential.toJSON()` makes it.',
    examples: [
      {
        ...publicKeyCredentialExample,
        response: {
          clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0',
          authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA',
          signature: 'MEUCIQDYcRs2yKsBzGGZ2mP1h3o0S7Sx',
          userHandle: '3kq0n8X1m5rJfA2oYb7tZl9eQw4uVs6cKdGhTiNpMzE',
        },
      },
    ],
  });

const hint = z.enum(['security-key', 'client-device', 'hybrid']);

export const registrationOptionsBody = z
  .object({
    username: z.string().min(1).max(256).optional(),
    displayName: z.string().max(256).optional(),
    invitation: linkToken.optional(),
    mediation: z.literal('conditional').optional(),
    upgrades: credentialId.optional(),
    hints: fewOf(hint, 3).optional(),
  })
  .meta({
    id: 'RegistrationOptionsRequest',
    description:
      'With `username` or `invitation` it opens an account; without, it adds a passkey to this account.',
    examples: [{ username: 'ada', displayName: 'Ada Lovelace' }],
  });

export const authenticationOptionsBody = z
  .object({
    username: z.string().min(1).max(256).optional(),
    mediation: z.enum(['conditional', 'immediate']).optional(),
    purpose: z.enum(['sign-in', 'step-up', 'vault']).optional().meta({
      description:
        '`vault` is a step-up whose PRF results open the vault: 400 if the server has no vaults.',
    }),
    rpId: z.string().max(253).optional(),
  })
  .meta({ id: 'AuthenticationOptionsRequest', examples: [{ mediation: 'conditional' }] });

const descriptors = z.array(
  z.object({ id: credentialId, type: z.literal('public-key'), transports: z.array(z.string()) }),
);
const requirement = z.enum(['required', 'preferred', 'discouraged']);

/** WebAuthn L3 §10.1.4. */
const prf = z.object({ eval: z.object({ first: blob, second: blob.optional() }) }).meta({
  id: 'PrfInputs',
  description: 'What passkeys open vaults with. `second` during a rotation.',
});

export const creationOptions = z
  .object({
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: userHandle, name: z.string(), displayName: z.string() }),
    challenge: blob,
    pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
    timeout: z.int(),
    excludeCredentials: descriptors,
    authenticatorSelection: z.object({
      residentKey: requirement,
      requireResidentKey: z.boolean(),
      userVerification: requirement,
    }),
    hints: z.array(hint),
    attestation: z.enum(['none', 'direct']),
    extensions: z.object({ credProps: z.boolean(), prf: prf.optional() }),
  })
  .meta({
    id: 'PublicKeyCredentialCreationOptionsJSON',
    description: 'For `PublicKeyCredential.parseCreationOptionsFromJSON()`.',
    examples: [
      {
        rp: { id: 'example.com', name: 'Example' },
        user: {
          id: '3kq0n8X1m5rJfA2oYb7tZl9eQw4uVs6cKdGhTiNpMzE',
          name: 'ada',
          displayName: 'Ada Lovelace',
        },
        challenge: 'AZ1c0mGDd7YyXW2iR4nK8pQ',
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        timeout: 600_000,
        excludeCredentials: [],
        authenticatorSelection: {
          residentKey: 'required',
          requireResidentKey: true,
          userVerification: 'required',
        },
        hints: [],
        attestation: 'none',
        extensions: { credProps: true },
      },
    ],
  });

export const requestOptions = z
  .object({
    rpId: z.string(),
    challenge: blob,
    timeout: z.int(),
    allowCredentials: descriptors,
    userVerification: requirement,
    hints: z.array(hint),
    extensions: z.object({ prf }).optional(),
  })
  .meta({
    id: 'PublicKeyCredentialRequestOptionsJSON',
    description: 'For `PublicKeyCredential.parseRequestOptionsFromJSON()`.',
    examples: [
      {
        rpId: 'example.com',
        challenge: 'AZ1c0mGDd7YyXW2iR4nK8pQ',
        timeout: 600_000,
        allowCredentials: [],
        userVerification: 'required',
        hints: [],
      },
    ],
  });

export const registered = z
  .object({
    user,
    credential,
    superseded: credentialId
      .nullable()
      .meta({ description: 'The credential whose place the new one took.' }),
    signals,
  })
  .meta({ id: 'Registered' });

export const authenticated = z
  .object({
    user,
    credential,
    userVerified: z.boolean(),
    upgrade: z
      .object({ reason: upgradeReason, credentialId })
      .nullable()
      .meta({ description: 'Set if a better passkey should replace the one just used.' }),
    suggestion,
    signals,
  })
  .meta({ id: 'Authenticated' });

/**
 * The shapes of the contract: the same schemas validate requests and are published as OpenAPI.
 * Unknown members of a body are dropped, as clients of a later specification may send more.
 */
import { z } from 'zod';
import { isBase64Url } from '../base64url.ts';

const base64url = (least: number, most: number) =>
  z
    .string()
    .min(Math.ceil((least * 4) / 3))
    .max(Math.ceil((most * 4) / 3))
    .regex(/^[A-Za-z0-9_-]*$/)
    .refine((text): boolean => isBase64Url(text), 'expected base64url without padding');

/** WebAuthn L3 §7.1 step 25: at most 1023 bytes. */
const credentialId = base64url(1, 1023).meta({ id: 'CredentialId' });
/** WebAuthn L3 §5.4.3: 1 to 64 bytes. */
const userHandle = base64url(1, 64);
const blob = base64url(1, 48_000);
const time = z.iso.datetime();
const hints = z.array(z.enum(['security-key', 'client-device', 'hybrid'])).max(3);

/** WebAuthn L3 §7.1 step 28: those not asked for are ignored, and none is a must. */
const clientExtensionResults = z.looseObject({
  credProps: z.looseObject({ rk: z.boolean() }).partial().optional().catch(undefined),
});

const publicKeyCredential = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  authenticatorAttachment: z.string().max(64).nullish(),
  clientExtensionResults,
};

const idsAgree = ({ id, rawId }: { id: string; rawId: string }) => id === rawId;

export const registrationResponse = z
  .object({
    ...publicKeyCredential,
    response: z.object({
      clientDataJSON: blob,
      attestationObject: blob,
      transports: z.array(z.string().max(64)).max(32).optional(),
    }),
  })
  .refine(idsAgree, { path: ['rawId'], message: 'expected the same as id' })
  .meta({ id: 'RegistrationResponseJSON' });

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
  .meta({ id: 'AuthenticationResponseJSON' });

export const registrationOptionsBody = z
  .object({
    username: z.string().min(1).max(256).optional(),
    displayName: z.string().max(256).optional(),
    mediation: z.literal('conditional').optional(),
    upgrades: credentialId.optional(),
    hints: hints.optional(),
  })
  .meta({ id: 'RegistrationOptionsRequest' });

export const authenticationOptionsBody = z
  .object({
    username: z.string().min(1).max(256).optional(),
    mediation: z.enum(['conditional', 'immediate']).optional(),
    purpose: z.enum(['sign-in', 'step-up']).optional(),
    rpId: z.string().max(253).optional(),
  })
  .meta({ id: 'AuthenticationOptionsRequest' });

export const accountChange = z
  .object({
    username: z.string().min(1).max(256).optional(),
    displayName: z.string().min(1).max(256).optional(),
  })
  .meta({ id: 'AccountChange' });

export const credentialChange = z
  .object({ name: z.string().min(1).max(256) })
  .meta({ id: 'CredentialChange' });

const descriptors = z.array(
  z.object({ id: credentialId, type: z.literal('public-key'), transports: z.array(z.string()) }),
);
const requirement = z.enum(['required', 'preferred', 'discouraged']);

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
    hints,
    attestation: z.enum(['none', 'direct']),
    extensions: z.looseObject({}),
  })
  .meta({ id: 'PublicKeyCredentialCreationOptionsJSON' });

export const requestOptions = z
  .object({
    rpId: z.string(),
    challenge: blob,
    timeout: z.int(),
    allowCredentials: descriptors,
    userVerification: requirement,
    hints,
  })
  .meta({ id: 'PublicKeyCredentialRequestOptionsJSON' });

const user = z
  .object({ id: userHandle, username: z.string(), displayName: z.string() })
  .meta({ id: 'User' });

const upgradeReason = z.enum(['legacy-platform-credential', 'former-domain']);
const suggestion = z.enum(['backup-lost', 'local-passkey', 'second-passkey']).nullable();

export const credential = z
  .object({
    id: credentialId,
    name: z.string(),
    provider: z.object({
      aaguid: z.string(),
      name: z.string(),
      icon: z.url().optional(),
      iconDark: z.url().optional(),
    }),
    transports: z.array(z.string()),
    kind: z.enum(['passkey', 'device-bound', 'legacy']),
    backedUp: z.boolean(),
    createdAt: time,
    lastUsedAt: time.nullable(),
    lastUsedOn: z.string().nullable(),
    lastUsedIn: z.string().length(2).nullable(),
    rpId: z.string(),
    state: z.enum(['active', 'superseded', 'suspected-clone', 'revoked']),
    current: z.boolean(),
    upgrade: z.object({ reason: upgradeReason }).nullable(),
  })
  .meta({ id: 'Credential' });

const acceptedCredentials = z.object({
  rpId: z.string(),
  userId: userHandle,
  allAcceptedCredentialIds: z.array(credentialId),
});

const signals = z
  .object({
    allAcceptedCredentials: acceptedCredentials.optional(),
    formerDomains: z.array(acceptedCredentials).optional(),
    currentUserDetails: z
      .object({
        rpId: z.string(),
        userId: userHandle,
        name: z.string(),
        displayName: z.string(),
      })
      .optional(),
  })
  .meta({ id: 'Signals' });

export const registered = z
  .object({ user, credential, superseded: credentialId.nullable(), signals })
  .meta({ id: 'Registered' });

export const authenticated = z
  .object({
    user,
    credential,
    userVerified: z.boolean(),
    upgrade: z.object({ reason: upgradeReason, credentialId }).nullable(),
    suggestion,
    signals,
  })
  .meta({ id: 'Authenticated' });

const session = z.object({
  id: z.string(),
  createdAt: time,
  authenticatedAt: time,
  userVerified: z.boolean(),
  method: z.enum(['passkey', 'apple', 'recovery', 'enrolment']),
});

export const currentSession = z.object({ user, session }).meta({ id: 'CurrentSession' });

export const sessionList = z
  .object({
    sessions: z.array(session.extend({ current: z.boolean(), device: z.string().nullable() })),
  })
  .meta({ id: 'SessionList' });

export const accountChanged = z.object({ user, signals }).meta({ id: 'AccountChanged' });
export const credentialList = z
  .object({ credentials: z.array(credential), suggestion, signals })
  .meta({ id: 'CredentialList' });

export const activityList = z
  .object({
    activity: z.array(
      z.object({
        at: time,
        kind: z.string(),
        passkey: z.string().nullable(),
        device: z.string().nullable(),
        country: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'ActivityList' });
export const signalsOnly = z.object({ signals }).meta({ id: 'SignalsOnly' });

export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
  })
  .meta({ id: 'Problem' });

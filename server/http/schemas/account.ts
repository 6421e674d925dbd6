/** The shapes of what owners see and change of their account. */
import { z } from 'zod';
import { credentialId, time, userHandle } from './encodings.ts';

const examples = {
  credentialId: '6oPjVbd2Xk2lqhOUFvY0QYl4gJM',
  user: {
    id: '3kq0n8X1m5rJfA2oYb7tZl9eQw4uVs6cKdGhTiNpMzE',
    username: 'ada',
    displayName: 'Ada Lovelace',
  },
  session: {
    id: '0198f0a2-3c4d-7e5f-8a6b-9c0d1e2f3a4b',
    createdAt: '2026-03-01T09:30:00.000Z',
    authenticatedAt: '2026-03-01T09:30:00.000Z',
    userVerified: true,
    method: 'passkey',
  },
} as const;

export const accountChange = z
  .object({
    username: z.string().min(1).max(256).optional(),
    displayName: z.string().min(1).max(256).optional(),
  })
  .meta({ id: 'AccountChange', examples: [{ displayName: 'Ada King' }] });

export const credentialChange = z
  .object({ name: z.string().min(1).max(256) })
  .meta({ id: 'CredentialChange', examples: [{ name: 'My phone' }] });

export const user = z
  .object({ id: userHandle, username: z.string(), displayName: z.string() })
  .meta({ id: 'User', examples: [examples.user] });

export const upgradeReason = z
  .enum(['legacy-platform-credential', 'former-domain'])
  .meta({ id: 'UpgradeReason', description: 'Why a better passkey should take its place.' });

export const suggestion = z
  .enum(['backup-lost', 'local-passkey', 'second-passkey'])
  .meta({
    id: 'Suggestion',
    description: 'What would keep the person from being locked out, or save a step next time.',
  })
  .nullable();

const provider = z
  .object({
    aaguid: z.string(),
    name: z.string(),
    icon: z.url().optional(),
    iconDark: z.url().optional(),
  })
  .meta({ id: 'Provider' });

export const credential = z
  .object({
    id: credentialId,
    name: z.string(),
    provider,
    transports: z.array(z.string()),
    kind: z.enum(['passkey', 'device-bound', 'legacy']),
    backedUp: z.boolean(),
    createdAt: time,
    lastUsedAt: time.nullable(),
    useKnown: z.boolean().meta({
      description:
        'If false, `lastUsedAt` is null because nobody told of its use, not because it was never used.',
    }),
    lastUsedOn: z.string().nullable().meta({ description: 'The device and browser.' }),
    lastUsedIn: z.string().length(2).nullable().meta({ description: 'ISO 3166-1 alpha-2.' }),
    rpId: z
      .string()
      .meta({ description: "The domain that it was made for: the site's, or a former one." }),
    state: z.enum(['active', 'superseded', 'suspected-clone', 'revoked']),
    suspicionEndsAt: time.optional().meta({
      description: 'From when on a step-up with this suspected passkey makes it active again.',
    }),
    current: z.boolean().meta({ description: 'It opened this session.' }),
    upgrade: z.object({ reason: upgradeReason }).nullable().meta({
      description: 'A better passkey could take its place, whatever its owner said about the time.',
    }),
  })
  .meta({
    id: 'Credential',
    examples: [
      {
        id: examples.credentialId,
        name: 'iCloud Keychain',
        provider: { aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd', name: 'iCloud Keychain' },
        transports: ['internal', 'hybrid'],
        kind: 'passkey',
        backedUp: true,
        createdAt: '2026-01-15T18:00:00.000Z',
        lastUsedAt: '2026-03-01T09:30:00.000Z',
        useKnown: true,
        lastUsedOn: 'Safari on iPhone',
        lastUsedIn: 'CH',
        rpId: 'example.com',
        state: 'active',
        current: true,
        upgrade: null,
      },
    ],
  });

const acceptedCredentials = z
  .object({
    rpId: z.string(),
    userId: userHandle,
    allAcceptedCredentialIds: z.array(credentialId),
  })
  .meta({ id: 'AcceptedCredentials' });

/** WebAuthn L3 §5.1.10. */
export const signals = z
  .object({
    allAcceptedCredentials: acceptedCredentials.optional(),
    formerDomains: z
      .array(acceptedCredentials)
      .optional()
      .meta({ description: 'The same for each domain that the site has moved from.' }),
    currentUserDetails: z
      .object({ rpId: z.string(), userId: userHandle, name: z.string(), displayName: z.string() })
      .optional(),
  })
  .meta({
    id: 'Signals',
    description: 'The arguments of the Signal API, ready to be passed on.',
    examples: [
      {
        allAcceptedCredentials: {
          rpId: 'example.com',
          userId: examples.user.id,
          allAcceptedCredentialIds: [examples.credentialId],
        },
        currentUserDetails: {
          rpId: 'example.com',
          userId: examples.user.id,
          name: 'ada',
          displayName: 'Ada Lovelace',
        },
      },
    ],
  });

const session = z
  .object({
    id: z.string(),
    createdAt: time,
    authenticatedAt: time,
    userVerified: z.boolean(),
    method: z
      .enum(['passkey', 'apple', 'recovery', 'enrolment'])
      .meta({ description: 'What opened it.' }),
  })
  .meta({ id: 'Session', examples: [examples.session] });

export const currentSession = z.object({ user, session }).meta({ id: 'CurrentSession' });

const listedSession = session.extend({ current: z.boolean(), device: z.string().nullable() }).meta({
  id: 'ListedSession',
  examples: [{ ...examples.session, current: true, device: 'Safari on iPhone' }],
});

export const sessionList = z
  .object({ sessions: z.array(listedSession) })
  .meta({ id: 'SessionList' });

export const sessionsEnded = z
  .object({ ended: z.int().nonnegative().meta({ description: 'How many ended.' }) })
  .meta({ id: 'SessionsEnded' });

export const accountChanged = z.object({ user, signals }).meta({ id: 'AccountChanged' });

export const credentialList = z
  .object({ credentials: z.array(credential), suggestion, signals })
  .meta({ id: 'CredentialList' });

const activity = z
  .object({
    at: time,
    kind: z.string(),
    passkey: z.string().nullable().meta({ description: 'The name of the passkey it is about.' }),
    device: z.string().nullable(),
    country: z.string().nullable().meta({ description: 'ISO 3166-1 alpha-2.' }),
  })
  .meta({
    id: 'Activity',
    examples: [
      {
        at: '2026-03-01T09:30:00.000Z',
        kind: 'signed-in',
        passkey: 'iCloud Keychain',
        device: 'Safari on iPhone',
        country: 'CH',
      },
    ],
  });

export const activityList = z
  .object({
    activity: z.array(activity),
    next: z.string().nullable().meta({ description: 'The `before` of the next page.' }),
  })
  .meta({ id: 'ActivityList' });

export const activityQuery = z.object({
  before: z.string().max(64).optional().meta({ description: 'The `next` of the page before.' }),
  only: z.enum(['security']).optional(),
});

export const appleEnd = z
  .object({
    revocation: z.enum(['requested', 'in-settings']).meta({
      description:
        '`requested`: Apple is told, again and again until it knows. `in-settings`: it can not be told, so the person ends it in the settings of their Apple Account, under Sign in with Apple.',
    }),
  })
  .meta({ id: 'AppleEnd', examples: [{ revocation: 'requested' }] });

export const accountDeleted = z
  .object({ signals, apple: appleEnd.optional() })
  .meta({ id: 'AccountDeleted' });

export const signalsOnly = z.object({ signals }).meta({ id: 'SignalsOnly' });

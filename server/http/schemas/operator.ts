/** The shapes of the operators' API: the facts that acts return. */
import { z } from 'zod';
import { credentialId, time, userHandle } from './encodings.ts';

const examples = {
  account: {
    id: '3kq0n8X1m5rJfA2oYb7tZl9eQw4uVs6cKdGhTiNpMzE',
    username: 'ada',
    displayName: 'Ada Lovelace',
    createdAt: '2026-03-01T09:30:00.000Z',
    disabledAt: null,
    policy: null,
  },
  link: 'https://example.com/enrol#Zx3GvVrYqYhV1n8o0cU2v6V0mB1i4p7s9t2u5w8y0zA',
} as const;

const name = z.string().min(1).max(256);
/** In a query everything is text. */
const limit = z
  .string()
  .regex(/^[1-9]\d{0,2}$/, 'expected 1 to 999')
  .transform(Number);
const minutes = z
  .int()
  .min(1)
  .max(10_080)
  .default(60)
  .meta({ description: 'How long the link is good.' });
const link = z.string().meta({ description: 'Shown only here; it works once.' });

export const accountsQuery = z.strictObject({
  search: name.optional().meta({ description: 'What the user name begins with.' }),
  username: name.optional().meta({ description: 'The user name, whole.' }),
  after: z.string().max(512).optional().meta({ description: '`next` of the page before.' }),
  limit: limit.optional(),
});

const account = z
  .object({
    id: userHandle,
    username: z.string(),
    displayName: z.string(),
    createdAt: time,
    disabledAt: time.nullable(),
    policy: z.string().nullable().meta({ description: 'Null is the default policy.' }),
  })
  .meta({ id: 'OperatorAccount', examples: [examples.account] });

export const accountPage = z
  .object({ accounts: z.array(account), next: z.string().nullable() })
  .meta({ id: 'OperatorAccountPage' });

const passkey = z
  .object({
    id: credentialId,
    name: z.string(),
    provider: z.string(),
    aaguid: z.string(),
    state: z.string(),
    createdAt: time,
    lastUsedAt: time.nullable(),
    useKnown: z.boolean(),
    lastUsedOn: z.string().nullable(),
    lastUsedIn: z.string().nullable(),
    flags: z.object({
      backupEligible: z.boolean(),
      backedUp: z.boolean(),
      backupKnown: z.boolean(),
      uvInitialized: z.boolean(),
    }),
    algorithm: z.int(),
    signCount: z.int(),
    transports: z.array(z.string()),
    attachment: z.string().nullable(),
    rpId: z.string(),
    legacyEvidence: z.array(z.string()),
    upgradeAfter: time.nullable(),
  })
  .meta({ id: 'OperatorPasskey' });

const session = z
  .object({
    id: z.string(),
    device: z.string().nullable(),
    createdAt: time,
    authenticatedAt: time,
    expiresAt: time,
    userVerified: z.boolean(),
    method: z.string(),
    credentialId: credentialId.nullable(),
  })
  .meta({ id: 'OperatorSession' });

const appleLink = z
  .object({
    state: z.enum(['active', 'revoked']),
    since: time,
    linkedAt: time,
    lastUsedAt: time,
    isPrivateEmail: z.boolean().nullable(),
    canBeRevoked: z.boolean(),
  })
  .meta({ id: 'OperatorAppleLink' });

export const wholeAccount = z
  .object({
    account,
    policyIsConfigured: z.boolean(),
    counts: z.object({ passkeys: z.int(), sessions: z.int() }),
    passkeys: z.array(passkey),
    sessions: z.array(session),
    apple: appleLink.nullable(),
  })
  .meta({ id: 'OperatorWholeAccount' });

export const disabled = z
  .object({ account, changed: z.boolean(), ended: z.int() })
  .meta({ id: 'OperatorDisabled' });
export const enabled = z.object({ account, changed: z.boolean() }).meta({ id: 'OperatorEnabled' });
export const ended = z.object({ account, ended: z.int() }).meta({ id: 'OperatorEnded' });

export const enrolmentRequest = z
  .object({
    account: userHandle.optional().meta({ description: 'The ID of the account.' }),
    username: name.optional().meta({ description: 'Its user name, in the place of the ID.' }),
    create: z.boolean().default(false).meta({ description: 'Make the account `username` first.' }),
    minutes,
  })
  .refine(({ account: id, username }) => (id === undefined) !== (username === undefined), {
    path: ['account'],
    message: 'expected either account or username',
  })
  .refine(({ create, username }) => !create || username !== undefined, {
    path: ['username'],
    message: 'expected with create',
  })
  .meta({ id: 'OperatorEnrolmentRequest', examples: [{ username: 'ada', minutes: 15 }] });

export const enrolment = z.object({ account, created: z.boolean(), link, expiresAt: time }).meta({
  id: 'OperatorEnrolment',
  examples: [
    {
      account: examples.account,
      created: false,
      link: examples.link,
      expiresAt: '2026-03-01T10:30:00.000Z',
    },
  ],
});

export const invitationRequest = z
  .object({
    username: name.optional().meta({ description: 'Without it, whoever opens it chooses.' }),
    minutes,
  })
  .meta({ id: 'OperatorInvitationRequest', examples: [{ minutes: 1440 }] });

const invitationFacts = {
  id: z.string().meta({ description: 'By which it is revoked; it opens nothing.' }),
  username: z.string().nullable().meta({ description: 'Null if whoever opens it chooses.' }),
  expiresAt: time,
};

export const invitationMade = z
  .object({ ...invitationFacts, link })
  .meta({ id: 'OperatorInvitation' });

export const invitationsQuery = z.strictObject({
  after: z.string().max(64).optional().meta({ description: '`next` of the page before.' }),
  limit: limit.optional(),
});

export const invitationPage = z
  .object({
    invitations: z.array(z.object({ ...invitationFacts, operator: z.string() })),
    next: z.string().nullable(),
  })
  .meta({ id: 'OperatorInvitationPage' });

export const invitationRevoked = z
  .object({ revoked: z.string() })
  .meta({ id: 'OperatorInvitationRevoked' });

export const feedQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,15}$/, 'expected the `next` of another page')
    .optional()
    .meta({ description: '`next` of the page before; from the beginning without it.' }),
  limit: limit.optional(),
});

export const feed = z
  .object({
    entries: z.array(
      z.object({
        position: z.string(),
        at: time,
        kind: z.string(),
        account: userHandle.nullable().meta({ description: 'Null if it is about none.' }),
        operator: z.string().nullable().meta({ description: 'Who did it; null for owners.' }),
        credentialId: credentialId.nullable(),
        sessionId: z.string().nullable(),
        evidence: z.unknown().meta({ description: 'An object; what it says depends on `kind`.' }),
      }),
    ),
    next: z.string().meta({ description: 'The `after` of the next call, whatever came.' }),
  })
  .meta({ id: 'OperatorFeed' });

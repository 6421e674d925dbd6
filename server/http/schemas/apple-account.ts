/** The shapes of the account side of Sign in with Apple. */
import { z } from 'zod';
import { user } from './account.ts';
import { linkToken, time } from './encodings.ts';

const namePart = z.string().max(1024).nullable().catch(null).default(null);

export const appleNative = z
  .object({
    identityToken: z.string().min(1).max(8192),
    authorizationCode: z.string().min(1).max(1024),
    nonce: z.string().min(16).max(256).meta({
      description: 'The raw value. Apple was sent its SHA-256, in hex.',
    }),
    invitation: linkToken.optional().meta({
      description:
        'The token of an invitation, which lets somebody new in. It is used up if an account is made.',
    }),
    user: z
      .object({
        name: z
          .object({ firstName: namePart, lastName: namePart })
          .nullable()
          .catch(null)
          .default(null),
      })
      .nullable()
      .catch(null)
      .default(null)
      .meta({
        description:
          'What Apple tells the app once, at the first sign-in: `{ name?: { firstName, lastName }, email? }`. Nobody has signed it, so it is good for a name to begin with and nothing else.',
      }),
  })
  .meta({
    id: 'AppleNative',
    examples: [
      {
        identityToken: 'eyJraWQiOiJXNldjT0tC…',
        authorizationCode: 'c0ffee…',
        nonce: 'nW1xvY4n2m8Q0a7s5d3f6g9h',
        user: { name: { firstName: 'Ada', lastName: 'Lovelace' } },
      },
    ],
  });

export const appleSignedIn = z.object({ user, created: z.boolean() }).meta({ id: 'AppleSignedIn' });

export const appleState = z
  .object({
    link: z
      .object({
        state: z.enum(['active', 'revoked']).meta({
          description:
            '`revoked`: the consent was withdrawn at Apple. Signing in there gives it again.',
        }),
        since: time.meta({ description: 'Since when it is in this state.' }),
        linkedAt: time,
        lastUsedAt: time,
        name: z.string().nullable(),
        address: z
          .object({
            email: z.string(),
            isVerified: z.boolean(),
            isPrivate: z.boolean().meta({ description: 'It is an address of Apple’s relay.' }),
            since: time.meta({ description: 'Since when Apple tells this one.' }),
            disabledAt: time.nullable().meta({
              description: 'Since when its owner lets no mail through.',
            }),
          })
          .nullable(),
      })
      .nullable(),
  })
  .meta({
    id: 'AppleState',
    examples: [
      {
        link: {
          state: 'active',
          since: '2026-03-01T09:30:00.000Z',
          linkedAt: '2026-03-01T09:30:00.000Z',
          lastUsedAt: '2026-04-01T09:30:00.000Z',
          name: 'Ada Lovelace',
          address: {
            email: 'x7k2m9@privaterelay.appleid.com',
            isVerified: true,
            isPrivate: true,
            since: '2026-03-01T09:30:00.000Z',
            disabledAt: null,
          },
        },
      },
    ],
  });

export const appleNotification = z
  .object({ payload: z.string().min(1).max(16_384) })
  .meta({ id: 'AppleNotification', examples: [{ payload: 'eyJraWQiOiJXNldjT0tC…' }] });

export const appleNotificationKept = z
  .object({ kept: z.literal(true) })
  .meta({ id: 'AppleNotificationKept', examples: [{ kept: true }] });

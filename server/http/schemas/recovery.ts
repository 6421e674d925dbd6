/** The shapes of ways back into an account. */
import { z } from 'zod';
import { key, linkToken, time } from './encodings.ts';

const verifier = key.describe('The verifier that is derived from the code, never the code itself.');
const example = 'Zx3GvVrYqYhV1n8o0cU2v6V0mB1i4p7s9t2u5w8y0zA';

const email = z.string().min(1).max(256);
const username = z.string().min(1).max(256);
const token = linkToken;
const opensAt = time.describe('When the account is given back, unless somebody ends it.');

export const recoveryState = z
  .object({
    code: z.object({ createdAt: time }).nullable(),
    email: z.object({ address: z.string(), verifiedAt: time }).nullable(),
    pending: z
      .object({ startedAt: time, opensAt })
      .nullable()
      .describe('A recovery by mail that waits. A sign-in with a passkey has ended it.'),
  })
  .meta({
    id: 'RecoveryState',
    examples: [
      {
        code: { createdAt: '2026-03-01T09:30:00.000Z' },
        email: { address: 'ada@example.com', verifiedAt: '2026-03-01T09:32:00.000Z' },
        pending: null,
      },
    ],
  });

export const addressBody = z
  .object({ email })
  .meta({ id: 'RecoveryAddress', examples: [{ email: 'ada@example.com' }] });

export const addressCodeBody = z
  .object({ code: z.string().regex(/^\d{6}$/, 'expected six digits') })
  .meta({ id: 'RecoveryAddressCode', examples: [{ code: '123456' }] });

export const recoveryBeginning = z
  .union([z.object({ username }), z.object({ email })])
  .meta({ id: 'RecoveryBeginning', examples: [{ username: 'ada' }, { email: 'ada@example.com' }] });

export const recoveryLink = z.object({ token, verifier: verifier.optional() }).meta({
  id: 'RecoveryLink',
  examples: [{ token: example }, { token: example, verifier: example }],
});

export const recoveryWait = z
  .object({ opensAt })
  .meta({ id: 'RecoveryWait', examples: [{ opensAt: '2026-03-04T09:30:00.000Z' }] });

export const recoveryVeto = z
  .object({ token })
  .meta({ id: 'RecoveryVeto', examples: [{ token: example }] });

export const recoveryCodeBody = z
  .object({ verifier })
  .meta({ id: 'RecoveryCode', examples: [{ verifier: example }] });

export const recoveryCodeRedemption = z
  .object({ username, verifier })
  .meta({ id: 'RecoveryCodeRedemption', examples: [{ username: 'ada', verifier: example }] });

export const enrolmentBody = z
  .object({ token: linkToken })
  .meta({ id: 'Enrolment', examples: [{ token: 'Zx3GvVrYqYhV1n8o0cU2v6V0mB1i4p7s9t2u5w8y0zA' }] });

export const invitationBody = z
  .object({ token: linkToken })
  .meta({ id: 'InvitationToken', examples: [{ token: example }] });

export const invitation = z
  .object({
    username: z
      .string()
      .nullable()
      .meta({ description: 'The user name that the account gets; null if its owner chooses.' }),
    expiresAt: time,
  })
  .meta({
    id: 'Invitation',
    examples: [{ username: null, expiresAt: '2026-03-01T09:30:00.000Z' }],
  });

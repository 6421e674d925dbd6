/** The shapes of ways back into an account. */
import { z } from 'zod';
import { key, time } from './encodings.ts';

const verifier = key.describe('The verifier that is derived from the code, never the code itself.');
const example = 'Zx3GvVrYqYhV1n8o0cU2v6V0mB1i4p7s9t2u5w8y0zA';

export const recoveryState = z
  .object({ code: z.object({ createdAt: time }).nullable() })
  .meta({ id: 'RecoveryState', examples: [{ code: { createdAt: '2026-03-01T09:30:00.000Z' } }] });

export const recoveryCodeBody = z
  .object({ verifier })
  .meta({ id: 'RecoveryCode', examples: [{ verifier: example }] });

export const recoveryCodeRedemption = z
  .object({ username: z.string().min(1).max(256), verifier })
  .meta({ id: 'RecoveryCodeRedemption', examples: [{ username: 'ada', verifier: example }] });

export const enrolmentBody = z
  .object({ token: z.string().min(1).max(128) })
  .meta({ id: 'Enrolment', examples: [{ token: 'Zx3GvVrYqYhV1n8o0cU2v6V0mB1i4p7s9t2u5w8y0zA' }] });

import { z } from 'zod';
import { type RecoveryPolicy, recoveryPolicies } from '../policy/recovery.ts';
import { feature } from './feature.ts';
import { mail } from './mail.ts';

/** What gives an account back to an owner without a passkey. */
interface RecoverySettings {
  readonly recovery: {
    readonly policy: RecoveryPolicy;
    /** How long a recovery by mail alone waits; null if there is none. */
    readonly delayMs: number | null;
  };
}

/** Shorter than an hour, nobody could end it in time. */
const expected = 'expected off, or 3600 to 2592000';
const delay = z
  .string()
  .regex(/^(off|\d{1,7})$/, expected)
  .transform((text) => (text === 'off' ? null : Number(text)))
  .refine((seconds) => seconds === null || (seconds >= 3600 && seconds <= 2_592_000), expected);

export const recovery = feature({
  fields: {
    RECOVERY: z.enum(recoveryPolicies).default('code'),
    RECOVERY_DELAY_SECONDS: delay.default(259_200),
  },
  reads: { SMTP_URL: mail.fields.SMTP_URL },
  rules: [
    ({ RECOVERY, SMTP_URL }) =>
      RECOVERY === 'code-and-mail' && SMTP_URL === undefined
        ? 'RECOVERY: code-and-mail needs SMTP_URL'
        : null,
  ],
  settings: ({ RECOVERY, RECOVERY_DELAY_SECONDS: seconds }): RecoverySettings => ({
    recovery: { policy: RECOVERY, delayMs: seconds === null ? null : seconds * 1000 },
  }),
});

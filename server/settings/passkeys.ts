import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { CredentialPolicies } from '../policy/credential-policy.ts';
import type { EvidencePolicy } from '../policy/evidence.ts';
import { feature } from './feature.ts';
import { onOff, wholeNumber } from './fields.ts';

/** Which passkeys accounts may have, and what becomes of them. */
interface Passkeys {
  readonly evidence: EvidencePolicy;
  readonly credentialPolicies: CredentialPolicies;
  /** Whether a device is told to delete a passkey that is not known here. */
  readonly forgetUnknown: boolean;
  /** For how long "not now" is the answer to the offer of a better passkey. */
  readonly upgradeRemindDays: number;
}

const aaguids = z.array(z.uuid().transform((text) => text.toLowerCase()));

/** Policies by name; what a policy does not say it does not ask for. */
const policies = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a name of small letters'),
  z.strictObject({
    deviceBoundOnly: z.boolean().default(false),
    allow: aaguids.nullable().default(null),
    deny: aaguids.default([]),
    attestation: z.enum(['none', 'direct']).default('none'),
    apple: z.enum(['always', 'without-passkey', 'never']).default('always'),
  }),
);

/** A JSON file, read once. */
const credentialPolicies = z.string().transform((path, context) => {
  try {
    const parsed = policies.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      context.addIssue(`${path.join('.')}: ${message}`);
    }
  } catch (error) {
    context.addIssue(`expected a JSON file: ${(error as Error).message}`);
  }
  return z.NEVER;
});

export const passkeys = feature({
  fields: {
    SIGN_COUNT_REGRESSION: z.enum(['auto', 'refuse', 'mark', 'step-up']).default('auto'),
    BACKUP_ELIGIBILITY_GAIN: z.enum(['refuse', 'accept']).default('refuse'),
    CREDENTIAL_POLICIES: credentialPolicies.default({}),
    FORGET_UNKNOWN: onOff('on'),
    UPGRADE_REMIND_DAYS: wholeNumber(1, 365).default(14),
  },
  settings: (values): Passkeys => ({
    evidence: Object.freeze({
      signCountRegression: values.SIGN_COUNT_REGRESSION,
      backupEligibilityGain: values.BACKUP_ELIGIBILITY_GAIN,
    }),
    credentialPolicies: values.CREDENTIAL_POLICIES,
    forgetUnknown: values.FORGET_UNKNOWN,
    upgradeRemindDays: values.UPGRADE_REMIND_DAYS,
  }),
});

import { z } from 'zod';
import { type SignUpPolicy, signUpPolicies } from '../policy/sign-up.ts';
import type { UserVerificationPolicy } from '../policy/user-verification.ts';
import { feature } from './feature.ts';
import { wholeNumber } from './fields.ts';

/** How long ceremonies and what they open may last, and what they ask of people. */
interface Ceremonies {
  readonly challengeTtlSeconds: number;
  readonly sessionTtlSeconds: number;
  readonly stepUpSeconds: number;
  readonly userVerification: UserVerificationPolicy;
  readonly signUp: SignUpPolicy;
}

const requirement = z.enum(['required', 'preferred', 'discouraged']).default('required');
const strictness: readonly string[] = ['discouraged', 'preferred', 'required'];

export const ceremonies = feature({
  fields: {
    CHALLENGE_TTL_SECONDS: wholeNumber(1, 3600).default(600),
    SESSION_TTL_SECONDS: wholeNumber(60, 34_560_000).default(2_592_000),
    STEP_UP_SECONDS: wholeNumber(1, 86_400).default(300),
    USER_VERIFICATION: requirement,
    USER_VERIFICATION_STEP_UP: requirement,
    USER_VERIFICATION_MANAGE: requirement,
    SIGN_UP: z.enum(signUpPolicies).default('open'),
  },
  rules: [
    // A step-up that asks for less than the calls it opens would be asked for again without end.
    ({ USER_VERIFICATION_STEP_UP: stepUp, USER_VERIFICATION_MANAGE: manage }) =>
      strictness.indexOf(stepUp) < strictness.indexOf(manage)
        ? 'USER_VERIFICATION_STEP_UP: may not be weaker than USER_VERIFICATION_MANAGE'
        : null,
  ],
  settings: (values): Ceremonies => ({
    challengeTtlSeconds: values.CHALLENGE_TTL_SECONDS,
    sessionTtlSeconds: values.SESSION_TTL_SECONDS,
    stepUpSeconds: values.STEP_UP_SECONDS,
    signUp: values.SIGN_UP,
    userVerification: Object.freeze({
      'sign-in': values.USER_VERIFICATION,
      'step-up': values.USER_VERIFICATION_STEP_UP,
      manage: values.USER_VERIFICATION_MANAGE,
      // Verified and unverified uses of one passkey have different PRF outputs: never leave it open.
      vault: 'required',
    }),
  }),
});

import type { ByOperator, ByOwner } from './evidence.ts';
import { security } from './kind.ts';

/** How people get back into their accounts. */
export const recoveryKinds = {
  'recovery-code-set': security<ByOwner>(),
  'recovery-code-removed': security<ByOwner>(),
  /** The recovery code opened a restricted session, and is used up. */
  'recovered-by-code': security<ByOwner>(),
  /** An operator made a link that lets its holder add a passkey; `expiresAt` in ms since the epoch. */
  'enrolment-offered': security<ByOperator & { readonly expiresAt: number }>(),
  /** The link opened a restricted session, and is used up. */
  enrolled: security<ByOwner>(),
} as const;

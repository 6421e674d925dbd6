import type { ByOperator, ByOwner } from './evidence.ts';
import { noticed, routine, security } from './kind.ts';
import type { OfRegistration } from './passkeys.ts';

interface Imported {
  readonly by: 'import';
  readonly operator: string;
  /** The form of the line that it came from. */
  readonly source: 'latchkey' | 'simplewebauthn' | 'better-auth';
  /** How many the line held. */
  readonly passkeys: number;
}

/** The account itself: its beginning, its names, and what operators decide about it. */
export const accountKinds = {
  /** `invitedBy` is the operator who made the invitation, if there was one. */
  'account-created': security<OfRegistration & { invitedBy?: string }>(),
  'account-imported': security<Imported>(),
  /** The new names; what stayed is missing. */
  /** By an operator, for somebody who gets a link. */
  'account-opened': security<ByOperator>(),
  'account-changed': routine<ByOwner & { username?: string; displayName?: string }>(),
  'account-disabled': noticed<ByOperator>(),
  'account-enabled': noticed<ByOperator>(),
  'policy-assigned': security<ByOperator & { from: string | null; policy: string | null }>(),
} as const;

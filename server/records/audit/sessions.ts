import type { ByOperator, ByOwner } from './evidence.ts';
import { routine } from './kind.ts';
import type { OfAuthentication } from './passkeys.ts';

/** `session` is the ID of the one that ended. */
type Ended = ByOwner & { readonly session: string };

/** Sessions: how they begin and end. */
export const sessionKinds = {
  'signed-in': routine<OfAuthentication>(),
  'stepped-up': routine<OfAuthentication>(),
  'signed-out': routine<Ended>(),
  'session-ended': routine<Ended>(),
  /** All but the one that asked. */
  'other-sessions-ended': routine<ByOwner>(),
  /** All of them, by an operator. */
  'sessions-ended': routine<ByOperator>(),
} as const;

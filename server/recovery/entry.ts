import type { Caller } from '../records/caller.ts';

/** Kinds that say no more than who did it. */
type Plain =
  | 'recovery-code-set'
  | 'recovery-code-removed'
  | 'recovered-by-code'
  | 'recovery-address-set'
  | 'recovery-address-removed';

/** An entry about the account of the caller, or about another one that the caller gets back. */
export function entry<Kind extends Plain>(
  caller: Pick<Caller, 'user' | 'session' | 'userAgent' | 'country'>,
  at: number,
  kind: Kind,
) {
  const { user, session, userAgent, country } = caller;
  const evidence = { userAgent, country };
  return {
    ...{ at, kind, userId: user?.id ?? '', credentialId: null, sessionId: session?.id ?? null },
    evidence,
  };
}

import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { AuditEntry, AuditKind } from '../records/audit.ts';
import type { Caller } from '../records/caller.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';

/** A caller who is signed in: the only one for whom this room does anything. */
export interface Owner extends Caller {
  readonly session: Session;
  readonly user: User;
}

/** @throws {RpError} `unauthenticated` */
export function requireOwner(caller: Caller): Owner {
  const { session, user } = caller;
  if (session === null || user === null) throw new RpError('unauthenticated');
  return { ...caller, session, user };
}

export function auditAccount(
  { now }: Deps,
  { session, user, userAgent, country }: Owner,
  kind: AuditKind,
  credentialId: string | null,
  evidence: Readonly<Record<string, unknown>>,
): AuditEntry {
  return {
    at: now(),
    kind,
    userId: user.id,
    credentialId,
    sessionId: session.id,
    evidence: { ...evidence, userAgent, country },
  };
}

/**
 * What operators do. Each act returns facts: plain data that the command line prints and that HTTP can
 * send as it is (times are ISO 8601 in UTC).
 *
 * Guarantees: no fact holds a secret, a hash, a public key or an attestation; every act that changes an
 * account leaves an audit entry with the operator's name.
 */
import { toBase64Url } from '../base64url.ts';
import type { Config } from '../config.ts';
import type { ByOperator } from '../records/audit/evidence.ts';
import type { AuditKind, EntryOf, Evidence } from '../records/audit.ts';
import type { User } from '../records/user.ts';
import type { Store } from '../store/store.ts';

/** What the acts are given: nothing else reaches the store or a clock. */
export interface Administration {
  readonly config: Pick<
    Config,
    'origin' | 'rpId' | 'formerRpIds' | 'credentialPolicies' | 'challengeTtlSeconds' | 'apple'
  >;
  readonly store: Store;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Cryptographically strong random bytes. */
  readonly random: (length: number) => Uint8Array;
  /** Who acts, for the audit. */
  readonly operator: string;
  /** How they act: at the command line, or with a key. */
  readonly by?: ByOperator['by'];
}

export const byOperator = ({ operator, by = 'admin' }: Administration): ByOperator => ({
  by,
  operator,
});

/** What each entry among the acts of operators begins with. */
export const actOf = ({ now, operator, random }: Administration) => ({
  ...{ id: toBase64Url(random(16)), at: now(), operator },
});

export function auditOperator<Kind extends AuditKind>(
  { now }: Administration,
  { id }: User,
  kind: Kind,
  credentialId: string | null,
  evidence: Evidence<Kind>,
): EntryOf<Kind> {
  return { at: now(), kind, userId: id, credentialId, sessionId: null, evidence };
}

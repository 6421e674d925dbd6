/**
 * The audit: what happened to an account, with the evidence that belongs to each kind of entry.
 *
 * A capability lists its kinds in a file of its own in `audit/` and is added to `auditKinds`; every type here
 * follows from that.
 */
import { accountKinds } from './audit/account.ts';
import { appleKinds } from './audit/apple.ts';
import { appKinds } from './audit/apps.ts';
import type { Kind } from './audit/kind.ts';
import { passkeyKinds } from './audit/passkeys.ts';
import { recoveryKinds } from './audit/recovery.ts';
import { sessionKinds } from './audit/sessions.ts';
import { vaultKinds } from './audit/vault.ts';

const auditKinds = {
  ...accountKinds,
  ...passkeyKinds,
  ...sessionKinds,
  ...appKinds,
  ...vaultKinds,
  ...recoveryKinds,
  ...appleKinds,
} as const;

type Kinds = typeof auditKinds;
export type AuditKind = keyof Kinds;

/** What an entry of a kind says: flags, counter, names and whatever a policy may one day ask about. */
export type Evidence<Of extends AuditKind> =
  Kinds[Of] extends Kind<infer Says extends object> ? Says : never;

interface Told<Of extends string, Says extends object> {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly kind: Of;
  readonly userId: string;
  readonly credentialId: string | null;
  readonly sessionId: string | null;
  readonly evidence: Readonly<Says>;
}

/** An entry of one kind, or of kinds that say the same. */
export type EntryOf<Of extends AuditKind> = Told<Of, Evidence<Of>>;

/** An entry to be written; `kind` tells what its evidence says. */
export type AuditEntry = { [Each in AuditKind]: EntryOf<Each> }[AuditKind];

/**
 * An entry as it is read. Older versions wrote fewer members, so any may be missing; a kind of a newer
 * version is `unknown`, and its evidence says which.
 */
export type RecordedEntry =
  | { [Each in AuditKind]: Told<Each, Partial<Evidence<Each>>> }[AuditKind]
  | Told<'unknown', { readonly kind: string; readonly evidence: object }>;

export function isAuditKind(kind: string): kind is AuditKind {
  return Object.hasOwn(auditKinds, kind);
}

type NoticedName = {
  [Each in AuditKind]: Kinds[Each] extends { readonly isNoticed: true } ? Each : never;
}[AuditKind];

/** What an owner is told of by mail, in the transaction that writes the entry. */
export type NoticedEntry = { [Each in NoticedName]: EntryOf<Each> }[NoticedName];

export function isNoticed(entry: AuditEntry): entry is NoticedEntry {
  return 'isNoticed' in auditKinds[entry.kind];
}

/** Whether entries of this kind may not be pushed out of their owner's sight: see `audit/kind.ts`. */
export function isSecurityKind(kind: AuditKind): boolean {
  return auditKinds[kind].weight === 'security';
}

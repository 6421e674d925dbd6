export type AuditKind =
  | 'account-created'
  | 'account-changed'
  | 'account-disabled'
  | 'account-enabled'
  | 'account-imported'
  | 'policy-assigned'
  | 'passkey-added'
  | 'passkey-renamed'
  | 'passkey-deleted'
  | 'passkey-upgraded'
  | 'passkey-reactivated'
  | 'passkey-revoked'
  | 'passkey-restored'
  | 'passkey-refused'
  | 'upgrade-postponed'
  | 'backup-lost'
  | 'signed-in'
  | 'stepped-up'
  | 'signed-out'
  | 'session-ended'
  | 'sessions-ended'
  | 'sign-count-regressed'
  | 'clone-suspicion-cleared'
  | 'backup-eligibility-changed';

export interface AuditEntry {
  readonly at: number;
  readonly kind: AuditKind;
  readonly userId: string;
  readonly credentialId: string | null;
  readonly sessionId: string | null;
  /** Flags, counter, transports, mediation and whatever else a policy may one day ask about. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

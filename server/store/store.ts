/**
 * The store in the language of the domain: a small set of named operations, each one durable
 * transaction that happens wholly or not at all. No transaction leaks out, because those of SQLite are
 * synchronous and those of a database server are not.
 *
 * What an operation resolves to has survived power loss. Refusals are `RpError`s; a database that
 * can't do its work is `unavailable`. Times are milliseconds since the Unix epoch; credential IDs and
 * user handles are base64url.
 */
import type { AccountStore } from './accounts.ts';
import type { AppleStore } from './apple.ts';
import type { AuditStore } from './audit.ts';
import type { CeremonyStore } from './ceremonies.ts';
import type { CredentialStore } from './credentials.ts';
import type { FeedStore } from './feed.ts';
import type { InvitationStore } from './invitations.ts';
import type { MailStore } from './mail.ts';
import type { OidcStore } from './oidc.ts';
import type { OperatorKeyStore } from './operator-keys.ts';
import type { OperatorStore } from './operators.ts';
import type { OutboxStore } from './outbox.ts';
import type { RecoveryStore } from './recovery.ts';
import type { SessionStore } from './sessions.ts';
import type { TransferStore } from './transfer.ts';
import type { VaultStore } from './vault.ts';

export interface Store
  extends AccountStore,
    CredentialStore,
    SessionStore,
    CeremonyStore,
    AuditStore,
    OperatorStore,
    OperatorKeyStore,
    FeedStore,
    OidcStore,
    VaultStore,
    RecoveryStore,
    AppleStore,
    OutboxStore,
    MailStore,
    InvitationStore,
    TransferStore {
  /**
   * Runs `work` on a store whose every write first asks, in the same transaction, whether the key is still good: what
   * begins after a key was revoked changes nothing. Refuses with `operator_key_invalid`.
   */
  underOperatorKey<Result>(
    key: { readonly id: string; readonly now: number },
    work: (store: Store) => Promise<Result>,
  ): Promise<Result>;
  /** The key of this name, kept for good: `candidate` becomes it if there is none yet. */
  keepKey(name: string, candidate: Uint8Array): Promise<Uint8Array>;
  /**
   * Removes expired sessions, nonces, enrolments, invitations, links, codes by mail and records of the OpenID
   * provider, old messages, and audit entries and those of operators that are older than `auditBefore`; resolves to
   * how many.
   * A challenge that expires no later than a nonce removed here, in the same hour, is refused from then
   * on, should the clock be set back: its nonce may have been one of them.
   */
  purge(now: number, auditBefore: number): Promise<number>;
  /** Rejects with `unavailable` unless the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

import type { AuditEntry } from '../records/audit.ts';
import type {
  Attestation,
  Credential,
  CredentialUse,
  HeldCredential,
} from '../records/credential.ts';
import type { Nonce } from '../records/nonce.ts';
import type { NewSession, Session } from '../records/session.ts';
import type { NewUser } from '../records/user.ts';

/**
 * What completes a ceremony, and spends its nonce.
 *
 * A credential that `isDecoy` is never stored: it is refused as one that another account has, by the same
 * steps and after the same checks.
 */
export interface CeremonyStore {
  /**
   * Opens an account with its first credential and a session, and uses up the invitation if there is one.
   * Refuses with `challenge_invalid`, `invitation_invalid`, `invitation_revoked`, `username_taken`, `credential_exists`.
   */
  completeSignUp(input: {
    nonce: Nonce;
    invitation?: { tokenHash: string; now: number };
    user: NewUser;
    usernameKey: string;
    credential: Credential;
    isDecoy?: boolean;
    attestation: Attestation;
    session: NewSession;
    replaces: Pick<Session, 'id' | 'userId'> | null;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * Adds a credential to an account, in the place of the one it `supersedes` if that is still there.
   * Refuses with `challenge_invalid`, `unauthenticated` (account or session gone, or a passkey used),
   * `credential_exists`, `credential_limit`.
   */
  completeAddition(input: {
    nonce: Nonce;
    sessionId: string;
    /** A session that begins with the new credential, in the place of `sessionId`, which else goes on. */
    opens?: NewSession;
    credential: Credential;
    isDecoy?: boolean;
    attestation: Attestation;
    supersedes: string | null;
    limit: number;
    /** Refused if a passkey of the account was used since then. */
    unlessUsedSince?: number;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * Updates the credential and opens a session in the place of the one the browser had; resolves to the
   * credentials of the account. `clears` are clones no longer suspected.
   * Refuses with `challenge_invalid`, `credential_unknown` (gone or revoked), `account_disabled`,
   * `verification_failed` (the counter moved meanwhile).
   */
  completeSignIn(input: {
    nonce: Nonce;
    use: CredentialUse;
    session: NewSession;
    replaces: Pick<Session, 'id' | 'userId'> | null;
    clears: readonly string[];
    audit: readonly AuditEntry[];
  }): Promise<HeldCredential[]>;
  /**
   * Spends the nonce of a correctly signed but refused assertion and records why, if the account
   * is still there. Refuses with `challenge_invalid`.
   */
  recordRefusal(input: {
    nonce: Nonce;
    credentialId: string;
    /** When its counter fell, if that makes it a suspected clone; else null. */
    suspectedAt: number | null;
    audit: readonly AuditEntry[];
  }): Promise<void>;
}

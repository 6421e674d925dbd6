import type { AuditEntry } from '../records/audit.ts';
import type { NewMessage } from '../records/outbox.ts';
import type { Opening } from './recovery.ts';

export interface MailAddress {
  readonly address: string;
  readonly verifiedAt: number;
}

export interface AddressOwner {
  readonly userId: string;
  readonly username: string;
  readonly address: string;
}

/** A link as a browser presents it. */
interface Presented {
  readonly tokenHash: string;
  readonly browserHash: string;
  readonly now: number;
}

/** Verified mail addresses, and the ways back that go by mail. */
export interface MailStore {
  findAddress(userId: string): Promise<MailAddress | null>;
  /** Some of the accounts with this address; none that is disabled. */
  findAddressOwners(addressKey: string): Promise<AddressOwner[]>;
  /** Waits for the code of a new address, in the place of one that was waited for. Refuses with `unauthenticated`. */
  offerAddress(input: {
    userId: string;
    address: string;
    addressKey: string;
    codeHash: string;
    tries: number;
    expiresAt: number;
    outbox: readonly NewMessage[];
  }): Promise<void>;
  /**
   * Uses a try up. With the right code the new address is the account's, and true; of several at once, one gets it.
   * Links that were mailed to the one before are gone then.
   */
  verifyAddress(input: {
    userId: string;
    codeHash: string;
    now: number;
    audit: readonly AuditEntry[];
  }): Promise<boolean>;
  /** Refuses with `not_found`. Links that were mailed are gone with it. */
  removeAddress(input: { userId: string; audit: readonly AuditEntry[] }): Promise<void>;

  /**
   * Lets the links of the account work in this browser, and keeps one more, unless `limit` were made since `since`.
   * Resolves to whether this link is there. It may be repeated.
   */
  offerRecoveryLink(
    input: Presented & { userId: string; expiresAt: number; since: number; limit: number },
  ): Promise<boolean>;
  /** The account of a link that is good in this browser, and when its wait is over if one has begun. */
  findRecoveryLink(link: Presented): Promise<{ userId: string; opensAt: number | null } | null>;
  /** Begins the wait of a link. False if it is good no more, or has begun. */
  startRecoveryWait(
    input: Presented & {
      opensAt: number;
      expiresAt: number;
      vetoHash: string;
      audit: readonly AuditEntry[];
    },
  ): Promise<boolean>;
  /**
   * Uses the link up, with every other of the account, and opens the session. `verifierHash` is of the recovery code
   * that came with it, and is used up, too; without one the wait must be over, and no passkey was used meanwhile.
   * Refuses with `challenge_invalid`, `verification_failed` (no such code), `account_disabled`.
   */
  redeemRecoveryLink(input: Presented & { verifierHash: string | null } & Opening): Promise<void>;
  /** The wait that is over first. One that a passkey has ended is none. */
  findRecoveryWait(
    userId: string,
    now: number,
  ): Promise<{ startedAt: number; opensAt: number } | null>;
  /** Ends all links and waits of the account. Refuses with `not_found` if none had begun to wait. */
  stopRecovery(input: { userId: string; audit: readonly AuditEntry[] }): Promise<void>;
  /** The account whose wait this ends. */
  findVeto(vetoHash: string, now: number): Promise<string | null>;
}

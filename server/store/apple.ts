import type {
  AppleAddress,
  AppleArrival,
  AppleEnd,
  AppleEvent,
  AppleEventOutcome,
  AppleLink,
  ApplePerson,
  KnownAddress,
  StoredToken,
} from '../records/apple.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { Credential } from '../records/credential.ts';
import type { Nonce } from '../records/nonce.ts';
import type { NewSession, Session } from '../records/session.ts';
import type { NewUser, User } from '../records/user.ts';
import type { KeepOneOf } from '../records/ways-in.ts';

/** How a person came: what the audit tells of it. */
export interface Coming {
  readonly user: User;
  readonly created: boolean;
  /** The consent that was withdrawn was given again. */
  readonly returned: boolean;
  /** Found by the name under which another team handed them over. */
  readonly transferred: boolean;
  readonly addressChanged: boolean;
}

/** A link that is due to be checked, with its tokens, the latest first. */
export interface DueAppleCheck extends ApplePerson {
  readonly userId: string;
  readonly tokens: readonly StoredToken[];
}

/** So many links are taken to be checked at a time. */
export const checksAtOnce = 20;

/** Sign in with Apple. Refresh tokens are sealed; whatever ends a link queues those that are to be revoked. */
export interface AppleStore {
  /** The links of an account and their addresses, the one seen last first. */
  findAppleLinks(
    userId: string,
  ): Promise<{ link: AppleLink; addresses: KnownAddress[]; tokens: number }[]>;
  /**
   * Opens a session of the account that the person is linked with, or of a new one.
   * Refuses with `challenge_invalid`, `account_disabled`, `username_taken`, `invitation_invalid`,
   * `invitation_revoked`, and what `admit` throws.
   * @param input.invitation what lets a new account in; it is used up if one is made
   * @param input.admit judges whether the account with these credentials may be opened so
   */
  completeAppleSignIn(input: {
    nonce: Nonce;
    arrival: AppleArrival;
    newcomer: { readonly user: NewUser; readonly usernameKey: string };
    invitation?: { readonly tokenHash: string; readonly now: number };
    admit: (user: User, held: readonly Credential[]) => void;
    open: (coming: Coming) => { session: NewSession; audit: readonly AuditEntry[] };
    replaces: Pick<Session, 'id' | 'userId'> | null;
  }): Promise<User>;
  /**
   * Links the person with the account of a session.
   * Refuses with `challenge_invalid`, `unauthenticated` (account or session gone), `apple_taken` (linked with
   * another account), `apple_linked` (the account is linked with another person).
   */
  linkApple(input: {
    nonce: Nonce;
    userId: string;
    sessionId: string;
    arrival: AppleArrival;
    audit: readonly AuditEntry[];
  }): Promise<void>;
  /**
   * Ends every link of the account and the sessions that they opened, all but `keepSession`.
   * Refuses with `not_found`, `last_credential` (none of `keepOneOf` would be left).
   */
  unlinkApple(input: {
    userId: string;
    keepOneOf: KeepOneOf;
    keepSession: string;
    at: number;
    audit: readonly AuditEntry[];
  }): Promise<AppleEnd>;
  /**
   * Applies a notification, once for each `jti`.
   * @param input.eventAt by Apple's clock
   * @param input.audit what to note, if it is applied
   */
  applyAppleNotification(input: {
    jti: string;
    expiresAt: number;
    teams: readonly string[];
    sub: string;
    event: AppleEvent;
    at: number;
    eventAt: number;
    audit: (userId: string) => readonly AuditEntry[];
  }): Promise<AppleEventOutcome>;

  /** Takes some of the links whose check is due; nobody takes them before `until`. Nodes don't get the same ones. */
  takeAppleChecks(now: number, until: number): Promise<DueAppleCheck[]>;
  /**
   * What a check found. Tokens that Apple takes no longer are forgotten; if it took none, the sessions that the
   * link opened end, unless it was used meanwhile.
   */
  noteAppleCheck(
    input: ApplePerson & {
      userId: string;
      /** When the check was taken. */
      takenAt: number;
      dueAt: number;
      gone: readonly string[];
      /** Sealed again, under the key of today. */
      resealed: readonly StoredToken[];
      isValid: boolean;
      audit: readonly AuditEntry[];
    },
  ): Promise<void>;

  /** At most `limit` links of a team in the order of `sub`; `after` is exclusive. */
  listAppleLinks(team: string, after: string, limit: number): Promise<AppleLink[]>;
  /** Keeps by what name the receiving team can ask for the person. */
  keepTransferSub(input: ApplePerson & { transferSub: string; at: number }): Promise<void>;
  /**
   * Links the account with the same person as the receiving team knows them; the link of before stays.
   * False if the person or the account is linked there already, or the link is gone.
   */
  receiveApplePerson(input: {
    from: ApplePerson;
    to: ApplePerson;
    address: AppleAddress | null;
    at: number;
  }): Promise<boolean>;
  /** How far a transfer has come, for each team. Reads every link. */
  countAppleLinks(): Promise<
    {
      team: string;
      links: number;
      exported: number;
      received: number;
      firstExportAt: number | null;
    }[]
  >;
}

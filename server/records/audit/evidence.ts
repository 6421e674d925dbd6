/** What the evidence of several kinds has in common. Old rows are read too: a member never changes its type. */

/** The browser or app of the person who did it. */
export interface ByOwner {
  readonly userAgent: string | null;
  /** ISO 3166-1 alpha-2, if a trusted proxy told it. */
  readonly country: string | null;
}

/** An operator, at the command line or with a key. */
export interface ByOperator {
  readonly by: 'admin' | 'key';
  /** The user of the operating system; or the name of the key, and its ID in brackets. */
  readonly operator: string;
}

/** The passkey that the entry is about. */
export interface OfPasskey {
  /** What its owner called it when this happened. */
  readonly name: string;
}

/** What a verified response said of its ceremony (WebAuthn L3 §6.1, §5.8.1). */
export interface OfCeremony extends ByOwner {
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly signCount: number;
  readonly attachment: string | null;
  readonly origin: string;
  readonly rpId: string;
  readonly mediation: 'conditional' | 'immediate' | null;
}

/** What operators did that the audit of no account can tell. */

/** What is kept of each act, by its kind. */
interface Evidence {
  /** The account by its ID alone: whoever asked to be forgotten is. */
  'account-deleted': {
    readonly account: string;
    readonly passkeys: number;
    readonly sessions: number;
  };
  /** Without the name that it may be for: an account of that name may come and go. `expiresAt` in ms since the epoch. */
  'account-invited': {
    readonly invitation: string;
    readonly isNamed: boolean;
    readonly expiresAt: number;
  };
  'invitation-revoked': { readonly invitation: string };
  /** `message` is null for all that were given up. */
  'messages-retried': { readonly message: string | null };
  'operator-key-made': {
    readonly key: string;
    readonly name: string;
    readonly scopes: readonly string[];
    /** Milliseconds since the Unix epoch. */
    readonly expiresAt: number;
  };
  'operator-key-revoked': { readonly key: string };
  /** `salt` is the name of the one that takes the place of the other. */
  'salt-rotation-begun': { readonly salt: string };
  /** `left` are the envelopes that were for the salt of before, and that nothing opens any more. */
  'salt-rotation-finished': { readonly salt: string; readonly left: number };
}

type Kind = keyof Evidence;

export type OperatorEntryOf<Of extends Kind> = Readonly<{
  /** Unique and random. */
  id: string;
  /** Milliseconds since the Unix epoch. */
  at: number;
  operator: string;
  kind: Of;
  evidence: Evidence[Of];
}>;

export type OperatorEntry = { [Of in Kind]: OperatorEntryOf<Of> }[Kind];

/** An entry as it is read: newer versions may have written other kinds. */
export interface RecordedOperatorEntry extends Pick<OperatorEntry, 'id' | 'at' | 'operator'> {
  readonly kind: string;
  readonly evidence: object;
}

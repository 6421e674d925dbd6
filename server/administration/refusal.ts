/** Why an act is refused. `account` and `passkey` repeat what the operator wrote. */
export type Refusal =
  | { readonly code: 'account_unknown'; readonly account: string }
  /** The text is the user name of one account and the ID of another. */
  | { readonly code: 'account_ambiguous'; readonly account: string }
  | { readonly code: 'name_unusable' | 'name_taken'; readonly account: string }
  | { readonly code: 'key_unknown'; readonly key: string }
  /** There is none, or it opens no account any more. */
  | { readonly code: 'invitation_unknown'; readonly invitation: string }
  /** There is none, or it was not given up. */
  | { readonly code: 'message_unknown'; readonly message: string }
  | { readonly code: 'passkey_unknown'; readonly username: string; readonly passkey: string }
  /** No server that has vaults was ever started with this database. */
  | { readonly code: 'salt_missing' }
  | { readonly code: 'rotation_missing' }
  /** Sign in with Apple is not configured; or there is no team of before. */
  | { readonly code: 'apple_off' | 'former_team_missing' }
  | { readonly code: 'rotation_too_young'; readonly finishableAt: string }
  | { readonly code: 'vaults_orphaned'; readonly orphans: number }
  | {
      readonly code: 'policy_unknown';
      readonly policy: string;
      readonly configured: readonly string[];
    };

/** An act that is refused has changed nothing. */
export class RefusedAct extends Error {
  override readonly name = 'RefusedAct';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

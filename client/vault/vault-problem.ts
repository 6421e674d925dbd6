/** Why the vault did not do what was asked; each has words of its own in `words/`. */
export type VaultCode =
  /** Nothing of it is open here. */
  | 'vault_locked'
  /** There is none yet. */
  | 'vault_missing'
  /** No way in counts yet: the passkey has to answer once more, or a recovery code has to be made. */
  | 'vault_unconfirmed'
  /** The passkey has no envelope here yet: another way in has to open the vault once. */
  | 'vault_other_passkey'
  /** The passkey used to answer otherwise, on another device perhaps. */
  | 'vault_answer_changed'
  /** The passkey never gave the same answer twice. */
  | 'vault_answer_unsteady'
  /** The browser or the provider of the passkey has no PRF, or gave nothing this time. */
  | 'vault_no_answer'
  /** The person was not verified, so that the answer is not to be used. */
  | 'vault_not_verified'
  /** The answer had another length than the specification says. */
  | 'vault_answer_malformed'
  | 'vault_code_mistyped'
  | 'vault_code_wrong'
  /** Somebody else wrote meanwhile, and nobody said how to bring both together. */
  | 'vault_conflict'
  | 'vault_too_large'
  /** What the server keeps is not what was written. */
  | 'vault_damaged';

export class VaultProblem extends Error {
  override readonly name = 'VaultProblem';
  readonly code: VaultCode;

  constructor(code: VaultCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}

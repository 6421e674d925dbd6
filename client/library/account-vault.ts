import type { KeyWanted } from '../vault/data.ts';
import type { Merge } from '../vault/vault.ts';
import type { CallOptions } from './call.ts';

export interface VaultStatus {
  isOpen: boolean;
  /** Whether there is one; null if the person has to confirm before that can be told. */
  exists: boolean | null;
  /** How many ways open it, as far as they count: each has opened it before. */
  waysIn: { passkeys: number; recovery: boolean } | null;
  /** A passkey that could open it was deleted: the next time it is open, its key is changed. */
  rotationDue: boolean;
}

export interface Opening extends CallOptions {
  /** Whether the person is asked; `if-needed` if no passkey has answered a moment ago. */
  prompt?: 'if-needed' | 'always' | 'never';
}

/** Whether a recovery code opens the vault, too: it doesn't if nothing could open the vault to let it in. */
export type ForVault = 'opened' | 'closed' | 'missing';

/** The vault of the account that is signed in. What is refused has a `code`, for which `explain` has words. */
export interface AccountVault {
  /** What can be told without asking anybody. */
  status(): Promise<VaultStatus>;

  /**
   * Opens the vault, with what the sign-in brought if that was a moment ago, else with one prompt: call it from
   * a click. Opening it again with a passkey confirms the passkey, or gives it an envelope.
   *
   * Rejects with `vault_missing`, or why it does not open.
   */
  open(options?: Opening): Promise<void>;

  /**
   * Opens the vault, or makes one that the passkey opens which answered last; it takes data once that passkey has
   * answered once more (`open({ prompt: 'always' })`), or once a recovery code was kept.
   */
  create(options?: Opening): Promise<void>;

  /** What was written last; null as long as nothing was. */
  read(): Promise<unknown>;

  /** Writes any JSON, of up to 24 KiB; if another tab or device wrote meanwhile, `merge` makes one of both. */
  write(value: unknown, merge?: Merge): Promise<void>;

  /**
   * A key of the application's own: the same on every device and after every change of passkeys. AES-256-GCM if
   * not told otherwise; it can't be exported.
   */
  deriveKey(label: string, wanted?: KeyWanted): Promise<CryptoKey>;

  /** Forgets all keys, in every tab. */
  lock(): void;

  /**
   * A new recovery code for the vault, which has to be open. Show it once, and call `keepRecoveryCode` when the
   * person has kept it: until then it counts for nothing.
   */
  createRecoveryCode(): Promise<string>;

  /**
   * From now on this is the recovery code of the account and of its vault; the one before is no longer good. If
   * the vault is closed, it is opened first.
   *
   * Rejects with `vault_code_mistyped` if it is none.
   */
  keepRecoveryCode(code: string, options?: CallOptions): Promise<ForVault>;

  /** Rejects with `vault_code_mistyped` or `vault_code_wrong`. */
  openWithRecoveryCode(code: string): Promise<void>;

  /** Changes the data key and encrypts everything anew; every way in goes on opening it. */
  rotate(): Promise<void>;

  /** Deletes the vault and what is in it, for good. */
  remove(): Promise<void>;

  /** Leaves what passkeys answered to the next page, for some seconds: call it before you go there. */
  handOver(): Promise<void>;

  /** Whether a passkey has answered a moment ago, here or on the page before: then `open` needs no prompt. */
  hasAnswers(): Promise<boolean>;

  /** Calls back whenever the vault was opened or locked, here or in another tab, or has got a way in. */
  onChange(listener: (isOpen: boolean) => void): void;
}

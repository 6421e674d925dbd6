import type { AuditEntry } from '../records/audit.ts';
import type { OperatorEntryOf } from '../records/operator-entry.ts';
import type { Envelope, RotatingSalts, StoredSalts, Vault } from '../records/vault.ts';

/** What stands in the way of the end of a rotation, or was left behind by it. */
export interface SaltRotation {
  readonly salts: RotatingSalts;
  /** Envelopes for the current salt, of passkeys that have none for the next one. */
  readonly left: number;
  /** Vaults with data that nothing would open any more. */
  readonly orphans: number;
}

/** Vaults, and the salt that passkeys open them with. */
export interface VaultStore {
  /** The salts of the deployment: `candidate` becomes the current one if there is none yet. */
  keepSalts(candidate: Uint8Array): Promise<StoredSalts>;
  /** Null as long as nobody has kept any. */
  findSalts(): Promise<StoredSalts | null>;
  /** Begins a rotation to this salt, and keeps `by`, if there is a salt and no rotation is under way. */
  beginSaltRotation(next: Uint8Array, by: OperatorEntryOf<'salt-rotation-begun'>): Promise<void>;
  /** Looks only; null if no rotation is under way. */
  saltRotation(): Promise<SaltRotation | null>;
  /**
   * Ends the rotation, and keeps what `by` makes of it, unless that would orphan a vault: `orphans` says how
   * many. Null if no rotation is under way.
   */
  finishSaltRotation(
    by: (rotation: SaltRotation) => OperatorEntryOf<'salt-rotation-finished'>,
  ): Promise<SaltRotation | null>;

  /** Null if the account never had one. Envelopes are in the order in which they were made. */
  findVault(userId: string): Promise<Vault | null>;
  /**
   * Puts the next state in the place of one revision, wholly or not at all; false if that is no longer what
   * is stored, a passkey is gone, or a salt is no longer in use. Without `data` what is there stays.
   */
  writeVault(input: {
    userId: string;
    /** Null: there never was one. */
    expected: number | null;
    revision: number;
    data: Uint8Array | undefined;
    rotationDue: boolean;
    envelopes: readonly Envelope[];
    audit: readonly AuditEntry[];
  }): Promise<boolean>;
  /** Deletes all but the revision. Refuses with `not_found`. */
  deleteVault(userId: string, audit: readonly AuditEntry[]): Promise<void>;
}

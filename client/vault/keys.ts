import { type Bytes, concat, equal, random } from './bytes.ts';

/** What every envelope of a vault holds. */
export interface Keys {
  /** The data key: it encrypts the data, and a rotation changes it. */
  readonly data: Bytes;
  /**
   * Made with the vault and never changed. Whoever seals a new data key to an envelope has to know it, so that
   * nobody can who never had the vault open: neither the server, nor whoever writes to its database.
   */
  readonly lineage: Bytes;
}

export const keyLength = 32;

export const newKeys = (): Keys => ({ data: random(keyLength), lineage: random(keyLength) });

/** Those that a rotation of the data key leaves. */
export const rotated = ({ lineage }: Keys): Keys => ({
  data: random(keyLength),
  lineage: lineage.slice(),
});

export const isSameKeys = (one: Keys, other: Keys): boolean =>
  equal(one.data, other.data) && equal(one.lineage, other.lineage);

export const joined = ({ data, lineage }: Keys): Bytes => concat(data, lineage);

export const parted = (bytes: Bytes): Keys => ({
  data: bytes.slice(0, keyLength),
  lineage: bytes.slice(keyLength, 2 * keyLength),
});

export function wipe({ data, lineage }: Keys): void {
  data.fill(0);
  lineage.fill(0);
}

import type { Bytes } from './bytes.ts';
import { decrypt, encrypt } from './cipher.ts';

/** The data key of a vault that is open: in memory only as a ciphertext, but for the moments of its use. */
export interface KeptKey {
  recall(): Promise<Bytes>;
}

/** Keeps a data key for this page, and wipes the bytes that were given. */
export async function keepKey(dataKey: Bytes): Promise<KeptKey> {
  const algorithm = { name: 'AES-GCM', length: 256 };
  const key = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
  const nothing = new Uint8Array();
  const kept = await encrypt(key, dataKey, nothing);
  dataKey.fill(0);
  return { recall: () => decrypt(key, kept, nothing) };
}

import { decrypt, encrypt } from './cipher.ts';
import { joined, type Keys, parted, wipe } from './keys.ts';

/** The keys of a vault that is open: in memory only as a ciphertext, but for the moments of their use. */
export interface KeptKeys {
  recall(): Promise<Keys>;
}

/** Keeps the keys for this page, and wipes those that were given. */
export async function keepKeys(keys: Keys): Promise<KeptKeys> {
  const algorithm = { name: 'AES-GCM', length: 256 };
  const key = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
  const nothing = new Uint8Array();
  const plain = joined(keys);
  const kept = await encrypt(key, plain, nothing);
  plain.fill(0);
  wipe(keys);
  return { recall: async () => parted(await decrypt(key, kept, nothing)) };
}

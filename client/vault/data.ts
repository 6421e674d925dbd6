/**
 * What a vault holds: one JSON value of the application's, and beside it the root of all keys that
 * `deriveKey` makes. The root is made once: it outlives every rotation of the data key.
 */
import { type Bytes, concat, fromBase64Url, random, toBase64Url, utf8 } from './bytes.ts';
import { decrypt, encrypt } from './cipher.ts';
import { UnknownFormat } from './envelope.ts';
import { deriveCipher, deriveKey, importSecret, info, label } from './hkdf.ts';
import { VaultProblem } from './vault-problem.ts';

export interface Content {
  /** 32 bytes, base64url. */
  readonly root: string;
  /** Anything that JSON can say. */
  readonly value: unknown;
}

const version = 1;
/** Bytes: how long the text is in between tells an onlooker nothing. */
const block = 1024;
/** What the server takes, in bytes of ciphertext. */
const longestData = 24 * 1024;

export const newContent = (): Content => ({ root: toBase64Url(random(32)), value: null });

/** @throws {VaultProblem} `vault_too_large`: the server would not take it */
export async function encryptContent(
  account: string,
  dataKey: Bytes,
  content: Content,
): Promise<string> {
  const { key, bound } = await cipherOf(account, dataKey);
  const data = concat(Uint8Array.of(version), await encrypt(key, padded(content), bound));
  if (data.length > longestData) throw new VaultProblem('vault_too_large');
  return toBase64Url(data);
}

/**
 * @throws {UnknownFormat}
 * @throws {DOMException} `OperationError`: encrypted under another data key, or tampered with
 */
export async function decryptContent(
  account: string,
  dataKey: Bytes,
  data: string,
): Promise<Content> {
  const bytes = fromBase64Url(data);
  if (bytes[0] !== version) throw new UnknownFormat('data of another version');
  const { key, bound } = await cipherOf(account, dataKey);
  const plain = await decrypt(key, bytes.slice(1), bound);
  return JSON.parse(new TextDecoder().decode(plain));
}

/**
 * A key of an application's own: the same on every device, whichever passkey opened the vault, and after
 * every rotation. AES-256-GCM if not told otherwise; never extractable.
 */
export async function deriveApplicationKey(
  account: string,
  { root }: Content,
  name: string,
  { algorithm = { name: 'AES-GCM', length: 256 }, usages = ['encrypt', 'decrypt'] }: KeyWanted = {},
): Promise<CryptoKey> {
  const bound = info(label.application, fromBase64Url(account), utf8(name));
  return deriveKey(await importSecret(fromBase64Url(root)), bound, algorithm, usages);
}

/** What kind of key, in the words of WebCrypto. */
export interface KeyWanted {
  readonly algorithm?: AesDerivedKeyParams | HmacImportParams;
  readonly usages?: readonly KeyUsage[];
}

async function cipherOf(account: string, dataKey: Bytes) {
  const bound = info(label.data, fromBase64Url(account));
  return { key: await deriveCipher(await importSecret(dataKey), bound), bound };
}

/** JSON may end in spaces. */
function padded(content: Content): Bytes {
  const bytes = utf8(JSON.stringify(content));
  const whole = new Uint8Array(Math.ceil(bytes.length / block) * block).fill(0x20);
  whole.set(bytes);
  return whole;
}

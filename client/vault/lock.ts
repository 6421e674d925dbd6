import { type Bytes, fromBase64Url, toBase64Url, utf8 } from './bytes.ts';
import { deriveBytes, deriveCipher, importSecret, info, label } from './hkdf.ts';

/** One PRF output of one passkey for one salt, taken from a response whose UV flag was set. */
export interface Evaluation {
  readonly rpId: string;
  /** base64url */
  readonly credentialId: string;
  /** base64url, as the options carried it */
  readonly salt: string;
  /** The output, for derivations only. */
  readonly output: CryptoKey;
}

/** What an envelope says of the way in that it belongs to; the server keeps it beside the envelope. */
export type WayIn = PasskeyWay | { readonly kind: 'recovery'; readonly fingerprint: string };

interface PasskeyWay {
  readonly kind: 'passkey';
  readonly credentialId: string;
  readonly saltId: string;
  /** Tells which output it is for, and nothing about that output. */
  readonly fingerprint: string;
}

/** What closes and opens the envelope of one way in, to one account. */
export interface Lock {
  readonly way: WayIn;
  /** AES-256-GCM. */
  readonly key: CryptoKey;
  /** What the key is bound to, and what is authenticated beside everything that it encrypts. */
  readonly bound: Bytes;
}

const fingerprintLength = 16;

/** The lock of a passkey. `account` is the user handle, base64url. */
export async function passkeyLock(account: string, evaluation: Evaluation): Promise<Lock> {
  const { rpId, credentialId, salt, output } = evaluation;
  const place = [fromBase64Url(account), utf8(rpId), ...[credentialId, salt].map(fromBase64Url)];
  const bound = info(label.envelope, ...place);
  const fingerprint = info(label.fingerprint, ...place);
  return {
    way: {
      kind: 'passkey',
      credentialId,
      saltId: await saltId(salt),
      fingerprint: toBase64Url(await deriveBytes(output, fingerprint, fingerprintLength)),
    },
    key: await deriveCipher(output, bound),
    bound,
  };
}

/** The lock of a recovery code: bound to the account alone, so that it outlives a move of the site. */
export async function recoveryLock(account: string, code: string): Promise<Lock> {
  const bound = info(label.recoveryEnvelope, fromBase64Url(account));
  const secret = await importSecret(utf8(code));
  const recognised = info(label.recoveryFingerprint, fromBase64Url(account));
  const fingerprint = toBase64Url(await deriveBytes(secret, recognised, fingerprintLength));
  return { way: { kind: 'recovery', fingerprint }, key: await deriveCipher(secret, bound), bound };
}

/** The name of a salt: the first 8 bytes of its SHA-256, base64url. */
export async function saltId(salt: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', fromBase64Url(salt));
  return toBase64Url(new Uint8Array(digest, 0, 8));
}

/** Whether two ways in are the same one: the same output of the same passkey, or the same code. */
export function isSameWay(one: WayIn, other: WayIn): boolean {
  const isSame = one.kind === other.kind && one.fingerprint === other.fingerprint;
  if (one.kind === 'recovery' || other.kind === 'recovery') return isSame;
  return isSame && one.credentialId === other.credentialId && one.saltId === other.saltId;
}

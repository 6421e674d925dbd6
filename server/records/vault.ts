/** Vaults: what an account encrypts in its browsers, and the envelopes that only they can open. */
import { hash } from 'node:crypto';
import { fromBase64Url, toBase64Url } from '../base64url.ts';

/** WebAuthn L3 §10.1.4 AuthenticationExtensionsPRFValuesJSON. */
export interface PrfValues {
  readonly first: string;
  readonly second?: string;
}

/** The inputs of the PRF extension, 32 random bytes each: the same for everybody. */
export interface PrfSalts {
  readonly current: Uint8Array;
  /** The one that takes its place once the rotation that is under way is finished. */
  readonly next: Uint8Array | null;
}

export interface StoredSalts extends PrfSalts {
  /** When the rotation that is under way was begun; null if there is none. */
  readonly rotatingSince: number | null;
}

/** While a rotation is under way. */
export interface RotatingSalts extends StoredSalts {
  readonly next: Uint8Array;
  readonly rotatingSince: number;
}

/** Null if no rotation is under way. */
export function rotating(salts: StoredSalts | null | undefined): RotatingSalts | null {
  const { next = null, rotatingSince = null } = salts ?? {};
  return !salts || next === null || rotatingSince === null
    ? null
    : { current: salts.current, next, rotatingSince };
}

/** One way into a vault, and what it opens. To the server `wrappedKey` is a row of bytes. */
export interface Envelope {
  readonly id: string;
  readonly kind: 'passkey' | 'recovery';
  /** The passkey and the salt that it is for; both null for a recovery code. */
  readonly credentialId: string | null;
  readonly saltId: string | null;
  /** Tells which of several outputs it is for. */
  readonly fingerprint: string | null;
  readonly wrappedKey: Uint8Array;
  readonly createdAt: number;
  /** When it last opened the vault; null as long as nobody has said that it did. */
  readonly lastUsedAt: number | null;
}

export interface Vault {
  readonly userId: string;
  /** False once it was deleted: what stays is the revision, so that none is ever used twice. */
  readonly exists: boolean;
  /** Counts up with every change. */
  readonly revision: number;
  readonly data: Uint8Array | null;
  /** A way in was given up since the data key was made. */
  readonly rotationDue: boolean;
  readonly envelopes: readonly Envelope[];
}

/** The name of a salt: base64url of the first 8 bytes of its SHA-256. */
export function saltId(salt: Uint8Array): string {
  return toBase64Url(fromBase64Url(hash('sha256', salt, 'base64url')).subarray(0, 8));
}

/** The names of the salts that options carry. */
export function liveSaltIds({ current, next }: PrfSalts): readonly string[] {
  return next === null ? [saltId(current)] : [saltId(current), saltId(next)];
}

/** Whether anybody can still open it: nobody evaluates a salt that was retired. */
export const isLive = ({ saltId }: Pick<Envelope, 'saltId'>, live: readonly string[]): boolean =>
  saltId === null || live.includes(saltId);

/**
 * Whether it counts as a way in: only after it has opened the vault. What an authenticator answered once may
 * never come again, and a code may never have been written down.
 */
export const counts = ({ lastUsedAt }: Pick<Envelope, 'lastUsedAt'>): boolean =>
  lastUsedAt !== null;

/** Whether these leave no way in, or none that counts although one did. */
export function locksOut(
  before: readonly Pick<Envelope, 'lastUsedAt'>[],
  after: readonly Pick<Envelope, 'lastUsedAt'>[],
): boolean {
  return after.length === 0 || (before.some(counts) && !after.some(counts));
}

/** Whether there is one to its owner: one that holds nothing is gone once every salt of its envelopes is retired. */
export const stands = (
  { exists, data, envelopes }: Pick<Vault, 'exists' | 'data' | 'envelopes'>,
  live: readonly string[],
): boolean => exists && (data !== null || envelopes.some((each) => isLive(each, live)));

/** Whether nothing would be lost with it: it holds nothing, and nothing is known to open it. */
export const isWorthless = ({ data, envelopes }: Pick<Vault, 'data' | 'envelopes'>): boolean =>
  data === null && !envelopes.some(counts);

import { hash } from 'node:crypto';
import type { Provider } from 'oidc-provider';

/** Base64url of the six bytes that say when something was made, before the random ones. */
const timeLength = 8;
const untimedLength = 43;

/** An ID from which `recordKey` knows when it was made. */
export function timedId(random: string, madeAt: number): string {
  const time = Buffer.alloc(6);
  time.writeUIntBE(madeAt, 0, time.length);
  return time.toString('base64url') + random;
}

/**
 * What a protocol object is found by in the store. SHA-256 suffices: an ID has 256 random bits. Before the hash
 * stands the time of the ID, so that what is made together is stored together: by their hashes alone, each would
 * be written to a page of its own.
 */
export function recordKey(model: string, id: string): string {
  const hashed = hash('sha256', `${model} ${id}`, 'base64url');
  if (id.length !== timeLength + untimedLength) return hashed;
  return Buffer.from(id.slice(0, timeLength), 'base64url').toString('hex') + hashed;
}

/** Gives the tokens and codes of this provider such IDs. */
export function timeTokens(provider: Provider, now: () => number): void {
  const { AccessToken, AuthorizationCode, RefreshToken } = provider;
  for (const model of [AccessToken, AuthorizationCode, RefreshToken]) {
    const { prototype } = model as unknown as { readonly prototype: Identified };
    const { generateTokenId } = prototype;
    prototype.generateTokenId = function withTime(this: Identified): string {
      return timedId(generateTokenId.call(this), now());
    };
  }
}

interface Identified {
  generateTokenId(): string;
}

import { hash } from 'node:crypto';
import { toBase64Url } from '../base64url.ts';

/** The token of a link that works once. SHA-256 suffices: it has 256 random bits, so there is nothing to guess. */
export function newLinkToken(random: (length: number) => Uint8Array) {
  const token = toBase64Url(random(32));
  return { token, tokenHash: hashLinkToken(token) };
}

/** Only this of a token is kept. */
export function hashLinkToken(token: string): string {
  return hash('sha256', token, 'base64url');
}

import { hash } from 'node:crypto';

/** What a protocol object is found by in the store. SHA-256 suffices: an ID has 256 random bits. */
export function recordKey(model: string, id: string): string {
  return hash('sha256', `${model} ${id}`, 'base64url');
}

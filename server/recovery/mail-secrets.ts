/**
 * The codes and links that mails carry. They are made from a key of the server when they are sent, so that neither
 * the outbox nor any other table holds one: only hashes of them are stored.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Deps } from '../deps.ts';

type Given = Pick<Deps, 'keys'>;

const mac = ({ keys }: Given, ...parts: readonly string[]): Buffer =>
  createHmac('sha256', keys.mail).update(JSON.stringify(parts)).digest();

/** NIST SP 800-63B-4 §4.2.1.2: at least six digits. */
export function addressCode(given: Given, nonce: string): string {
  const number = mac(given, 'address code', nonce).readUIntBE(0, 6) % 1_000_000;
  return String(number).padStart(6, '0');
}

/** Bound to the account and to the browser that asked for the code. */
export function addressCodeHash(given: Given, userId: string, browser: string, code: string) {
  return mac(given, 'address code hash', userId, browser, code).toString('base64url');
}

/** @param message the one that carries it: an attempt that is repeated sends the same link */
export function recoveryToken(given: Given, message: string, userId: string): string {
  return mac(given, 'recovery link', message, userId).toString('base64url');
}

export function vetoToken(given: Given, veto: string): string {
  return mac(given, 'veto', veto).toString('base64url');
}

export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Of the cookie value that stands for a browser. */
export function hashOfBrowser(browser: string): string {
  return createHash('sha256').update(`browser ${browser}`).digest('base64url');
}

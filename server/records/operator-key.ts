/** The keys with which other back ends call the operators' API. */
import { hash } from 'node:crypto';
import { toBase64Url } from '../base64url.ts';

/** What a key may do. Each call of the operators' API names one of them. */
export const operatorScopes = [
  'accounts:read',
  'accounts:disable',
  'sessions:end',
  'enrolments:create',
  'invitations:create',
  'invitations:revoke',
  'audit:read',
] as const;
export type OperatorScope = (typeof operatorScopes)[number];

/** A key as it is kept: what opens with it is known by its hash alone. */
export interface OperatorKey {
  /** Public: lists, logs and the audit name the key by it. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The day (UTC) on which it was used last, as `2026-03-01`; null if it never was. */
  readonly lastUsedOn: string | null;
}

/** Secret scanners know a key of ours by it. */
const prefix = 'latchkey_operator_';

const form = new RegExp(`^${prefix}[\\w-]{43}$`);

/** What is shown once. SHA-256 suffices for what is kept: there are 256 random bits, so there is nothing to guess. */
export function newOperatorSecret(random: (length: number) => Uint8Array) {
  const secret = prefix + toBase64Url(random(32));
  return { secret, keyHash: hashOperatorSecret(secret) };
}

export function isOperatorSecret(text: string): boolean {
  return form.test(text);
}

export function hashOperatorSecret(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** Who acted, for the audit. */
export function actorOf({ id, name }: Pick<OperatorKey, 'id' | 'name'>): string {
  return `${name} (${id})`;
}

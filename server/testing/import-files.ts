/** Accounts as lines of import and export files. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toBase64Url } from '../base64url.ts';
import { generateKey } from './cose.ts';

export const key = toBase64Url(generateKey(-7).publicKey);
export const id = (bytes = 16) => toBase64Url(randomBytes(bytes));

/** Every member that an export writes, in its order. */
export function fullAccount(name: string, state = 'active') {
  const flags = { backupEligible: true, backedUp: true };
  const times = { createdAt: '2024-05-06T07:08:09.123Z', lastUsedAt: '2025-05-06T07:08:09.123Z' };
  const credential = {
    ...{ id: id(20), publicKey: key, signCount: 7, transports: ['internal', 'hybrid'] },
    ...{ aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd', ...flags, ...times, name: 'My phone' },
    ...{ rpId: 'old.example', uvInitialized: false, attachment: 'platform', state },
    ...{ lastUserAgent: 'a browser', lastCountry: 'NL', upgradeAfter: '2026-05-06T07:08:09.123Z' },
    counterFellAt: '2026-06-07T08:09:10.456Z',
    userHandle: state === 'active' ? '' : id(32),
  };
  const disabled = { disabledAt: '2025-01-01T00:00:00.000Z', policy: 'strict' };
  const names = { username: name, displayName: `${name} Example`, userHandle: id(32) };
  return {
    ...names,
    createdAt: '2024-01-01T00:00:00.000Z',
    ...disabled,
    credentials: [credential],
  };
}

export function account(name: string) {
  return { username: name, userHandle: id(32), credentials: [{ id: id(20), publicKey: key }] };
}

export const text = (lines: readonly unknown[]) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** @returns the name of the file in its folder */
export function writeLines(folder: string, lines: readonly unknown[]): string {
  const name = 'accounts.ndjson';
  writeFileSync(join(folder, name), text(lines));
  return name;
}

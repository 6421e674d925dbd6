/** What a browser would write of a vault, with bytes in the place of what it encrypts. */
import { createHash } from 'node:crypto';
import { base64url, fromBase64url } from './authenticator-data.ts';
import type { TestBrowser } from './browser.ts';
import { id } from './records.ts';

/** As docs/vault.md names a salt. */
export const saltIdOf = (salt: string): string =>
  base64url(createHash('sha256').update(fromBase64url(salt)).digest().subarray(0, 8));

/** The salt that options carry now. */
export async function saltOf(browser: TestBrowser): Promise<string> {
  const { body } = await browser.post('/api/authentication/options', {});
  return body.extensions.prf.eval.first;
}

interface Written {
  readonly id: string;
  readonly kind: 'passkey' | 'recovery';
  readonly credentialId?: string;
  readonly saltId?: string;
  readonly fingerprint: string;
  readonly wrappedKey: string;
}

export const passkeyEnvelope = (
  credentialId: string | undefined,
  salt: string,
  more: Partial<Written> = {},
): Written => ({
  ...{ id: id(16), kind: 'passkey', credentialId: credentialId ?? '', saltId: saltIdOf(salt) },
  ...{ fingerprint: id(16), wrappedKey: id(190) },
  ...more,
});

export const recoveryEnvelope = (more: Partial<Written> = {}): Written => ({
  ...{ id: id(16), kind: 'recovery', fingerprint: id(16), wrappedKey: id(190) },
  ...more,
});

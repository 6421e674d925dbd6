import { describe, expect, it } from 'vitest';
import vectors from '../../docs/vault-vectors.json' with { type: 'json' };
import { fromBase64Url, toBase64Url } from './bytes.ts';
import { decryptContent, deriveApplicationKey } from './data.ts';
import { openEnvelope } from './envelope.ts';
import { importSecret } from './hkdf.ts';
import { passkeyLock, recoveryLock } from './lock.ts';
import { readRecoveryCode, recoveryVerifier } from './recovery-code.ts';

const { account, dataKey, lineage, envelopes, recovery, data, applicationKey, refused } = vectors;

async function lockOf(of: string, place: Record<string, unknown>) {
  const { rpId, credentialId, salt, prfOutput } = place as Record<string, string>;
  return passkeyLock(of, {
    rpId: rpId ?? '',
    credentialId: credentialId ?? '',
    salt: salt ?? '',
    output: await importSecret(fromBase64Url(prfOutput ?? '')),
  });
}

describe('the test vectors of docs/vault.md', () => {
  it.each(envelopes)('open: $name', async (vector) => {
    const lock = await (vector.kind === 'passkey'
      ? lockOf(account, vector)
      : recoveryLock(account, recovery.code));
    expect(lock.way.fingerprint).toBe(vector.fingerprint);
    if (lock.way.kind === 'passkey') expect(lock.way.saltId).toBe(vector.saltId);
    expect(toBase64Url(lock.bound)).toBe(vector.info);
    const opened = await openEnvelope(account, lock, vector.wrappedKey);
    expect(toBase64Url(opened.keys.data)).toBe(dataKey);
    expect(toBase64Url(opened.keys.lineage)).toBe(lineage);
    expect(opened.isSealed).toBe(vector.name.startsWith('sealed'));
  });

  it.each(refused)('open nothing with $why', async (vector) => {
    const lock = await lockOf(vector.account, vector);
    await expect(openEnvelope(vector.account, lock, vector.wrappedKey)).rejects.toThrow();
  });

  it('read the recovery code, and derive its verifier', async () => {
    const code = readRecoveryCode(recovery.shown);
    expect(code).toBe(recovery.code);
    expect(await recoveryVerifier(code ?? '')).toBe(recovery.verifier);
  });

  it('decrypt the data', async () => {
    expect(await decryptContent(account, fromBase64Url(dataKey), data.ciphertext)).toEqual(
      data.content,
    );
  });

  it('derive the key of an application', async () => {
    const ours = await deriveApplicationKey(account, data.content, applicationKey.label);
    const theirs = await crypto.subtle.importKey(
      'raw',
      fromBase64Url(applicationKey.key),
      'AES-GCM',
      false,
      ['decrypt'],
    );
    const iv = new Uint8Array(12);
    const text = new TextEncoder().encode('the same key');
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, ours, text);
    const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, theirs, sealed);
    expect(new Uint8Array(opened)).toEqual(text);
  });
});

/**
 * A second reader of the vault's format, written from docs/vault.md with node:crypto alone: what the
 * browser's implementation wrote into the test vectors must open here, and what must not, does not.
 */
import { createDecipheriv, createECDH, createHash, createHmac, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prfOutput } from '../testing/prf.ts';

interface Place {
  readonly rpId: string;
  readonly credentialId: string;
  readonly salt: string;
  readonly prfOutput: string;
}

interface Passkey extends Place {
  readonly kind: 'passkey';
  readonly name: string;
  readonly credRandom: string;
  readonly saltId: string;
  readonly info: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly wrappedKey: string;
}

interface Recovery {
  readonly kind: 'recovery';
  readonly fingerprint: string;
  readonly name: string;
  readonly info: string;
  readonly key: string;
  readonly wrappedKey: string;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../docs/vault-vectors.json', import.meta.url), 'utf8'),
) as {
  account: string;
  dataKey: string;
  lineage: string;
  envelopes: (Passkey | Recovery)[];
  recovery: { shown: string; code: string; verifier: string };
  data: { info: string; key: string; ciphertext: string; content: { root: string } };
  applicationKey: { label: string; info: string; key: string };
  refused: (Place & { why: string; account: string; wrappedKey: string })[];
};
const { account, dataKey, lineage, envelopes, recovery, data, applicationKey, refused } = vectors;
const passkeys = envelopes.filter((each) => each.kind === 'passkey');

const bytes = (text: string) => Buffer.from(text, 'base64url');
const text = (value: Uint8Array) => Buffer.from(value).toString('base64url');

/** Each part behind its length, two bytes, big-endian. */
const frame = (...parts: Uint8Array[]) =>
  Buffer.concat(
    parts.flatMap((part) => [Buffer.from([part.length >> 8, part.length & 0xff]), part]),
  );
const info = (label: string, ...bound: Uint8Array[]) => frame(Buffer.from(label), ...bound);
const hkdf = (secret: Uint8Array, bound: Uint8Array, length = 32, salt: Uint8Array | '' = '') =>
  Buffer.from(hkdfSync('sha256', secret, salt, bound, length));

/** Nonce (12), ciphertext, tag (16). */
function decrypt(key: Uint8Array, sealed: Uint8Array, additional: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
  decipher.setAAD(additional);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}

/** The data key, and the lineage. */
function openEnvelope(
  of: string,
  bound: Uint8Array,
  key: Uint8Array,
  wrappedKey: string,
): Buffer[] {
  const envelope = bytes(wrappedKey);
  expect(envelope[0]).toBe(1);
  const publicKey = envelope.subarray(125, 190);
  const plain = decrypt(key, envelope.subarray(1, 125), Buffer.concat([bound, publicKey]));
  const ofVault = plain.subarray(32, 64);
  if (envelope.length === 222) return [plain.subarray(0, 32), ofVault];
  expect(envelope).toHaveLength(347);
  const ephemeral = envelope.subarray(222, 287);
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(plain.subarray(64));
  expect(ecdh.getPublicKey()).toEqual(publicKey);
  const sealing = info('latchkey vault seal v1', bytes(of), ephemeral, publicKey);
  const sealKey = hkdf(ecdh.computeSecret(ephemeral), sealing, 32, ofVault);
  return [decrypt(sealKey, envelope.subarray(287), sealing), ofVault];
}

function placeOf(of: string, { rpId, credentialId, salt }: Place): Uint8Array[] {
  return [bytes(of), Buffer.from(rpId), bytes(credentialId), bytes(salt)];
}

describe('a second implementation of the vault', () => {
  it.each(passkeys)('derives the key and the fingerprint of an envelope: $name', (vector) => {
    const place = placeOf(account, vector);
    expect(text(prfOutput(bytes(vector.credRandom), bytes(vector.salt)))).toBe(vector.prfOutput);
    expect(text(info('latchkey vault envelope v1', ...place))).toBe(vector.info);
    expect(text(hkdf(bytes(vector.prfOutput), bytes(vector.info)))).toBe(vector.key);
    const fingerprint = info('latchkey vault fingerprint v1', ...place);
    expect(text(hkdf(bytes(vector.prfOutput), fingerprint, 16))).toBe(vector.fingerprint);
    const digest = createHash('sha256').update(bytes(vector.salt)).digest();
    expect(text(digest.subarray(0, 8))).toBe(vector.saltId);
  });

  it.each(envelopes)('opens the envelope $name', ({ info: bound, key, wrappedKey }) => {
    const opened = openEnvelope(account, bytes(bound), bytes(key), wrappedKey);
    expect(opened.map(text)).toEqual([dataKey, lineage]);
  });

  it.each(envelopes)('finds the envelope $name vouched for by the data key', (vector) => {
    const envelope = bytes(vector.wrappedKey);
    const named = vector.kind === 'passkey' ? [vector.credentialId, vector.saltId] : [];
    const names = [...named, vector.fingerprint];
    const vouched = frame(
      Buffer.from(vector.kind),
      ...names.map(bytes),
      envelope.subarray(125, 190),
    );
    const key = hkdf(bytes(dataKey), info('latchkey vault voucher v1', bytes(account)));
    const voucher = createHmac('sha256', key).update(vouched).digest();
    expect(text(voucher)).toBe(text(envelope.subarray(190, 222)));
  });

  it('derives both halves of the recovery code', () => {
    const code = recovery.shown.replaceAll('-', '').slice(0, 27);
    expect(code).toBe(recovery.code);
    const verifier = info('latchkey recovery verifier v1');
    expect(text(hkdf(Buffer.from(code), verifier))).toBe(recovery.verifier);
    const envelope = envelopes.find(({ kind }) => kind === 'recovery');
    const bound = info('latchkey vault recovery envelope v1', bytes(account));
    expect(text(bound)).toBe(envelope?.info);
    expect(text(hkdf(Buffer.from(code), bound))).toBe(envelope?.key);
    const fingerprint = info('latchkey vault recovery fingerprint v1', bytes(account));
    expect(text(hkdf(Buffer.from(code), fingerprint, 16))).toBe(envelope?.fingerprint);
  });

  it('decrypts the data', () => {
    const bound = info('latchkey vault data v1', bytes(account));
    expect(text(bound)).toBe(data.info);
    expect(text(hkdf(bytes(dataKey), bound))).toBe(data.key);
    const ciphertext = bytes(data.ciphertext);
    expect(ciphertext[0]).toBe(1);
    const plain = decrypt(bytes(data.key), ciphertext.subarray(1), bound);
    expect(plain.length % 1024).toBe(0);
    expect(JSON.parse(plain.toString())).toEqual(data.content);
  });

  it('derives the key of an application', () => {
    const { label } = applicationKey;
    const bound = info('latchkey vault application key v1', bytes(account), Buffer.from(label));
    expect(text(bound)).toBe(applicationKey.info);
    expect(text(hkdf(bytes(data.content.root), bound))).toBe(applicationKey.key);
  });

  it.each(refused)('opens nothing with $why', (vector) => {
    const bound = info('latchkey vault envelope v1', ...placeOf(vector.account, vector));
    const key = hkdf(bytes(vector.prfOutput), bound);
    expect(() => openEnvelope(vector.account, bound, key, vector.wrappedKey)).toThrow();
  });
});

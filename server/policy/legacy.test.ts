import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../testing/cose.ts';
import { isLegacy, legacyEvidence } from './legacy.ts';

/** SEC 1 §2.3.3, read from the other encoding of the key: its last 65 bytes are the point. */
const key = generateKey(-7);
const keyHash = createHash('sha1').update(key.spki.subarray(-65)).digest('base64url');
const appleDeviceBound = 'f24a8e70-d0d3-f82c-2937-32523cc4de5a';
const noModel = '00000000-0000-0000-0000-000000000000';

type Traits = Parameters<typeof isLegacy>[0];

/** As iOS 15 made them: the ID is the hash of the key, nothing else is said. */
const legacy: Traits = {
  id: keyHash,
  publicKey: key.publicKey,
  algorithm: -7,
  signCount: 0,
  backupEligible: false,
  transports: ['internal'],
  aaguid: noModel,
  attachment: 'platform',
};

const always = ['device-bound', 'es256-without-counter'];
const randomId = Buffer.alloc(20, 7).toString('base64url');

describe('a legacy platform credential', () => {
  it.each<[string, Partial<Traits>, string[]]>([
    ['the ID that is the hash of the key', {}, ['id-is-key-hash']],
    [
      'Apple’s attestation of what does not sync',
      { id: randomId, aaguid: appleDeviceBound },
      ['aaguid'],
    ],
    ['both', { aaguid: appleDeviceBound }, ['id-is-key-hash', 'aaguid']],
    ['the ID, where nobody kept the transports', { transports: [] }, ['id-is-key-hash']],
    ['the ID, where nobody kept the attachment', { attachment: null }, ['id-is-key-hash']],
    ['the ID, with a transport that is unknown', { transports: ['x-later'] }, ['id-is-key-hash']],
  ])('is told by %s', (_what, traits, decisive) => {
    expect(legacyEvidence({ ...legacy, ...traits })).toEqual([...always, ...decisive]);
    expect(isLegacy({ ...legacy, ...traits })).toBe(true);
  });

  it.each<[string, Partial<Traits>]>([
    ['one that syncs', { backupEligible: true }],
    ['one with a counter', { signCount: 1 }],
    ['one of another algorithm', { algorithm: -8 }],
    ['one that says it is of another device', { attachment: 'cross-platform' }],
    ...['usb', 'nfc', 'ble', 'hybrid', 'smart-card'].map((transport): [string, Partial<Traits>] => [
      `one that was reached by ${transport}`,
      { transports: ['internal', transport] },
    ]),
    ['a Windows Hello key: device-bound, and no more', { id: randomId }],
    ['one with the hash of another key for its ID', { publicKey: generateKey(-7).publicKey }],
    ['a key that is not canonical', { publicKey: Buffer.concat([key.publicKey, Buffer.of(0)]) }],
    ['a key that is none', { publicKey: new Uint8Array() }],
    ['an ID of the hash and more', { id: `${keyHash}AA` }],
  ])('is not %s', (_what, traits) => {
    expect(legacyEvidence({ ...legacy, ...traits })).toEqual([]);
    expect(isLegacy({ ...legacy, ...traits })).toBe(false);
  });

  it('stays none whatever speaks for it, once anything speaks against it', () => {
    const certain = { ...legacy, aaguid: appleDeviceBound };
    expect(isLegacy(certain)).toBe(true);
    expect(isLegacy({ ...certain, backupEligible: true })).toBe(false);
  });
});

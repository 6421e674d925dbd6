import { describe, expect, it } from 'vitest';
import { fromBase64Url } from '../../base64url.ts';
import { decoyCredentials, decoyUserId, isDecoy } from './credentials.ts';

const key = new Uint8Array(32).fill(1);
const foreign = new Uint8Array(32).fill(2);
const rpId = 'example.org';
const names = Array.from({ length: 100 }, (_, index) => `nobody-${index}`);
const synced = { rpId, idLength: 20, transports: ['internal', 'hybrid'] };
const key64 = { rpId, idLength: 64, transports: ['usb'] };
const ids = (...given: Parameters<typeof decoyCredentials>) =>
  decoyCredentials(...given).map(({ id }) => id);

describe('decoys', () => {
  it('are the same for one name every time, and differ from name to name', () => {
    const all = names.flatMap((name) => ids(key, name, rpId, [synced, synced]));
    expect(names.flatMap((name) => ids(key, name, rpId, [synced, synced]))).toEqual(all);
    expect(new Set(all).size).toBe(200);
    expect(new Set(names.map((name) => decoyUserId(key, name))).size).toBe(100);
  });

  it('have the shape that they are given, but for IDs that are too short for a proof', () => {
    const idLengths = [1, 15, 16, 17, 20, 32, 64, 80, 1023];
    const shapes = idLengths.map((idLength, index) => ({
      ...{ rpId, idLength, transports: ['usb', 'nfc', 'ble'].slice(0, index % 4) },
    }));
    const made = decoyCredentials(key, 'ann', rpId, shapes);
    expect(made.map(({ id }) => fromBase64Url(id).length)).toEqual([16, 16, ...idLengths.slice(2)]);
    expect(made.map((each) => each.transports)).toEqual(shapes.map((each) => each.transports));
  });

  it('have no passkey in common between two domains, nor between two shapes', () => {
    const old = 'old.example';
    const all = [
      ...ids(key, 'ann', rpId, [synced]),
      ...ids(key, 'ann', old, [synced]),
      ...ids(key, 'ann', old, [{ ...synced, rpId: old }]),
      ...ids(key, 'ann', rpId, [{ ...synced, transports: ['internal'] }]),
      ...ids(key, 'ann', rpId, [{ ...synced, idLength: 32 }]),
      ...ids(key, 'ann', rpId, [key64]),
    ];
    // Nor is one of them the beginning of another.
    expect(new Set(all.map((id) => id.slice(0, 8))).size).toBe(all.length);
  });

  it('keep a passkey when another comes', () => {
    const [first] = ids(key, 'ann', rpId, [synced]);
    expect(ids(key, 'ann', rpId, [synced, key64])[0]).toBe(first);
  });

  it('are known to the server alone', () => {
    for (const name of names) {
      const lengths = [1, 16, 20, 21, 64, 1023].map((idLength) => ({ ...synced, idLength }));
      for (const id of ids(key, name, rpId, lengths)) {
        expect(isDecoy(key, id)).toBe(true);
        expect(isDecoy(foreign, id)).toBe(false);
      }
    }
    for (const id of ['AAAA', '', 'A'.repeat(20), 'A'.repeat(1364)]) {
      expect(isDecoy(key, id)).toBe(false);
    }
  });
});

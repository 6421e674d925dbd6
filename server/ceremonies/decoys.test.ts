import { describe, expect, it } from 'vitest';
import { fromBase64Url } from '../base64url.ts';
import { decoyAccount, decoyCredentials, isDecoy } from './decoys.ts';

const key = new Uint8Array(32).fill(1);
const foreign = new Uint8Array(32).fill(2);
const rpIds = ['example.org', 'old.example'] as const;
const half = [0.5, 0.5];
const [rpId] = rpIds;
const names = Array.from({ length: 500 }, (_, index) => `nobody-${index}`);

describe('decoys', () => {
  it('are the same for one name every time', () => {
    for (const name of names.slice(0, 20)) {
      expect(decoyAccount(key, name, half)).toEqual(decoyAccount(key, name, half));
      expect(decoyCredentials(key, name, rpId)).toEqual(decoyCredentials(key, name, rpId));
    }
  });

  it('stand on each domain as often as real accounts do, and move to ours only', () => {
    const shares = [0.01, 0.3, 0.7, 1].map((ours) => [ours, 1 - ours]);
    const onOurs = shares.map((share) =>
      names.filter((name) => decoyAccount(key, name, share).domain === 0),
    );
    const [few = [], some = [], most = [], all] = onOurs;
    expect([few, some, most].map(({ length }) => Math.round(length / 50))).toEqual([0, 3, 7]);
    expect(all).toEqual(names);
    expect(some).toEqual(expect.arrayContaining(few));
    expect(most).toEqual(expect.arrayContaining(some));
  });

  it('have no passkey in common between two domains', () => {
    for (const name of names.slice(0, 50)) {
      const [here, there] = rpIds.map((each) =>
        decoyCredentials(key, name, each).map(({ id }) => id),
      );
      expect(here).not.toEqual(there);
      expect(there?.some((id) => here?.includes(id))).toBe(false);
    }
  });

  it('differ from name to name', () => {
    const ids = names.flatMap((name) => decoyCredentials(key, name, rpId).map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('look like the passkeys of today: a mixture of lengths, one or now and then two', () => {
    const accounts = names.map((name) => decoyCredentials(key, name, rpId));
    const lengths = accounts.map(([first]) => fromBase64Url(first?.id ?? '').length);
    expect([...new Set(lengths)].sort()).toEqual([16, 20, 32]);
    const two = accounts.filter((credentials) => credentials.length === 2).length;
    expect(two).toBeGreaterThan(30);
    expect(two).toBeLessThan(150);
  });

  it('are known to the server alone', () => {
    for (const name of names.slice(0, 50)) {
      for (const { id } of decoyCredentials(key, name, rpId)) {
        expect(isDecoy(key, id)).toBe(true);
        expect(isDecoy(foreign, id)).toBe(false);
      }
    }
    expect(isDecoy(key, 'AAAA')).toBe(false);
    expect(isDecoy(key, '')).toBe(false);
  });
});

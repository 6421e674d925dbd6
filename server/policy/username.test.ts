import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nameForAuthenticator,
  normalizeDisplayName,
  normalizeUsername,
  usernameKey,
  usernameKeys,
} from './username.ts';

describe('a user name', () => {
  it.each([
    ['ann', 'ann'],
    ['  ann  ', 'ann'],
    ['ann@example.org', 'ann@example.org'],
    ['Zoe\u0308', 'Zoë'],
    ['李小龍', '李小龍'],
    ['', null],
    ['   ', null],
    ['two words', null],
    ['tab\tname', null],
    ['nul\u0000name', null],
    ['right\u202eto-left', null],
    ['zero\u200bwidth', null],
    ['admin\ufe0f', null],
    ['ad\u034fmin', null],
    ['\u3164', null],
    ['\u2800', null],
    ['\u0301', null],
    ['a'.repeat(256), 'a'.repeat(256)],
    ['a'.repeat(257), null],
    ['é'.repeat(128), 'é'.repeat(128)],
    ['é'.repeat(129), null],
    ['山'.repeat(22), '山'.repeat(22)],
    // One character whose key has eighteen: too many of them for an index.
    ['ﷺ'.repeat(31), 'ﷺ'.repeat(31)],
    ['ﷺ'.repeat(32), null],
  ])('%j is kept as %j', (given, kept) => {
    expect(normalizeUsername(given)).toBe(kept);
  });

  it.each([
    ['Ann', 'ann'],
    ['ＡＮＮ', 'ann'],
    ['Zoe\u0308', 'ZOË'],
    ['ﬁn', 'FIN'],
    ['straße', 'STRASSE'],
    ['weiß', 'WEISS'],
    ['weiẞ', 'WEISS'],
    ['WEIẞ', 'weiß'],
    ['ΝΙΚΟΣ', 'νικος'],
    ['νικοσ', 'νικος'],
    ['ΐ', 'Ϊ\u0301'],
    ['ᾳ', 'ΑΙ'],
    ['ﬅ', 'ST'],
    ['և', 'ԵՒ'],
    ['ǅ', 'dž'],
    ['İ', 'i\u0307'],
    ['K', 'k'],
    ['Å', 'å'],
    ['ſam', 'SAM'],
    ['ᏸ', 'Ᏸ'],
    ['ꭰ', 'Ꭰ'],
    ['ქ', 'Ქ'],
    ['𐐨', '𐐀'],
    ['①', '1'],
    ['㎑', 'kHz'],
  ])('%j and %j are the same one', (one, other) => {
    expect(usernameKey(one)).toBe(usernameKey(other));
    expect(usernameKeys(one).at(-1)).toBe(usernameKey(other));
  });

  it.each([
    ['a', 'ä'],
    ['o', '0'],
    ['l', '1'],
    ['ø', 'o'],
    ['а', 'a'],
  ])('%j and %j are not', (one, other) => {
    expect(usernameKey(one)).not.toBe(usernameKey(other));
  });

  it('has a key that no change of case or form moves, whatever it is', () => {
    const letters = fc.constantFrom(...'aßẞſKÅİıǅﬁﬅΐᾳᾼΣσςև①ﷺ῎̇ͅᏸꭰქᲥ𐐨');
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: letters }), fc.string({ unit: 'binary' })), (text) => {
        // As names are kept: case may only be changed of what is composed (Unicode §3.13, D145).
        const name = text.normalize('NFC');
        const key = usernameKey(name);
        const forms = [name.toLowerCase(), name.normalize('NFD'), name.normalize('NFKC')];
        expect([key, ...forms].map(usernameKey)).toEqual([key, key, key, key]);
        expect(usernameKey(name.toUpperCase())).toBe(key);
      }),
    );
  });
});

describe('a name for authenticators', () => {
  const family = '👨‍👩‍👧‍👦';
  it.each([
    ['ann', 'ann'],
    ['a'.repeat(64), 'a'.repeat(64)],
    ['a'.repeat(65), 'a'.repeat(64)],
    ['山'.repeat(22), '山'.repeat(21)],
    [`${'a'.repeat(60)}${family}`, 'a'.repeat(60)],
    [`${family}${family}${family}`, `${family}${family}`],
    [`${'a'.repeat(63)}e\u0301`, 'a'.repeat(63)],
    [`${'a'.repeat(63)} and so on`, 'a'.repeat(63)],
    // A single character as people see it, with more marks than there is room for.
    [`a${'\u0301'.repeat(60)}`, `a${'\u0301'.repeat(31)}`],
    ['คุณสมชายนามสกุลยาวมากจริงๆครับผม', 'คุณสมชายนามสกุลยาวมาก'],
  ])('%j is %j', (name, shown) => {
    expect(nameForAuthenticator(name)).toBe(shown);
    expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(64);
  });
});

describe('a display name', () => {
  it.each([
    ['Ann Example', 'Ann Example'],
    ['  Ann \n  Example ', 'Ann Example'],
    ['👩‍💻 Ann', '👩‍💻 Ann'],
    ['\u202eevil', null],
    ['\u200d', null],
    ['\u2800\u3164', null],
    ['', null],
    ['x'.repeat(256), 'x'.repeat(256)],
    ['x'.repeat(257), null],
  ])('%j is kept as %j', (given, kept) => {
    expect(normalizeDisplayName(given)).toBe(kept);
  });
});

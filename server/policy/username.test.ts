import { describe, expect, it } from 'vitest';
import { normalizeDisplayName, normalizeUsername, usernameKey } from './username.ts';

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
    ['a'.repeat(64), 'a'.repeat(64)],
    ['a'.repeat(65), null],
    ['é'.repeat(33), null],
  ])('%j is kept as %j', (given, kept) => {
    expect(normalizeUsername(given)).toBe(kept);
  });

  it.each([
    ['Ann', 'ann'],
    ['ＡＮＮ', 'ann'],
    ['Zoe\u0308', 'ZOË'],
    ['ﬁn', 'FIN'],
    ['straße', 'STRASSE'],
    ['ΝΙΚΟΣ', 'νικος'],
    ['νικοσ', 'νικος'],
  ])('%j and %j are the same one', (one, other) => {
    expect(usernameKey(one)).toBe(usernameKey(other));
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
    ['x'.repeat(65), null],
  ])('%j is kept as %j', (given, kept) => {
    expect(normalizeDisplayName(given)).toBe(kept);
  });
});

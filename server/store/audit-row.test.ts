import { expect, it } from 'vitest';
import { entry } from '../testing/records.ts';
import { recordedEntry } from './audit-row.ts';

const written = entry('a user', 'passkey-added', 'a passkey');

it('an entry is read as it was written', () => {
  expect(recordedEntry(written)).toEqual(written);
});

it('an entry of an older version says what that version knew', () => {
  const evidence = { userAgent: 'a browser' };
  expect(recordedEntry({ ...written, evidence })).toEqual({ ...written, evidence });
});

it('an entry of a newer version is unknown, and says of which kind it is', () => {
  const evidence = { revision: 7 };
  expect(recordedEntry({ ...written, kind: 'vault-written', evidence })).toEqual({
    ...written,
    kind: 'unknown',
    evidence: { kind: 'vault-written', evidence },
  });
});

it.each(['constructor', 'toString', '__proto__', ''])('%o is no kind', (kind) => {
  expect(recordedEntry({ ...written, kind }).kind).toBe('unknown');
});

it.each([null, 'text', 7])('evidence that is %o says nothing', (evidence) => {
  expect(recordedEntry({ ...written, evidence }).evidence).toEqual({});
});

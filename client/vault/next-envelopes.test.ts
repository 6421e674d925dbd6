import { describe, expect, it } from 'vitest';
import { driftOf, isNews, makeRoom, mostEnvelopes, mostOfOnePasskey } from './next-envelopes.ts';
import type { Envelope } from './state.ts';

const day = (number: number) => new Date(Date.UTC(2026, 0, number)).toISOString();

function passkey(credentialId: string, fingerprint: string, lastUsedAt: string | null): Envelope {
  const id = `${credentialId} ${fingerprint}`;
  const made = { wrappedKey: '', createdAt: day(1), lastUsedAt };
  return { kind: 'passkey', id, credentialId, saltId: 'salt', fingerprint, ...made };
}

const many = (count: number, make: (index: number) => Envelope) =>
  Array.from({ length: count }, (_, index) => make(index));
const way = passkey('phone', 'new', null);

describe('room for one more envelope', () => {
  it('is there as long as the passkey has fewer than four', () => {
    const envelopes = many(mostOfOnePasskey - 1, (at) => passkey('phone', `${at}`, day(at + 1)));
    expect(makeRoom(envelopes, way)).toEqual(envelopes);
  });

  it('is made by the passkey’s own that never opened the vault, else that did so longest ago', () => {
    const used = many(4, (at) => passkey('phone', `${at}`, day(9 - at)));
    expect(makeRoom(used, way)).toEqual(used.slice(0, 3));
    const oneNever = used.with(1, passkey('phone', 'never', null));
    expect(makeRoom(oneNever, way)).toEqual(oneNever.toSpliced(1, 1));
  });

  it('is made by another’s where the vault is full, but only by what counts for nothing', () => {
    const full = many(mostEnvelopes, (at) => passkey(`passkey ${at}`, 'one', day(1)));
    expect(makeRoom(full, way)).toBeNull();
    const oneNever = full.with(7, passkey('passkey 7', 'one', null));
    expect(makeRoom(oneNever, way)).toEqual(oneNever.toSpliced(7, 1));
  });

  it('is not counted together for two salts', () => {
    const envelopes = many(4, (at) => passkey('phone', `${at}`, day(1)));
    const next = { ...way, saltId: 'next salt' } as Envelope;
    expect(makeRoom(envelopes, next)).toEqual(envelopes);
  });
});

describe('drift', () => {
  it('is nothing for the first answer of a passkey, and for one that is known', () => {
    expect(driftOf([passkey('laptop', 'x', day(1))], way)).toBeNull();
    expect(driftOf([passkey('phone', 'new', null)], way)).toBeNull();
  });

  it('is a change where another answer has opened the vault', () => {
    expect(driftOf([passkey('phone', 'old', day(1))], way)).toBe('changed');
  });

  it('is unsteadiness where no answer ever came twice', () => {
    expect(driftOf([passkey('phone', 'old', null)], way)).toBe('unsteady');
  });
});

it('that an envelope was opened is news the first time, and then once a day', () => {
  const now = Date.parse(day(3));
  expect(isNews(passkey('phone', 'new', null), now)).toBe(true);
  expect(isNews(passkey('phone', 'new', day(1)), now)).toBe(true);
  expect(isNews(passkey('phone', 'new', day(3)), now)).toBe(false);
});

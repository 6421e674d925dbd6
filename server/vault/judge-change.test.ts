import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import { type Envelope, saltId, type Vault } from '../records/vault.ts';
import { type AskedEnvelope, type Change, judgeChange } from './judge-change.ts';

const now = 1_800_000_000_000;
const salts = {
  current: new Uint8Array(32).fill(1),
  next: new Uint8Array(32).fill(2),
};
const retired = saltId(new Uint8Array(32).fill(3));
const current = saltId(salts.current);
const held = [
  { id: 'phone', state: 'active' },
  { id: 'key', state: 'superseded' },
  { id: 'stolen', state: 'revoked' },
] as const;
const ground = { salts, held, now, newId: () => 'made' };

const bytes = (text: string) => new TextEncoder().encode(text);

function passkey(id: string, credentialId: string, more: Partial<Envelope> = {}): Envelope {
  const made = { createdAt: now - 9, lastUsedAt: now - 5, wrappedKey: bytes(`key of ${id}`) };
  const way = { kind: 'passkey', credentialId, saltId: current, fingerprint: id } as const;
  return { id, ...way, ...made, ...more };
}

const recovery = (id: string, more: Partial<Envelope> = {}): Envelope => ({
  ...passkey(id, ''),
  ...{ kind: 'recovery', credentialId: null, saltId: null },
  ...more,
});

const asked = (
  { createdAt: _created, lastUsedAt: _used, ...envelope }: Envelope,
  more: Partial<AskedEnvelope> = {},
): AskedEnvelope => ({ ...envelope, opened: false, ...more });

const vaultOf = (envelopes: readonly Envelope[], more: Partial<Vault> = {}): Vault => ({
  ...{ userId: 'ann', exists: true, revision: 7, data: bytes('data'), rotationDue: false },
  envelopes,
  ...more,
});

const change = (envelopes: readonly AskedEnvelope[], more: Partial<Change> = {}): Change => ({
  ...{ revision: 7, envelopes, data: undefined },
  ...more,
});

const code = (expected: ErrorCode) => expect.objectContaining({ code: expected });
const one = passkey('one', 'phone');
const two = passkey('two', 'key');

describe('a change of a vault', () => {
  it('is refused on any revision but the one that is there', () => {
    for (const revision of [0, 6, 8]) {
      const late = change([asked(one)], { revision });
      expect(() => judgeChange(vaultOf([one]), late, ground)).toThrow(code('conflict'));
    }
    const first = change([asked(one)], { revision: 1 });
    expect(() => judgeChange(null, first, ground)).toThrow(code('conflict'));
  });

  it('begins at 0 where there is none, and where it was deleted', () => {
    const first = change([asked(one, { id: null })], { revision: 0 });
    const made = { ...one, id: 'made', createdAt: now, lastUsedAt: null };
    const deleted = vaultOf([], { exists: false, data: null });
    for (const vault of [null, deleted]) {
      expect(judgeChange(vault, first, ground).envelopes).toEqual([made]);
    }
  });

  it('keeps of an envelope what the server alone knows, and notes that it was opened', () => {
    const never = passkey('never', 'key', { lastUsedAt: null });
    const wanted = change([asked(one), asked(never, { opened: true })]);
    const { envelopes } = judgeChange(vaultOf([one, never]), wanted, ground);
    expect(envelopes).toEqual([one, { ...never, lastUsedAt: now }]);
  });

  it('is refused if a new envelope is said to have opened the vault', () => {
    const wanted = change([asked(one), asked(two, { opened: true })]);
    expect(() => judgeChange(vaultOf([one]), wanted, ground)).toThrow(code('invalid_request'));
    judgeChange(vaultOf([one, two]), wanted, ground);
    const first = change([asked(one, { id: null, opened: true })], { revision: 0 });
    expect(() => judgeChange(null, first, ground)).toThrow(code('invalid_request'));
  });

  it('takes ids that the client chose', () => {
    const { envelopes } = judgeChange(vaultOf([one]), change([asked(one), asked(two)]), ground);
    expect(envelopes.map(({ id }) => id)).toEqual(['one', 'two']);
    expect(envelopes[1]).toMatchObject({ createdAt: now, lastUsedAt: null });
  });

  it.each([
    ['credential', { credentialId: 'key' }],
    ['salt', { saltId: saltId(salts.next) }],
    ['fingerprint', { fingerprint: 'other' }],
    ['kind', { kind: 'recovery', credentialId: null, saltId: null }],
  ] as const)('is refused if an id is given to another %s', (_what, other) => {
    const wanted = change([asked(one, other)]);
    expect(() => judgeChange(vaultOf([one]), wanted, ground)).toThrow(code('invalid_request'));
  });

  it('begins anew where nothing is held and every salt is retired, and goes on where something is', () => {
    const old = passkey('old', 'phone', { saltId: retired });
    const nothing = vaultOf([old], { data: null });
    expect(() => judgeChange(nothing, change([asked(one)]), ground)).toThrow(code('conflict'));
    const first = change([asked(one)], { revision: 0 });
    expect(judgeChange(nothing, first, ground).stored).toBeNull();
    expect(() => judgeChange(vaultOf([old]), first, ground)).toThrow(code('conflict'));
  });

  it('is refused with an id that stands twice, and with too many of one way in', () => {
    const many = (count: number, make: (id: string) => Envelope) =>
      change(Array.from({ length: count }, (_, index) => asked(make(`${index}`))));
    const answers = (count: number) => many(count, (id) => passkey(id, 'phone'));
    const codes = (count: number) => many(count, (id) => recovery(id));
    for (const wanted of [change([asked(one), asked(one)]), answers(5), codes(3)]) {
      expect(() => judgeChange(vaultOf([one]), wanted, ground)).toThrow(code('invalid_request'));
    }
    const empty = vaultOf([passkey('one', 'phone', { lastUsedAt: null })], { data: null });
    for (const wanted of [answers(4), codes(2)]) judgeChange(empty, wanted, ground);
  });

  it('is refused as a conflict if a passkey is gone, or a salt retired', () => {
    for (const gone of [passkey('x', 'gone'), passkey('x', 'phone', { saltId: retired })]) {
      const wanted = change([asked(one), asked(gone)]);
      expect(() => judgeChange(vaultOf([one]), wanted, ground)).toThrow(code('conflict'));
    }
  });
});

describe('the last way in', () => {
  it('stays: a vault has always an envelope', () => {
    for (const vault of [vaultOf([one]), vaultOf([one], { data: null })]) {
      expect(() => judgeChange(vault, change([]), ground)).toThrow(code('last_envelope'));
    }
    const first = change([], { revision: 0 });
    expect(() => judgeChange(null, first, ground)).toThrow(code('last_envelope'));
  });

  it('is one that has opened the vault, if any has', () => {
    const never = passkey('never', 'key', { lastUsedAt: null });
    const wanted = change([asked(never)]);
    expect(() => judgeChange(vaultOf([one, never]), wanted, ground)).toThrow(code('last_envelope'));
    judgeChange(vaultOf([never]), wanted, ground);
    judgeChange(vaultOf([one, never]), change([asked(never, { opened: true })]), ground);
    judgeChange(vaultOf([one, two]), change([asked(two)]), ground);
    judgeChange(vaultOf([one, recovery('code')]), change([asked(recovery('code'))]), ground);
  });

  it('is none that nobody can use: of a revoked passkey, or for a salt of the past', () => {
    const stolen = passkey('stolen', 'stolen');
    const wanted = change([asked(stolen)]);
    expect(() => judgeChange(vaultOf([one, stolen]), wanted, ground)).toThrow(
      code('last_envelope'),
    );
    const past = passkey('past', 'key', { saltId: retired });
    expect(judgeChange(vaultOf([one, past]), change([asked(one)]), ground).envelopes).toEqual([
      one,
    ]);
  });
});

describe('a rotation of the data key', () => {
  const due = vaultOf([one, two], { rotationDue: true });
  const rekeyed = (each: Envelope) => asked(each, { wrappedKey: bytes(`new ${each.id}`) });

  it('is due until every envelope and the data are new', () => {
    const [both, data] = [[rekeyed(one), rekeyed(two)], bytes('new data')];
    const judged = (wanted: Change) => judgeChange(due, wanted, ground);
    expect(judged(change(both, { data }))).toMatchObject({ rotationDue: false, isRekeyed: true });
    for (const wanted of [
      change([asked(one), asked(two)]),
      change([rekeyed(one), asked(two)], { data }),
      change(both),
      change(both, { data: bytes('data') }),
    ]) {
      expect(judged(wanted)).toMatchObject({ rotationDue: true, isRekeyed: false });
    }
  });

  it('needs no data where there is none', () => {
    const empty = { ...due, data: null };
    const wanted = change([rekeyed(one), rekeyed(two)]);
    expect(judgeChange(empty, wanted, ground)).toMatchObject({ rotationDue: false });
  });
});

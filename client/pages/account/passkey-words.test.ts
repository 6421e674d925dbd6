import { expect, test } from 'vitest';
import type { Passkey } from '../../library/types.ts';
import { advise, isWayIn, lastUse, residence } from './passkey-words.ts';

const now = new Date(2026, 2, 10, 12);
const synced: Passkey = {
  id: 'AQ',
  name: 'Phone',
  provider: { aaguid: '00000000-0000-0000-0000-000000000000', name: 'Unknown provider' },
  transports: ['internal', 'hybrid'],
  kind: 'passkey',
  backedUp: true,
  createdAt: now.toISOString(),
  useKnown: true,
  lastUsedAt: now.toISOString(),
  lastUsedOn: 'Safari on iPhone',
  lastUsedIn: 'DE',
  rpId: 'example.com',
  state: 'active',
  current: false,
  upgrade: null,
};
const legacy: Passkey = {
  ...synced,
  kind: 'legacy',
  backedUp: false,
  upgrade: { reason: 'legacy-platform-credential' },
};

test.each<[string, Partial<Passkey>]>([
  ['Synced', {}],
  ['Not synced', { backedUp: false }],
  ['On one device only', { kind: 'device-bound', backedUp: false }],
  ['Older kind: works on one device only', legacy],
  ['Older kind: works on this device only', { ...legacy, current: true }],
])('%s', (words, given) => {
  expect(residence({ ...synced, ...given })).toBe(words);
});

test.each<[string, Partial<Passkey>]>([
  ['Last used today, Safari on iPhone, Germany', {}],
  ['Last used today, Safari on iPhone', { lastUsedIn: null }],
  ['Last used today', { lastUsedOn: null, lastUsedIn: 'not a country' }],
  ['Last used today, Safari on iPhone', { lastUsedIn: 'QX' }],
  ['Not used yet', { lastUsedAt: null }],
  ['', { lastUsedAt: null, current: true }],
  ['', { lastUsedAt: null, useKnown: false }],
])('%s', (words, given) => {
  expect(lastUse({ ...synced, ...given }, now)).toBe(words);
});

test('an older passkey of another device is updated where it lives', () => {
  expect(advise(legacy)).toContain('on the device where it lives');
});

test('an older passkey that opened this session has a button in place of advice', () => {
  expect(advise({ ...legacy, current: true })).toBe('');
});

test('what has been replaced needs no update any more', () => {
  expect(advise({ ...legacy, state: 'superseded' })).toMatch(/^Replaced\./);
});

test.each<Passkey['state']>(['suspected-clone', 'revoked'])('%s has something to say', (state) => {
  expect(advise({ ...synced, state })).not.toBe('');
});

test('a suspicion that ends by itself names the day, and afterwards what to do', () => {
  const suspected: Passkey = { ...synced, state: 'suspected-clone' };
  const on = (year: number, month: number, day: number) =>
    advise({ ...suspected, suspicionEndsAt: new Date(year, month, day, 13).toISOString() }, now);
  expect(on(2026, 2, 16)).toContain('from Mar 16, 2026 on');
  expect(on(2026, 2, 10)).toContain('from today on');
  expect(on(2026, 2, 9)).toContain('none since');
});

test('only what signs in for sure counts as a way in', () => {
  const states: Passkey['state'][] = ['active', 'superseded', 'suspected-clone', 'revoked'];
  expect(states.filter((state) => isWayIn({ ...synced, state }))).toEqual([
    'active',
    'suspected-clone',
  ]);
});

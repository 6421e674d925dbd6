import { expect, test } from 'vitest';
import { tell } from './activity-words.ts';

const about = (kind: string, passkey: string | null = 'Work laptop') =>
  tell({ kind, passkey, at: '2026-01-01T00:00:00.000Z', device: null, country: null });

test('a passkey is called by its name, where it has one', () => {
  expect(about('signed-in')).toBe('Signed in with “Work laptop”');
  expect(about('signed-in', null)).toBe('Signed in with a passkey');
});

test('what there are no words for is not told', () => {
  expect(about('something-new')).toBeUndefined();
});

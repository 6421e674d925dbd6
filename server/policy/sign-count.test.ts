import { expect, it } from 'vitest';
import { signCountRegressed } from './sign-count.ts';

it.each([
  ['both zero, as every synced passkey', 0, 0, false],
  ['the first count', 0, 1, false],
  ['one more', 7, 8, false],
  ['many more', 7, 4_294_967_295, false],
  ['the same', 7, 7, true],
  ['less', 7, 6, true],
  ['back to zero', 7, 0, true],
])('%s: %i → %i regressed is %s', (_name, stored, received, regressed) => {
  expect(signCountRegressed(stored, received)).toBe(regressed);
});

import { expect, test } from 'vitest';
import { elsewhereLink } from './elsewhere.ts';

const url = 'https://example.com/oidc/authorize?client_id=a&state=b';

test('an address for Safari keeps the whole request', () => {
  expect(elsewhereLink('open-in-safari', url)).toBe(`x-safari-${url}`);
});

test('an address for Android’s browsers too', () => {
  expect(elsewhereLink('open-in-browser', url)).toBe(
    'intent://example.com/oidc/authorize?client_id=a&state=b#Intent;scheme=https;action=android.intent.action.VIEW;end',
  );
});

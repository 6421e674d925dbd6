import { describe, expect, it } from 'vitest';
import { mailAddressKey, maskMailAddress, parseMailAddress } from './mail-address.ts';

describe('an address', () => {
  it.each([
    ['ann@example.com', 'ann@example.com'],
    ['Ann.Lee+passkeys@mail.example.co.uk', 'Ann.Lee+passkeys@mail.example.co.uk'],
    ["o'brien@example.com", "o'brien@example.com"],
    ['ann@EXAMPLE.com', 'ann@example.com'],
    ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j is one', (text, address) => {
    expect(parseMailAddress(text)).toBe(address);
  });

  it.each([
    ...['', 'ann', '@example.com', 'ann@', 'ann@localhost', 'ann@192.0.2.1', 'ann@[192.0.2.1]'],
    ...['ann@example.com,eve@example.org', 'ann@example.com;eve@example.org'],
    ...['ann@example.com\r\nBcc: eve@example.org', 'ann@example.com\n', '\rann@example.com'],
    ...['Ann <ann@example.com>', '<ann@example.com>', 'ann@example.com (Ann)'],
    ...['"ann eve"@example.com', 'ann eve@example.com', ' ann@example.com', 'ann@exam ple.com'],
    ...['ann@eve@example.com', 'ann..lee@example.com', '.ann@example.com', 'ann.@example.com'],
    ...['ann@-example.com', 'ann@example..com', 'ann@example.com.', 'ann@.example.com'],
    ...[
      'ann@exa\u0000mple.com',
      'ann\u0000@example.com',
      'änn@example.com',
      'ann@example.com\u2028',
    ],
    ...['ann%eve@example.com>', 'ann:eve@example.com', 'group: ann@example.com;'],
    ...[`${'a'.repeat(65)}@example.com`, `a@${'b'.repeat(64)}.com`, `a@${'b.'.repeat(130)}com`],
  ])('%j is none', (text) => {
    expect(parseMailAddress(text)).toBeNull();
  });

  it('is shown to operators by its first letter and its domain', () => {
    expect(maskMailAddress('ann.lee@example.com')).toBe('a…@example.com');
    expect(maskMailAddress('a@example.com')).toBe('a…@example.com');
  });

  it('is found whatever its capitals are', () => {
    expect(mailAddressKey('Ann@example.com')).toBe(mailAddressKey('ann@example.com'));
  });
});

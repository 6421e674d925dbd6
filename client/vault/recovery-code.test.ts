import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newRecoveryCode, readRecoveryCode, recoveryVerifier } from './recovery-code.ts';

const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

describe('a recovery code', () => {
  it('is seven groups of four characters', () => {
    expect(newRecoveryCode()).toMatch(
      /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{3}[0-9A-Z*~$=]$/,
    );
  });

  it('is another one every time', () => {
    expect(new Set(Array.from({ length: 100 }, newRecoveryCode)).size).toBe(100);
  });

  it('is read in any case, with any spaces and hyphens, and with O, I and L for the digits', () => {
    const shown = newRecoveryCode();
    const code = readRecoveryCode(shown);
    expect(code).toHaveLength(27);
    const typed = [
      shown.toLowerCase(),
      shown.replaceAll('-', ' '),
      shown.replaceAll('-', ''),
      shown.replaceAll('-', '\u2011'),
      ` ${shown}\n`,
      shown.replaceAll('0', 'o').replaceAll('1', 'l'),
      shown.replaceAll('0', 'O').replaceAll('1', 'I'),
    ];
    for (const text of typed) expect(readRecoveryCode(text)).toBe(code);
  });

  it('is refused with one wrong character, two that changed places, one too few or too many', () => {
    fc.assert(
      fc.property(fc.nat(26), fc.nat(26), fc.nat(31), (at, other, wrong) => {
        const whole = newRecoveryCode().replaceAll('-', '');
        const characters = [...whole];
        const [one = '', two = ''] = [characters[at], characters[other]];
        const replaced = characters.with(at, symbols[wrong] ?? '').join('');
        if (replaced !== whole) expect(readRecoveryCode(replaced)).toBeNull();
        const swapped = characters.with(at, two).with(other, one).join('');
        if (swapped !== whole) expect(readRecoveryCode(swapped)).toBeNull();
        expect(readRecoveryCode(characters.toSpliced(at, 1).join(''))).toBeNull();
        expect(readRecoveryCode(characters.toSpliced(at, 0, one).join(''))).toBeNull();
      }),
    );
  });

  it.each(['', '-', 'U'.repeat(28), '*'.repeat(28), '0'.repeat(27), '0'.repeat(1000)])(
    'is not %j',
    (text) => {
      expect(readRecoveryCode(text)).toBeNull();
    },
  );

  it('has a verifier of 32 bytes that is the same every time', async () => {
    const code = readRecoveryCode(newRecoveryCode()) ?? '';
    expect(await recoveryVerifier(code)).toMatch(/^[\w-]{43}$/);
    expect(await recoveryVerifier(code)).toBe(await recoveryVerifier(code));
  });
});

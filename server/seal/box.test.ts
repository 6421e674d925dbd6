import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deriveKeys } from '../keys.ts';
import { isSealedToday, openStored, sealStored } from './box.ts';

const kept = { decoy: new Uint8Array(32), recovery: new Uint8Array(32) };
const under = (...secrets: string[]) => ({
  keys: deriveKeys(secrets, kept),
  random: (length: number) => new Uint8Array(randomBytes(length)),
});
const [old, next] = ['an old secret of some length', 'a new secret of some length'];

describe('what is stored sealed', () => {
  it('opens for what it was sealed for, and shows nothing of itself', () => {
    const sealed = sealStored(under(old), 'one app', 'a token');
    expect(openStored(under(old), 'one app', sealed)).toBe('a token');
    expect(openStored(under(old), 'another app', sealed)).toBeNull();
    expect(sealed).not.toContain('a token');
    expect(sealStored(under(old), 'one app', 'a token')).not.toBe(sealed);
  });

  it('opens while its secret is listed, and says when it is to be sealed again', () => {
    const sealed = sealStored(under(old), 'one app', 'a token');
    const both = under(next, old);
    expect(openStored(both, 'one app', sealed)).toBe('a token');
    expect([isSealedToday(under(old), sealed), isSealedToday(both, sealed)]).toEqual([true, false]);
    expect(isSealedToday(both, sealStored(both, 'one app', 'a token'))).toBe(true);
    expect(openStored(under(next), 'one app', sealed)).toBeNull();
  });

  it('opens no more once a single bit of it is another', () => {
    const sealed = sealStored(under(old), 'one app', 'a token');
    const [name = '', body = ''] = sealed.split('.');
    for (let at = 0; at < body.length; at++) {
      const bent = `${name}.${body.slice(0, at)}${body[at] === 'A' ? 'B' : 'A'}${body.slice(at + 1)}`;
      expect(openStored(under(old), 'one app', bent)).toBeNull();
    }
  });

  it.each(['', '.', 'text', 'a.b.c', '.AAAA', `${'x'.repeat(8)}.AAAA`])('%o is none', (text) => {
    expect(openStored(under(old), 'one app', text)).toBeNull();
  });
});

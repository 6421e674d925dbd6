import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import { RpError } from '../errors.ts';
import { deriveKeys } from '../keys.ts';
import { seal, unseal } from './seal.ts';

const clock = 1_800_000_000_000;
const deps = {
  keys: deriveKeys(['a secret that is long enough for a test'], {
    decoy: new Uint8Array(32),
    recovery: new Uint8Array(32),
  }),
  now: () => clock,
  random: (length: number) => new Uint8Array(randomBytes(length)),
};
const sealing = { keys: deps.keys.challenge, ttlSeconds: 600 };
const asIs = (promise: unknown) => promise;

function outcome(text: string, read: (promise: unknown) => unknown = asIs): unknown {
  try {
    return unseal(deps, sealing, text, 'browser', read).promise;
  } catch (error) {
    if (error instanceof RpError) return error.code;
    throw error;
  }
}

/** Made by hand, byte by byte, as the layout says. */
function byHand({ version = 1, content }: { version?: number; content: string }): string {
  const day = Math.floor(clock / 86_400_000);
  const head = Buffer.from([version, day >> 8, day & 0xff]);
  const nonce = randomBytes(16);
  const [keyOf] = deps.keys.challenge;
  if (keyOf === undefined) throw new Error('no key');
  const cipher = createCipheriv('aes-256-gcm', keyOf(day), nonce.subarray(0, 12));
  cipher.setAAD(Buffer.concat([head, nonce.subarray(12), Buffer.from('browser')]));
  const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
  return toBase64Url(Buffer.concat([head, nonce, sealed, cipher.getAuthTag()]));
}

const expiresAt = clock + 1;
const content = JSON.stringify({ expiresAt, promise: { kind: 'test' } });

describe('a sealed text', () => {
  const other = { keys: deps.keys.visit, ttlSeconds: 600 };

  it('of another kind does not open', () => {
    expect(outcome(seal(deps, other, 'browser', {}))).toBe('challenge_invalid');
  });

  it.each([
    ['a day', 86_400],
    ['a month', 30 * 86_400],
  ])('lives for %s, and no longer', (_, ttlSeconds) => {
    const text = seal(deps, { ...other, ttlSeconds }, 'browser', { kind: 'test' });
    const openAt = (seconds: number) =>
      unseal(
        { now: () => clock + seconds * 1000 },
        { ...other, ttlSeconds },
        text,
        'browser',
        asIs,
      );
    expect(openAt(ttlSeconds).promise).toEqual({ kind: 'test' });
    for (const seconds of [ttlSeconds + 1, ttlSeconds + 3 * 86_400, -2 * 86_400]) {
      expect(() => openAt(seconds)).toThrow(RpError);
    }
  });
});

describe('the layout of a sealed text', () => {
  it('is what is written down: one made by hand opens', () => {
    expect(outcome(byHand({ content }))).toEqual({ kind: 'test' });
    expect(outcome(byHand({ content: `${content}   ` }))).toEqual({ kind: 'test' });
  });

  it('begins with its version, and with the day', () => {
    const bytes = Buffer.from(seal(deps, sealing, 'browser', {}), 'base64url');
    expect([bytes[0], bytes.readUInt16BE(1)]).toEqual([1, Math.floor(clock / 86_400_000)]);
  });

  it('of one length holds promises of several, with spaces behind them', () => {
    const [short, long] = [
      seal(deps, sealing, 'browser', { of: 'a' }, 2),
      seal(deps, sealing, 'browser', { of: 'abc' }),
    ];
    expect(short.length).toBe(long.length);
    expect(outcome(short)).toEqual({ of: 'a' });
  });

  it.each([0, 2, 81, 255])('of version %i is refused, though it is ours', (version) => {
    expect(outcome(byHand({ version, content }))).toBe('challenge_invalid');
  });

  it('does not open under another version than it was authenticated with', () => {
    const bytes = Buffer.from(byHand({ version: 2, content }), 'base64url');
    bytes[0] = 1;
    expect(outcome(bytes.toString('base64url'))).toBe('challenge_invalid');
  });

  it.each([
    ['no expiry', { promise: { kind: 'test' } }],
    ['an expiry in words', { expiresAt: 'soon', promise: { kind: 'test' } }],
    ['an expiry of null', { expiresAt: null, promise: { kind: 'test' } }],
  ])('with %s is refused', (_what, more) => {
    expect(outcome(byHand({ content: JSON.stringify(more) }))).toBe('challenge_invalid');
  });

  it('whose promise is of another form is refused', () => {
    expect(outcome(seal(deps, sealing, 'browser', { kind: 'test' }), () => null)).toBe(
      'challenge_invalid',
    );
  });
});

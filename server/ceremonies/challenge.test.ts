import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { RpError } from '../errors.ts';
import { deriveKeys } from '../keys.ts';
import { type Addition, openChallenge, type SignIn, sealChallenge } from './challenge.ts';

const signIn: SignIn = {
  kind: 'sign-in',
  userId: null,
  rpId: 'localhost',
  allowed: [],
  mediation: null,
  userVerification: 'required',
};
const [first, second] = ['first secret', 'second secret'].map((text) => text.padEnd(32, '.'));
let clock = 1_800_000_000_000;
const node = (secrets = [first as string]) => ({
  config: loadConfig({}),
  keys: deriveKeys(secrets, { decoy: new Uint8Array(32), recovery: new Uint8Array(32) }),
  now: () => clock,
  random: (length: number) => new Uint8Array(randomBytes(length)),
});

function codeOf(open: () => unknown): string {
  try {
    open();
  } catch (error) {
    if (error instanceof RpError) return error.code;
    throw error;
  }
  return 'opened';
}

describe('a sealed challenge', () => {
  it('tells another node of the same server what was promised', () => {
    const challenge = sealChallenge(node(), 'browser', signIn);
    const { ceremony, nonce } = openChallenge(node(), challenge, 'browser', ['sign-in']);
    expect(ceremony).toEqual(signIn);
    expect(nonce.value).toHaveLength(16);
    expect(nonce.expiresAt).toBe(clock + 600_000);
  });

  it('is a new one every time, and shows nothing of what it holds', () => {
    const seal = () => sealChallenge(node(), 'browser', { ...signIn, userId: 'x'.repeat(43) });
    const challenges = new Set(Array.from({ length: 100 }, seal));
    expect(challenges.size).toBe(100);
    const lengths = new Set([...challenges].map((challenge) => challenge.length));
    expect(lengths.size).toBe(1);
    for (const challenge of challenges) {
      expect(Buffer.from(challenge, 'base64url').toString('latin1')).not.toContain('sign-in');
    }
  });

  it('is as long for a user handle of one byte as for one of 64', () => {
    const lengths = [1, 16, 32, 64].map((bytes) => {
      const userId = Buffer.alloc(bytes).toString('base64url');
      return sealChallenge(node(), 'browser', { ...signIn, userId }).length;
    });
    expect(new Set(lengths).size).toBe(1);
  });

  it('opens until it expires and not after', () => {
    const challenge = sealChallenge(node(), 'browser', signIn);
    clock += 600_000;
    expect(codeOf(() => openChallenge(node(), challenge, 'browser', ['sign-in']))).toBe('opened');
    clock += 1;
    expect(codeOf(() => openChallenge(node(), challenge, 'browser', ['sign-in']))).toBe(
      'challenge_invalid',
    );
  });

  it('from a time when the clock was far ahead does not open', () => {
    clock += 3_600_000;
    const challenge = sealChallenge(node(), 'browser', signIn);
    expect(codeOf(() => openChallenge(node(), challenge, 'browser', ['sign-in']))).toBe('opened');
    clock -= 60_000;
    expect(codeOf(() => openChallenge(node(), challenge, 'browser', ['sign-in']))).toBe('opened');
    clock -= 1;
    expect(codeOf(() => openChallenge(node(), challenge, 'browser', ['sign-in']))).toBe(
      'challenge_invalid',
    );
  });

  it('opens after the secret was rotated, until the old one is dropped', () => {
    const challenge = sealChallenge(node([first as string]), 'browser', signIn);
    const open = (secrets: string[]) =>
      codeOf(() => openChallenge(node(secrets), challenge, 'browser', ['sign-in']));
    expect(open([second as string, first as string])).toBe('opened');
    expect(open([second as string])).toBe('challenge_invalid');
  });

  it('opens for the browser that asked and no other', () => {
    const challenge = sealChallenge(node(), 'browser', signIn);
    for (const browser of ['other', '', null]) {
      expect(codeOf(() => openChallenge(node(), challenge, browser, ['sign-in']))).toBe(
        'challenge_invalid',
      );
    }
  });

  it('opens for its purpose and no other', () => {
    const challenge = sealChallenge(node(), 'browser', signIn);
    expect(
      codeOf(() => openChallenge(node(), challenge, 'browser', ['sign-up', 'addition', 'step-up'])),
    ).toBe('challenge_invalid');
  });

  const addition: Addition = {
    ...{ kind: 'addition', mediation: null, userVerification: 'required' },
    ...{ userId: 'AAAA', sessionId: 'session', upgrades: null, algorithms: [-7] },
  };
  const kinds = ['sign-up', 'addition', 'sign-in', 'step-up'] as const;
  it.each<[string, object]>([
    ['a member less', { ...addition, sessionId: undefined }],
    ['a member more', { ...addition, of: 'tomorrow' }],
    ['a member of another type', { ...addition, upgrades: 7 }],
    ['an algorithm in words', { ...addition, algorithms: ['ES256'] }],
    ['a requirement that nobody knows', { ...addition, userVerification: 'always' }],
    ['the members of another purpose', { ...addition, kind: 'sign-in' }],
    ['a purpose of tomorrow', { ...addition, kind: 'vault' }],
    ['a purpose that every object has', { ...addition, kind: 'constructor' }],
  ])('does not open with %s', (_what, promise) => {
    const open = (of: object) =>
      codeOf(() =>
        openChallenge(node(), sealChallenge(node(), 'browser', of as Addition), 'browser', kinds),
      );
    expect(open(addition)).toBe('opened');
    expect(open(promise)).toBe('challenge_invalid');
  });

  it('does not open with any one bit changed', () => {
    const bytes = Buffer.from(sealChallenge(node(), 'browser', signIn), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bent = Buffer.from(bytes);
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const challenge = bent.toString('base64url');
      expect(codeOf(() => openChallenge(node(), challenge, 'browser', ['sign-in']))).toBe(
        'challenge_invalid',
      );
    }
  });

  it.each(['', 'A', 'not base64!', 'A'.repeat(42), 'A'.repeat(4096)])('is not %j', (text) => {
    expect(codeOf(() => openChallenge(node(), text, 'browser', ['sign-in']))).toBe(
      'challenge_invalid',
    );
  });
});

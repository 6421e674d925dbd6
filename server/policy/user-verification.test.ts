import { describe, expect, it } from 'vitest';
import type { RpError } from '../errors.ts';
import {
  enforcesUserVerification,
  needsStepUp,
  requireStepUp,
  requireStepUpToManage,
  type UserVerificationRequirement,
} from './user-verification.ts';

const requirements: UserVerificationRequirement[] = ['required', 'preferred', 'discouraged'];
const now = 1_800_000_000_000;
const maxAgeSeconds = 300;

describe('what verify enforces', () => {
  it.each([
    ['required', true],
    ['preferred', false],
    ['discouraged', false],
  ] as const)('%s → a missing UV flag is refused: %s', (requirement, enforced) => {
    expect(enforcesUserVerification(requirement)).toBe(enforced);
  });
});

describe('when a step-up is needed', () => {
  const ages = [
    ['just now', 0],
    ['at the limit', 300_000],
    ['a millisecond too old', 300_001],
    ['a day old', 86_400_000],
    ['slightly ahead of the clock', -60_000],
    ['far ahead of the clock', -60_001],
  ] as const;
  const rows = requirements.flatMap((requirement) =>
    [true, false].flatMap((userVerified) =>
      ages.map(([when, age]) => {
        const fresh = age <= 300_000 && age >= -60_000;
        const needed =
          requirement === 'required'
            ? !(fresh && userVerified)
            : requirement === 'preferred' && !fresh;
        return [requirement, userVerified ? 'verified' : 'unverified', when, age, needed] as const;
      }),
    ),
  );

  it.each(rows)('%s, %s, %s', (requirement, verified, _when, age, needed) => {
    const authentication = {
      userVerified: verified === 'verified',
      authenticatedAt: now - age,
    };
    expect(needsStepUp(requirement, authentication, now, maxAgeSeconds)).toBe(needed);
  });

  it.each(['required', 'preferred', 'discouraged'] as const)(
    'under %s, what Sign in with Apple opened manages no way in, however fresh it is',
    (requirement) => {
      const session = { method: 'apple', credentialId: null, authenticatedAt: now } as const;
      const manage = () =>
        requireStepUpToManage(requirement, { ...session, userVerified: true }, [], now, 300);
      expect(manage).toThrow(
        expect.objectContaining<Partial<RpError>>({ code: 'step_up_required' }),
      );
    },
  );

  it('refuses with a code of its own', () => {
    const stale = { userVerified: true, authenticatedAt: 0 };
    expect(() => requireStepUp('required', stale, now, maxAgeSeconds)).toThrow(
      expect.objectContaining<Partial<RpError>>({ code: 'step_up_required' }),
    );
  });
});

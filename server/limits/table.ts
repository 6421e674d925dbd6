/**
 * How often who may ask what. A passkey can't be guessed, so these keep the server free for others
 * rather than the account safe, and should not let a stranger lock a person out. What is limited by
 * account is only asking for options by its name, more often than one address may; autofill and the
 * button name nobody.
 */
export const rateLimits = {
  'options-by-address': { points: 300, seconds: 60 },
  'options-by-name': { points: 600, seconds: 60 },
  'sign-up-by-address': { points: 60, seconds: 600 },
  'verify-by-address': { points: 200, seconds: 60 },
  'change-by-address': { points: 200, seconds: 60 },
} as const satisfies Record<string, { points: number; seconds: number }>;

export type RateLimit = keyof typeof rateLimits;

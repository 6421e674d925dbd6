/**
 * How many requests (`points`) are allowed in how many seconds. A passkey can't be guessed, so the limits don't
 * protect accounts: they keep the server free for others, and must not let a stranger lock an owner out. Only
 * options for a user name are limited by account, and that limit is higher than what one address may use.
 * Autofill and the button send no user name. Mail to an address that is yet to be verified is limited by account and by
 * mailbox, too, because it may be somebody else's.
 */
export const rateLimits = {
  'options-by-address': { points: 300, seconds: 60 },
  'options-by-name': { points: 600, seconds: 60 },
  'sign-up-by-address': { points: 60, seconds: 600 },
  'verify-by-address': { points: 200, seconds: 60 },
  'recovery-by-address': { points: 60, seconds: 600 },
  'mail-by-address': { points: 30, seconds: 3600 },
  'mail-by-account': { points: 5, seconds: 3600 },
  'mail-by-mailbox': { points: 10, seconds: 86_400 },
  'change-by-address': { points: 200, seconds: 60 },
  'operator-by-address': { points: 600, seconds: 60 },
  'wrong-key-by-address': { points: 60, seconds: 600 },
  'notifications-by-address': { points: 600, seconds: 60 },
  'authorize-by-address': { points: 300, seconds: 60 },
  'fetch-by-address': { points: 20, seconds: 60 },
} as const satisfies Record<string, { points: number; seconds: number }>;

export type RateLimit = keyof typeof rateLimits;

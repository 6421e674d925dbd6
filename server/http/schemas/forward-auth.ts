import { z } from 'zod';

/** What a page may demand of a sign-in, as the query of a proxy's call says it. */
const demands = {
  acr_values: z.enum(['phr', 'phrh']).optional(),
  /** Shorter ones would be over before the browser is back. */
  max_age: z
    .string()
    .regex(/^[1-9]\d{1,8}$/, 'expected 10 to 999999999 seconds')
    .optional(),
  user_verified: z.literal('yes').optional(),
};

/** Strict: a parameter that is misspelt must not count for nothing. */
export const forwardAuthQuery = z.strictObject({
  ...demands,
  status: z.literal('401').optional(),
});

export const wayToSite = z
  .object({
    return_to: z.string().min(1).max(8192),
    binding: z
      .string()
      .regex(/^[\w-]{43}$/)
      .optional()
      .meta({ description: 'As it came from the proxy.' }),
    ...demands,
  })
  .meta({ id: 'WayToSite', examples: [{ return_to: 'https://app.example.com/' }] });

type Demands = {
  readonly acr_values?: 'phr' | 'phrh' | undefined;
  readonly max_age?: string | undefined;
  readonly user_verified?: 'yes' | undefined;
};

export function demandOf({ acr_values: acr, max_age: age, user_verified: verified }: Demands) {
  return {
    acr: acr ?? null,
    maxAgeSeconds: age === undefined ? null : Number(age),
    userVerified: verified === 'yes',
  };
}

export function wayOf(way: z.output<typeof wayToSite>) {
  return { returnTo: way.return_to, binding: way.binding, demand: demandOf(way) };
}

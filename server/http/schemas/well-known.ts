import { z } from 'zod';

export const relatedOriginsDocument = z
  .object({ origins: z.array(z.string()) })
  .meta({ id: 'RelatedOrigins', examples: [{ origins: ['https://example.com'] }] });

export const passkeyEndpointsDocument = z
  .object({ enroll: z.url(), manage: z.url(), prfUsageDetails: z.url().optional() })
  .meta({
    id: 'PasskeyEndpoints',
    examples: [{ enroll: 'https://example.com/account', manage: 'https://example.com/account' }],
  });

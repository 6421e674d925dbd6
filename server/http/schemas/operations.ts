import { z } from 'zod';

export const status = z
  .object({ status: z.literal('ok') })
  .meta({ id: 'Status', examples: [{ status: 'ok' }] });

import { z } from 'zod';

export const interaction = z
  .object({
    client: z.object({
      name: z.string(),
      logo: z.url().optional(),
      policy: z.url().optional(),
      terms: z.url().optional(),
    }),
    prompt: z.enum(['login', 'create', 'consent']),
    loginHint: z.string().optional(),
    locales: z.array(z.string()).optional().meta({ description: 'BCP 47; the most wanted first.' }),
    scopes: z
      .array(z.string())
      .optional()
      .meta({ description: 'With `consent`: what the app would be allowed.' }),
    needs: z
      .enum(['sign-in', 'step-up'])
      .nullable()
      .meta({ description: 'What is missing until `finish` succeeds, as things stand.' }),
  })
  .meta({ id: 'Interaction' });

export const redirection = z
  .object({ redirectTo: z.url().meta({ description: 'Where the browser goes next.' }) })
  .meta({ id: 'Redirection' });

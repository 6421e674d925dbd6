import { z } from 'zod';
import { linkToken } from './encodings.ts';

export const appleAuthorization = z
  .object({
    purpose: z.enum(['sign-in', 'link']).meta({
      description: '`link` needs a session and a step-up: it is for the account that is signed in',
    }),
    interaction: z
      .string()
      .regex(/^[\w-]{1,64}$/)
      .optional()
      .meta({ description: 'Of a sign-in on the way to an app, which goes on after it.' }),
    invitation: linkToken.optional().meta({
      description:
        'The token of an invitation, which lets somebody new in. It is used up if an account is made.',
    }),
  })
  .meta({ id: 'AppleAuthorization', examples: [{ purpose: 'sign-in' }] });

export const appleAuthorizationUrl = z
  .object({ url: z.url().meta({ description: 'Apple’s page, to which the browser goes next.' }) })
  .meta({
    id: 'AppleAuthorizationUrl',
    examples: [{ url: 'https://appleid.apple.com/auth/authorize?client_id=com.example.login' }],
  });

/**
 * Apple says more, such as `id_token`; nothing else is read. What is of another form counts as missing: the page that
 * follows tells the person, and a form can't.
 */
export const applePost = z.object({
  state: z.string().max(2048).catch(''),
  code: z.string().max(512).optional().catch(undefined),
  user: z.string().max(16_384).optional().catch(undefined),
  error: z.string().max(64).optional().catch('malformed'),
});

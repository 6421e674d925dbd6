import { z } from 'zod';
import { type ErrorCode, problems, refusalReasons } from '../../errors.ts';
import { operatorScopes } from '../../records/operator-key.ts';
import { credentialId } from './encodings.ts';

/** RFC 9457, with the members that some codes add. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string().meta({ description: 'For people; the same for every occurrence.' }),
    status: z.int(),
    code: z.enum(Object.keys(problems) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string().optional().meta({ description: 'What is wrong with this request.' }),
    retryAfter: z.int().optional().meta({ description: 'Seconds, with `too_many_requests`.' }),
    stepUp: z
      .object({
        method: z.string(),
        path: z.string(),
        body: z.object({ purpose: z.enum(['step-up', 'vault']) }),
      })
      .optional()
      .meta({ description: 'The call to make first, with `step_up_required`.' }),
    rpId: z
      .string()
      .optional()
      .meta({ description: 'With `credential_unknown`, for `signalUnknownCredential()`.' }),
    credentialId: credentialId.optional(),
    reason: z
      .enum([...refusalReasons, 'apple'])
      .optional()
      .meta({
        description:
          'With `verification_failed`, if people can do something about it; `apple` with `step_up_required`, if there is no passkey and a fresh sign-in with Apple will do.',
      }),
    scope: z
      .enum(operatorScopes)
      .optional()
      .meta({ description: 'What the operator key lacks, with `insufficient_scope`.' }),
    origin: z
      .string()
      .optional()
      .meta({ description: 'Where the site is, with `cross_site_request`.' }),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: 'about:blank',
        title: 'Too many attempts. Please wait a moment.',
        status: 429,
        code: 'too_many_requests',
        retryAfter: 42,
      },
    ],
  });

/** The pieces that bodies of all kinds are made of. */
import { z } from 'zod';
import { isBase64Url } from '../../base64url.ts';

export const base64url = (leastBytes: number, mostBytes: number) =>
  z
    .string()
    .min(Math.ceil((leastBytes * 4) / 3))
    .max(Math.ceil((mostBytes * 4) / 3))
    .regex(/^[A-Za-z0-9_-]*$/)
    .refine((text): boolean => isBase64Url(text), 'expected base64url without padding');

/** WebAuthn L3 §7.1 step 25: at most 1023 bytes. */
export const credentialId = base64url(1, 1023).meta({
  id: 'CredentialId',
  description: 'The identifier of a credential, base64url without padding.',
  examples: ['6oPjVbd2Xk2lqhOUFvY0QYl4gJM'],
});

/** WebAuthn L3 §5.4.3: 1 to 64 bytes. */
export const userHandle = base64url(1, 64).meta({
  id: 'UserHandle',
  description: 'The user handle of an account, base64url without padding.',
  examples: ['3kq0n8X1m5rJfA2oYb7tZl9eQw4uVs6cKdGhTiNpMzE'],
});

/** 32 bytes, such as a key. */
export const key = base64url(32, 32);

/** Bytes whose length only the bound of the whole body limits. */
export const blob = base64url(1, 48_000);

/** What stands in a link behind `#`. */
export const linkToken = z.string().min(1).max(128);

export const time = z.iso.datetime();

/** As many items at most; their number is judged before any of them, because there may be tens of thousands. */
export function fewOf<Item extends z.ZodType>(item: Item, most: number) {
  return z.preprocess((value, context) => {
    if (!Array.isArray(value) || value.length <= most) return value;
    context.addIssue(`expected at most ${most} items`);
    return z.NEVER;
  }, z.array(item).max(most));
}

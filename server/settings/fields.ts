/** Kinds of variables, for the features to use: each turns text into a value or says what to write. */
import { z } from 'zod';
import {
  domainMeantBy,
  isHostname,
  isOrigin,
  isPublicSuffix,
  isSecureUrl,
  originMeantBy,
} from '../policy/origin.ts';

export function wholeNumber(least: number, most: number) {
  return z
    .string()
    .regex(/^\d+$/, 'expected a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `expected ${least} to ${most}`);
}

/** `on` or `off`, as a boolean. */
export function onOff(byDefault: 'on' | 'off') {
  return z
    .enum(['on', 'off'])
    .default(byDefault)
    .transform((value) => value === 'on');
}

/** Items separated by commas; none by default. */
export function list(item: z.ZodType<string, string>) {
  return z
    .string()
    .default('')
    .transform((text) => text.split(',').map((part) => part.trim()))
    .transform((parts) => parts.filter((part) => part !== ''))
    .pipe(z.array(item));
}

/** An origin as browsers spell it: https, but for localhost. */
export const origin = z.string().superRefine((text, context) => {
  if (isOrigin(text)) return;
  const meant = originMeantBy(text);
  const words = 'expected https://host (http only for localhost)';
  context.addIssue(meant === null ? words : `${words}: write ${meant} for ${text}`);
});

/** A domain as browsers spell it, under which nobody else can register one. */
export const domain = z.string().superRefine((text, context) => {
  const meant = domainMeantBy(text);
  if (!isHostname(text)) {
    context.addIssue(
      meant === null ? 'expected a domain' : `expected a domain: write ${meant} for ${text}`,
    );
  } else if (isPublicSuffix(text)) {
    context.addIssue(`${text} is a public suffix, so browsers refuse it`);
  }
});

/** A file, or a URL that nobody on the way can answer for. */
export const fileOrSecureUrl = z
  .string()
  .refine(
    (text) => /^file:./.test(text) || (URL.canParse(text) && isSecureUrl(new URL(text))),
    'expected file:PATH or https://… (http only for localhost)',
  );

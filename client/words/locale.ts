import { lang } from './en.ts';

/**
 * The locale for dates, times and names of countries. They stand in sentences, so they follow the
 * language of the page; of its varieties (en-GB, en-US) the one that the person's browser prefers.
 */
export function locale(preferred: readonly string[] = globalThis.navigator?.languages ?? []) {
  const ofThisLanguage = (tag: string) => tag === lang || tag.startsWith(`${lang}-`);
  return preferred.find(ofThisLanguage) ?? lang;
}

/** Whether the person's own locale counts hours to 12 or to 24; that is readable in any language. */
export function hourCycle(): 'h11' | 'h12' | 'h23' | 'h24' | undefined {
  return new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions().hourCycle;
}

import { locale } from './locale.ts';

/** The name of an ISO 3166-1 alpha-2 country; empty for null and for what is no country. */
export function country(code: string | null, inLocale: string = locale()): string {
  try {
    const names = new Intl.DisplayNames(inLocale, { type: 'region', fallback: 'none' });
    return (code && names.of(code)) || '';
  } catch {
    return '';
  }
}

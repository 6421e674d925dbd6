/** The name of an ISO 3166-1 alpha-2 country; empty where there is none to tell. */
export function country(code: string | null, locale = 'en'): string {
  try {
    return (
      (code && new Intl.DisplayNames(locale, { type: 'region', fallback: 'none' }).of(code)) || ''
    );
  } catch {
    return '';
  }
}

const DAY_MS = 86_400_000;

/** A day in words, as near as it needs to be: "today", "yesterday", "3 days ago", "3 Mar 2025". */
export function when(time: string, now: Date = new Date(), locale = 'en'): string {
  const date = new Date(time);
  const days = Math.round((midnight(date) - midnight(now)) / DAY_MS);
  return days <= 0 && days > -7
    ? new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(days, 'day')
    : new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(date);
}

/** The same to the minute, to begin a line with: "Today, 2:05 PM". */
export function moment(time: string, now?: Date, locale = 'en'): string {
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const [first = '', ...rest] = `${when(time, now, locale)}, ${clock.format(new Date(time))}`;
  return first.toLocaleUpperCase(locale) + rest.join('');
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

const DAY_MS = 86_400_000;

/** A day in words, as near as it needs to be: "today", "yesterday", "3 days ago", "3 Mar 2025". */
export function when(time: string, now: Date = new Date(), locale = 'en'): string {
  const date = new Date(time);
  const days = Math.round((midnight(date) - midnight(now)) / DAY_MS);
  return days <= 0 && days > -7
    ? new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(days, 'day')
    : new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(date);
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

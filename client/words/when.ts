import { dates } from './en.ts';
import { hourCycle, locale } from './locale.ts';

const DAY_MS = 86_400_000;

/** A day in words, as near as it needs to be: "today", "yesterday", "3 days ago", "3 Mar 2025". */
export function when(time: string, now = new Date(), inLocale = locale()): string {
  const date = new Date(time);
  const days = Math.round((midnight(date) - midnight(now)) / DAY_MS);
  return days <= 0 && days > -7
    ? new Intl.RelativeTimeFormat(inLocale, { numeric: 'auto' }).format(days, 'day')
    : new Intl.DateTimeFormat(inLocale, { dateStyle: 'medium' }).format(date);
}

/** The same to the minute: "today, 2:05 PM". */
export function moment(time: string, now?: Date, inLocale = locale(), cycle = hourCycle()): string {
  const style = { timeStyle: 'short', ...(cycle && { hourCycle: cycle }) } as const;
  const clock = new Intl.DateTimeFormat(inLocale, style).format(new Date(time));
  return dates.dayAndTime(when(time, now, inLocale), clock);
}

/** A short wait: "in 40 seconds", "in 2 minutes". */
export function soon(seconds: number, inLocale = locale()): string {
  const inMinutes = seconds > 90;
  const amount = inMinutes ? Math.ceil(seconds / 60) : seconds;
  return new Intl.RelativeTimeFormat(inLocale).format(amount, inMinutes ? 'minute' : 'second');
}

/** A text that begins a line. */
export function beginLine(text: string, inLocale = locale()): string {
  const [first = '', ...rest] = text;
  return first.toLocaleUpperCase(inLocale) + rest.join('');
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

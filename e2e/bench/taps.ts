/**
 * How long a person waits from the tap that signs in until the vault is open, in a real Chromium with a virtual
 * authenticator. It answers at once, so the figure is what the browser, the pages and the server take, and the person's
 * own time comes on top.
 */
import { chromium, type Page } from 'playwright';
import { attachAuthenticator, passkeyProvider } from '../authenticator.ts';
import { findChromium, launchArgs } from '../chromium.ts';
import { signInAgain, signUp } from '../person.ts';
import { notes, write } from '../vault.ts';
import type { Site } from './visitor.ts';

export interface Taps {
  readonly browser: string;
  readonly count: number;
  /** Milliseconds from the tap until the account page begins to load: the ceremony, in the browser and on the server. */
  readonly signedIn: Quantiles;
  /** Until that page is shown. */
  readonly shown: Quantiles;
  /** Until the notes on it are open. */
  readonly open: Quantiles;
}

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** As many before those that count: caches are filled, and code is compiled. */
const warmUp = 5;

/** Signs in `count` times to one account, whose vault has a note. */
export async function timeTaps({ origin }: Site, count: number): Promise<Taps> {
  const executablePath = await findChromium();
  const browser = await chromium.launch({ executablePath, args: [...launchArgs] });
  try {
    const context = await browser.newContext({ baseURL: origin });
    const page = await context.newPage();
    const authenticator = await attachAuthenticator(page, { ...passkeyProvider, hasPrf: true });
    await signUp(page);
    await notes.open(page).waitFor();
    await write(page, 'bread, milk');
    await page.addInitScript(watch);
    const times: Times[] = [];
    for (let tap = -warmUp; tap < count; tap++) {
      await signInAgain(page, authenticator);
      await notes.open(page).waitFor();
      const time = await timesOf(page);
      if (tap >= 0) times.push(time);
    }
    const of = (name: keyof Times) => quantiles(times.map((time) => time[name]));
    const measured = { signedIn: of('signedIn'), shown: of('shown'), open: of('open') };
    return { browser: `Chromium ${browser.version()}`, count, ...measured };
  } finally {
    await browser.close();
  }
}

type Times = Record<'signedIn' | 'shown' | 'open', number>;

/** Runs in every page: notes when the button was tapped, and when the next page has come so far. */
function watch(): void {
  const note = (name: string) => {
    sessionStorage.setItem(name, String(performance.timeOrigin + performance.now()));
  };
  addEventListener('click', ({ isTrusted }) => isTrusted && note('tap'), { capture: true });
  if (location.pathname !== '/account') return;
  sessionStorage.removeItem('open');
  sessionStorage.setItem('signedIn', String(performance.timeOrigin));
  addEventListener('DOMContentLoaded', () => {
    note('shown');
    const panel = document.querySelector('#notes-open');
    const look = () => {
      if (panel?.checkVisibility() && sessionStorage.getItem('open') === null) note('open');
    };
    if (panel) new MutationObserver(look).observe(panel, { attributes: true });
    look();
  });
}

async function timesOf(page: Page): Promise<Times> {
  const noted = await page.evaluate(() => ({ ...sessionStorage }) as Record<string, string>);
  const since = (name: keyof Times) => Number(noted[name]) - Number(noted['tap']);
  return { signedIn: since('signedIn'), shown: since('shown'), open: since('open') };
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

export function formatTaps({ browser, count, ...measured }: Taps): string {
  const rows = (
    [
      ['the next page begins to load', 'signedIn'],
      ['it is shown', 'shown'],
      ['the vault on it is open', 'open'],
    ] as const
  ).map(([what, name]) => {
    const { p50, p99 } = measured[name];
    return `${what.padEnd(30)}${p50.toFixed(0).padStart(8)}${p99.toFixed(0).padStart(8)}`;
  });
  const head = `${'after the tap that signs in'.padEnd(30)}${'p50 ms'.padStart(8)}${'p99 ms'.padStart(8)}`;
  return `${browser}, ${count} sign-ins to one vault, one after the other\n\n${[head, ...rows].join('\n')}\n`;
}

import { obstacles } from '../../words/en.ts';

/** Web views inside other apps: on iOS they lack the browser's own `Safari/` token or name their app. */
const appleWebView =
  /(iPhone|iPad|iPod)(?!.*Safari\/)|(iPhone|iPad|iPod).*(FBA[NV]|Instagram|Line\/)/;
const androidWebView = /Android.*(; wv\)|FBA[NV]|Instagram)/;
const apple = /iPhone|iPad|iPod|Macintosh/;

/** Where to open the page instead, if it is shown inside another app. */
export function webViewAdvice(userAgent: string): string | undefined {
  if (appleWebView.test(userAgent)) return obstacles.openInSafari;
  if (androidWebView.test(userAgent)) return obstacles.openInBrowser;
  return undefined;
}

/** What to do if the browser has no passkeys at all. */
export function advice(userAgent: string, secure: boolean): string {
  if (!secure) return obstacles.needsHttps;
  const elsewhere = webViewAdvice(userAgent);
  return elsewhere ?? (apple.test(userAgent) ? obstacles.updateApple : obstacles.updateBrowser);
}

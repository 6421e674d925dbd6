/** Web views inside other apps: on iOS they lack the browser's own `Safari/` token or name their app. */
const appleWebView =
  /(iPhone|iPad|iPod)(?!.*Safari\/)|(iPhone|iPad|iPod).*(FBA[NV]|Instagram|Line\/)/;
const androidWebView = /Android.*(; wv\)|FBA[NV]|Instagram)/;

/** Where to open the page instead, when it is shown inside another app. */
export function webViewAdvice(userAgent: string): string | undefined {
  if (appleWebView.test(userAgent)) return 'Open this page in Safari.';
  if (androidWebView.test(userAgent)) return 'Open this page in Chrome or another browser.';
  return undefined;
}

/** What to do where the browser has no passkeys at all. */
export function advice(userAgent: string, secure: boolean): string {
  if (!secure) return 'Open this page with https:// at the start of its address.';
  return webViewAdvice(userAgent) ?? 'Open this page in Safari or another up-to-date browser.';
}

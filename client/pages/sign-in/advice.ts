/** Apps that show pages themselves, and say so. */
const inApp =
  /FB(A[NV]|_IAB)|Instagram|Barcelona|\bLine\/|MicroMessenger|KAKAOTALK|NAVER\(|Snapchat|Twitter|LinkedInApp|Pinterest|TikTok|musical_ly|Bytedance|GSA\/|Telegram|Slack|Discord|Reddit\/|Viber/;
/** Web views of others: on iOS they lack the browser's own `Safari/` token. */
const appleWebView = /(iPhone|iPad|iPod)(?!.*Safari\/)/;
const androidWebView = /Android.*; wv\)/;
const apple = /iPhone|iPad|iPod|Macintosh/;

/** By these names the page's HTML has the advice in words, as `data-advice`. */
type Advice = 'https' | 'open-in-safari' | 'open-in-browser' | 'update-apple' | 'update-other';

/** Where to open the page instead, if it is shown inside another app. */
export function webViewAdvice(userAgent: string): Advice | undefined {
  const isInApp = inApp.test(userAgent);
  if (appleWebView.test(userAgent)) return 'open-in-safari';
  if (isInApp && apple.test(userAgent)) return 'open-in-safari';
  return isInApp || androidWebView.test(userAgent) ? 'open-in-browser' : undefined;
}

/** What to do if the browser has no passkeys at all. */
export function advice(userAgent: string, secure: boolean): Advice {
  if (!secure) return 'https';
  const elsewhere = webViewAdvice(userAgent);
  return elsewhere ?? (apple.test(userAgent) ? 'update-apple' : 'update-other');
}

/** The paragraph of the page that gives the advice. */
export function adviceElement(name: Advice): HTMLElement {
  return document.querySelector(`[data-advice=${name}]`) as HTMLElement;
}

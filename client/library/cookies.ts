import { Problem } from './problem.ts';

const PROBE = 'latchkey-probe';

/**
 * Whether the browser keeps cookies of this site. A ceremony is bound to one, and its end sets
 * another: without them a passkey would be made that nobody can use.
 */
export function keepsCookies(): boolean {
  const { cookieEnabled } = navigator;
  try {
    // biome-ignore-start lint/suspicious/noDocumentCookie: Safari 16 and 17 have no cookie store
    document.cookie = `${PROBE}=1; path=/; samesite=lax`;
    const kept = document.cookie.includes(`${PROBE}=`);
    document.cookie = `${PROBE}=; path=/; samesite=lax; max-age=0`;
    // biome-ignore-end lint/suspicious/noDocumentCookie: Safari 16 and 17 have no cookie store
    return kept && cookieEnabled !== false;
  } catch {
    // Without a document (in a test) there is nothing to ask; a page that may not ask has no cookies.
    return typeof document === 'undefined';
  }
}

/** @throws {Problem} `cookies_blocked`, before a prompt that would be of no use */
export function requireCookies(): void {
  if (!keepsCookies()) throw new Problem(0, { code: 'cookies_blocked' });
}

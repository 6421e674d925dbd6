/**
 * An address that leaves the app whose web view shows the page. On iOS a scheme of Safari's does (17 and
 * later), on Android an intent, which the person's own browser answers.
 */
export function elsewhereLink(advice: string, url: string): string {
  const { protocol } = new URL(url);
  const rest = url.slice(protocol.length);
  if (advice === 'open-in-safari') return `x-safari-${protocol}${rest}`;
  return `intent:${rest}#Intent;scheme=${protocol.slice(0, -1)};action=android.intent.action.VIEW;end`;
}

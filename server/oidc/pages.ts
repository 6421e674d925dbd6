/** The few pages that the library shows itself. What they look like, whoever calls us says. */
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { currentVisit } from './visit.ts';

/** Only people are shown it: programs get JSON from the library. */
export function renderError(context: KoaContextWithOIDC, out: ErrorOut): void {
  const { error: code, error_description: text = '' } = out;
  const { pages, withoutBrowser } = currentVisit();
  if (withoutBrowser) {
    context.body = out;
    return;
  }
  context.type = 'html';
  context.body = pages.problem({ code, text });
}

/**
 * OpenID Connect RP-Initiated Logout 1.0 §2: a person is asked whether they want to sign out, unless the app
 * names the session that they have.
 */
export async function logoutSource(context: KoaContextWithOIDC): Promise<void> {
  const { oidc } = context;
  const { session } = oidc;
  const state = session?.state as LogoutState | undefined;
  if (session === undefined || state === undefined) throw new TypeError('nothing to sign out of');
  const hint = oidc.entities.IdTokenHint as { payload?: { sub?: unknown } } | undefined;
  if (hint?.payload?.sub === session.accountId) {
    await session.destroy();
    context.status = 303;
    context.redirect(afterLogout(context, state));
    return;
  }
  context.type = 'html';
  context.body = currentVisit().pages.signOut({
    action: oidc.urlFor('end_session_confirm'),
    xsrf: state.secret,
  });
  if (state.postLogoutRedirectUri !== undefined) allowForm(context, state.postLogoutRedirectUri);
}

interface LogoutState {
  readonly secret: string;
  readonly postLogoutRedirectUri?: string;
  readonly state?: string;
}

function afterLogout(
  { oidc }: KoaContextWithOIDC,
  { postLogoutRedirectUri, state }: LogoutState,
): string {
  if (postLogoutRedirectUri === undefined) return oidc.urlFor('end_session_success');
  const url = new URL(postLogoutRedirectUri);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}

export function postLogoutSuccessSource(context: KoaContextWithOIDC): void {
  context.type = 'html';
  context.body = currentVisit().pages.signedOut();
}

/** Whoever has no session is signed out already: there is nothing to ask. */
export function skipLogoutPage(context: KoaContextWithOIDC): void {
  const { session } = context.oidc;
  const state = session?.state as LogoutState | undefined;
  if (session?.accountId !== undefined || state === undefined || context.status !== 200) return;
  context.status = 303;
  context.redirect(afterLogout(context, state));
}

/**
 * What a form posts to, and wherever that leads, is held to the policy of its page (CSP3 §6.4.1). Where an app
 * on the web goes on to is its own affair.
 */
export function allowForm(context: KoaContextWithOIDC, uri: string): void {
  const { origin, protocol } = new URL(uri);
  const own = origin === 'null' ? protocol : origin;
  const source = protocol === 'https:' ? 'https:' : `https: ${own}`;
  const policy = context.response.get('content-security-policy');
  context.set('content-security-policy', policy.replace(/form-action [^;]*/, `$& ${source}`));
}

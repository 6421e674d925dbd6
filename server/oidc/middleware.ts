/** What happens around every request to the library. */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { allowForm, skipLogoutPage } from './pages.ts';
import { projectedId } from './session-adapter.ts';
import { commitVisit, currentVisit } from './visit.ts';

type Middleware = Parameters<Provider['use']>[0];
type Context = Parameters<Middleware>[0];

/** Commits what the request changed, before anybody is told of it. */
export function commitChanges(
  { log, store }: Pick<Deps, 'log' | 'store'>,
  tokenPath: string,
): Middleware {
  return async (context, next): Promise<void> => {
    await next();
    const visit = currentVisit();
    try {
      if (await commitVisit(store, visit)) {
        if (visit.signOut !== null) visit.signedOut();
        return;
      }
    } catch (error) {
      if (!(error instanceof RpError)) throw error;
      log.error({ err: error }, 'the changes of a request could not be stored');
      return replaceAnswer(context, 503, 'temporarily_unavailable');
    }
    // Another request was first to use the same code, token or request.
    const isToken = context.path === tokenPath;
    replaceAnswer(context, 400, isToken ? 'invalid_grant' : 'invalid_request');
  };
}

/** Nothing of an answer is left whose changes were not made. A person sees a page, as with the library's errors. */
function replaceAnswer(context: Context, status: 400 | 503, error: string): void {
  for (const name of ['location', 'set-cookie', 'content-type']) context.remove(name);
  context.status = status;
  const { pages, withoutBrowser } = currentVisit();
  if (withoutBrowser || context.accepts('json', 'html') !== 'html') {
    context.body = { error };
    return;
  }
  context.type = 'html';
  const text = 'the request was used before';
  context.body = status === 503 ? pages.unavailable() : pages.problem({ code: error, text });
}

/**
 * The library's session is made from ours, so its cookie goes to no browser: it is added to the request, and
 * taken from the answer.
 */
export function projectCookie(name: string): Middleware {
  return async (context, next): Promise<void> => {
    const id = projectedId(currentVisit());
    const { headers } = context.req;
    const others = (headers.cookie ?? '')
      .split('; ')
      .filter((pair) => pair !== '' && !pair.startsWith(`${name}=`));
    headers.cookie = [...others, ...(id === null ? [] : [`${name}=${id}`])].join('; ');
    await next();
    const kept = context.res.getHeader('set-cookie');
    if (!Array.isArray(kept)) return;
    const lines = kept.filter((line) => !line.startsWith(`${name}=`));
    if (lines.length === 0) context.res.removeHeader('set-cookie');
    else context.res.setHeader('set-cookie', lines);
  };
}

/** Where the library would send a form that our policy for pages stops. */
export function adjustForms(logoutPath: string): Middleware {
  return async (context, next): Promise<void> => {
    await next();
    // Other paths than the provider's have no context of its.
    const { oidc } = context as Partial<KoaContextWithOIDC>;
    if (oidc === undefined) return;
    const within = context as unknown as KoaContextWithOIDC;
    if (context.path === logoutPath) skipLogoutPage(within);
    const { response_mode: mode, redirect_uri: uri } = oidc.params ?? {};
    const isPosted = mode === 'form_post' && context.response.is('html') === 'html';
    if (isPosted && oidc.client?.redirectUriAllowed(String(uri))) allowForm(within, String(uri));
  };
}

/** OpenID Connect Discovery 1.0 §3: whoever made the pages knows their languages. */
export async function nameLanguages(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const { oidc } = context as Partial<KoaContextWithOIDC>;
  if (oidc?.route !== 'discovery') return;
  Object.assign(context.body as object, { ui_locales_supported: currentVisit().pages.languages });
}

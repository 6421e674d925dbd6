/** What happens around every request to the library. */
import type { Provider } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
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

/** Nothing of an answer is left whose changes were not made. */
function replaceAnswer(context: Context, status: number, error: string): void {
  for (const name of ['location', 'set-cookie', 'content-type']) context.remove(name);
  context.status = status;
  context.body = { error };
}

/**
 * The library's session is made from ours, so its cookie goes to no browser: it is added to the request, and
 * taken from the answer. Who is not signed in may have one of its own, for what a logout page remembers.
 */
export function projectCookie(name: string): Middleware {
  return async (context, next): Promise<void> => {
    const id = projectedId(currentVisit());
    if (id === null) return next();
    const { headers } = context.req;
    const others = (headers.cookie ?? '')
      .split('; ')
      .filter((pair) => pair !== '' && !pair.startsWith(`${name}=`));
    headers.cookie = [...others, `${name}=${id}`].join('; ');
    await next();
    const kept = context.res.getHeader('set-cookie');
    if (!Array.isArray(kept)) return;
    const lines = kept.filter((line) => !line.startsWith(`${name}=`));
    if (lines.length === 0) context.res.removeHeader('set-cookie');
    else context.res.setHeader('set-cookie', lines);
  };
}

/**
 * Tells apps that a sign-in has ended (OpenID Connect Back-Channel Logout 1.0).
 *
 * Guarantees: an app is told at least once, also if this process dies meanwhile or the app is away, unless it
 * stays away for a day; one that doesn't answer delays no other one for long.
 */
import type { Client, Provider } from 'oidc-provider';
import { toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import type { EndedLogin } from '../records/oidc.ts';
import { loginsAtOnce } from '../store/oidc.ts';
import { sessionIdFor } from './grants.ts';

const answerWithinMs = 5_000;
/** With the waits of the store, a day. */
const mostAttempts = 30;
const event = 'http://schemas.openid.net/event/backchannel-logout';

type Given = Pick<Deps, 'log' | 'now' | 'random' | 'store'>;

/** Tells all apps that are to be told by now. */
export async function tellApps(
  deps: Given,
  provider: Provider,
  closing: AbortSignal,
): Promise<void> {
  for (let taken = loginsAtOnce; taken === loginsAtOnce && !closing.aborted; ) {
    const ended = await deps.store.takeEndedLogins(deps.now());
    await Promise.all(ended.map((login) => tell(deps, provider, login, closing)));
    taken = ended.length;
  }
}

async function tell(
  deps: Given,
  provider: Provider,
  login: EndedLogin,
  closing: AbortSignal,
): Promise<void> {
  const { log, store } = deps;
  const { clientId, attempts } = login;
  try {
    const client = await provider.Client.find(clientId);
    // It is configured no longer, or wants to hear nothing any more.
    if (client?.backchannelLogoutUri !== undefined) {
      const token = await logoutToken(deps, provider, client, login);
      await post(client.backchannelLogoutUri, token, closing);
    }
    await store.forgetLogin(login);
  } catch (error) {
    if (closing.aborted) return;
    const isLast = attempts >= mostAttempts;
    log.warn({ client: clientId, attempts, err: error }, 'an app could not be told of a sign-out');
    if (isLast) await store.forgetLogin(login);
  }
}

/** OpenID Connect Back-Channel Logout 1.0 §2.4 */
async function logoutToken(
  { random }: Given,
  provider: Provider,
  client: Client,
  { userId, lineage, clientId }: EndedLogin,
): Promise<string> {
  const token = new provider.IdToken({ sub: userId }, { client });
  // As the library does it for its own: the subject and nothing else of the claims.
  Object.assign(token, { mask: { sub: null } });
  token.set('events', { [event]: {} });
  token.set('jti', toBase64Url(random(16)));
  if (client.backchannelLogoutSessionRequired) token.set('sid', sessionIdFor(lineage, clientId));
  return token.issue({ use: 'logout' });
}

/**
 * §2.5, §2.8. A redirect is no answer: a token goes where the operator says, and nowhere else. Each has a
 * connection of its own: one that is kept may be closed by the app just as the token leaves.
 */
async function post(uri: string, token: string, closing: AbortSignal): Promise<void> {
  const { status, body } = await fetch(uri, {
    method: 'POST',
    redirect: 'manual',
    headers: { connection: 'close' },
    body: new URLSearchParams({ logout_token: token }),
    signal: AbortSignal.any([closing, AbortSignal.timeout(answerWithinMs)]),
  });
  await body?.cancel();
  if (status !== 200 && status !== 204) throw new Error(`it answers with ${status}`);
}

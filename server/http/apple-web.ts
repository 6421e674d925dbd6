/**
 * Sign in with Apple in a browser: the way there, Apple's form post, and the return.
 *
 * Guarantees: whatever goes wrong leads back to the page where it began, which says what to do; nothing of it
 * stands in an address.
 */
import { requireOwner } from '../accounts/owner.ts';
import { linkApple, requireLinkStepUp, signInWithApple } from '../apple/accounts.ts';
import { AppleFailure, refusalOf } from '../apple/failure.ts';
import { type AppleJourney, askApple, keepPost, openReturn, setOut } from '../apple/web-flow.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { Caller } from '../records/caller.ts';
import { findInvitation } from '../recovery/invitation.ts';
import { forgetPosted, keepPosted, readPosted, saidOf, say } from './apple-cookies.ts';
import { ensureBrowser } from './caller.ts';
import { type CookieChange, keepSession } from './cookies.ts';
import { endpoint } from './endpoint.ts';
import { ok, seeOther } from './reply.ts';
import { appleAuthorization, appleAuthorizationUrl, applePost } from './schemas/apple.ts';
import { wayToSite } from './schemas/forward-auth.ts';

export const hasAppleOnWeb = ({ apple }: Pick<Config, 'apple'>): boolean =>
  apple !== null && apple.servicesId !== null;

const nowhere = { interaction: null, way: null, invitation: null } as const;
const signIn = { ...nowhere, purpose: 'sign-in', userId: null, sessionId: null } as const;

/** Whoever is on a longer way goes to their account, because the way has to fit into what Apple carries. */
const longestWay = 768;

/** The way to a site behind a proxy. Whether it leads to one of ours is judged when they go on. */
function wayIn(query: URLSearchParams): string | null {
  const { data } = wayToSite.safeParse(Object.fromEntries(query));
  if (data === undefined) return null;
  const given = Object.entries(data).filter(([, value]) => value !== undefined);
  const way = new URLSearchParams(given as [string, string][]).toString();
  return way.length > longestWay ? null : way;
}

/** The button is a link, and works without a script. It leads to `ORIGIN` first, as every page does. */
export const goToApple = endpoint({
  id: 'goToApple',
  method: 'get',
  path: '/sign-in/apple',
  summary: 'Leads to Apple, as the button on the sign-in page does without a script',
  page: true,
  who: 'visitor',
  when: hasAppleOnWeb,
  limit: 'options-by-address',
  answer: { 303: null },
  codes: [],
  handle: (deps, { caller, query }) => {
    const { caller: visitor, cookies } = ensureBrowser(deps, caller);
    const { data: asked } = appleAuthorization.safeParse({
      purpose: 'sign-in',
      interaction: query.get('interaction') ?? undefined,
    });
    const interaction = asked?.interaction ?? null;
    const aim = { ...signIn, interaction, way: wayIn(query) };
    return seeOther(setOut(deps, visitor.browser, aim).url, { cookies });
  },
});

export const appleWeb = [
  endpoint({
    id: 'authorizeApple',
    method: 'post',
    path: '/api/apple/authorize',
    summary: 'Where the browser goes to sign in with Apple, or to link an account',
    who: 'visitor',
    when: hasAppleOnWeb,
    limit: 'options-by-address',
    body: appleAuthorization,
    answer: { 200: appleAuthorizationUrl },
    codes: ['unauthenticated', 'step_up_required', 'invitation_invalid', 'invitation_revoked'],
    handle: async (deps, { caller, body: { purpose, interaction = null, invitation: token } }) => {
      const { caller: visitor, cookies } = ensureBrowser(deps, caller);
      if (purpose === 'sign-in') {
        // Nobody is sent to Apple for nothing.
        const invited = token === undefined ? null : await findInvitation(deps, token);
        const invitation = invited?.tokenHash ?? null;
        const aim = { ...signIn, interaction, invitation };
        return ok(setOut(deps, visitor.browser, aim), { cookies });
      }
      const owner = requireOwner(caller);
      await requireLinkStepUp(deps, owner);
      const { user, session } = owner;
      const aim = { ...nowhere, purpose, userId: user.id, sessionId: session.id };
      return ok(setOut(deps, visitor.browser, aim), { cookies });
    },
  }),
  endpoint({
    id: 'applePosts',
    method: 'post',
    path: '/api/apple/callback',
    summary: 'What Apple posts after somebody signed in there',
    page: true,
    who: 'anyone',
    when: hasAppleOnWeb,
    limit: 'verify-by-address',
    encoding: 'form',
    crossSite: true,
    body: applePost,
    answer: { 303: null },
    codes: [],
    // A 307 would post the code once more, to wherever it leads.
    handle: (deps, { body }) =>
      seeOther('/api/apple/return', { cookies: keepPosted(deps.config, keepPost(deps, body)) }),
  }),
  endpoint({
    id: 'returnFromApple',
    method: 'get',
    path: '/api/apple/return',
    summary: 'Completes what a person set out to Apple for',
    page: true,
    who: 'visitor',
    when: hasAppleOnWeb,
    limit: 'verify-by-address',
    answer: { 303: null },
    codes: [],
    handle: (deps, { caller, raw }) => comeBack(deps, caller, raw.request.headers.cookie),
  }),
];

async function comeBack(deps: Deps, caller: Caller, header: string | undefined) {
  const { config } = deps;
  const forget = forgetPosted(config, { nameToo: false });
  let journey: AppleJourney | null = null;
  try {
    const opened = openReturn(deps, caller, readPosted(config, header));
    journey = opened.journey;
    if (opened.code === null) return seeOther(whereFrom(journey), { cookies: forget });
    const cookies = await complete(deps, caller, { ...opened, code: opened.code });
    const isOnTheWay = (journey.interaction ?? journey.way) !== null;
    return seeOther(isOnTheWay ? whereFrom(journey) : '/account', {
      cookies: [...forgetPosted(config, { nameToo: true }), ...cookies],
    });
  } catch (thrown) {
    const error = thrown instanceof AppleFailure ? refusalOf(thrown) : thrown;
    if (!(error instanceof RpError)) throw error;
    deps.log.info({ code: error.code, why: error.detail }, 'a sign-in with Apple was refused');
    return seeOther(whereFrom(journey), {
      cookies: [...forget, say(config, saidOf(error.code))],
    });
  }
}

/** @returns the cookies that it leaves */
async function complete(
  deps: Deps,
  caller: Caller,
  opened: Parameters<typeof askApple>[1] & { readonly journey: AppleJourney },
): Promise<CookieChange[]> {
  const facts = await askApple(deps, opened);
  if (opened.journey.purpose === 'link') {
    await linkApple(deps, requireOwner(caller), facts);
    return [];
  }
  const { invitation } = opened.journey;
  const { token, created } = await signInWithApple(deps, caller, { ...facts, invitation });
  const kept = keepSession(deps.config, token);
  return created ? [kept, say(deps.config, 'welcome')] : [kept];
}

/** The page where it began. Whoever is signed in there already goes on to the account. */
function whereFrom(journey: AppleJourney | null): string {
  if (journey?.purpose === 'link') return '/account';
  const { interaction = null, way = null, invitation = null } = journey ?? {};
  // The page has kept the token, which is told to nobody else. On the way to an app they go on to the app.
  if (invitation !== null && interaction === null) return '/invite';
  const query = interaction === null ? way : `interaction=${interaction}`;
  return query === null ? '/sign-in' : `/sign-in?${query}`;
}

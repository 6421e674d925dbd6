/** The sign-in page of people who are on the way to a site behind a proxy. */
import type { IncomingHttpHeaders } from 'node:http';
import { authenticationOptions } from '../ceremonies/authentication-options.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { goOn, needOf, targetOf, type Way } from '../proxies/go-on.ts';
import type { Caller } from '../records/caller.ts';
import { takeSaid } from './apple-cookies.ts';
import { brandValues } from './brand.ts';
import { ensureBrowser } from './caller.ts';
import { ok, seeOther } from './reply.ts';
import { wayOf, wayToSite } from './schemas/forward-auth.ts';
import { readPage } from './templates.ts';

export function toSitePage(config: Config) {
  const { origin, rpId, rpName, formerRpIds } = config;
  // A link to nothing is one to the page itself, with all that is in its address.
  const page = readPage('to-app.html', { ...brandValues(config), here: '' });
  const site = { origin, rpId, rpName, formerRpIds };

  /** Whoever is signed in well enough goes on at once. */
  return async (
    deps: Deps,
    caller: Caller,
    query: URLSearchParams,
    { 'accept-language': language, cookie }: IncomingHttpHeaders,
  ) => {
    const parsed = wayToSite.safeParse(Object.fromEntries(query));
    if (!parsed.success) throw new RpError('not_found', { detail: 'no way to a site' });
    const way = wayOf(parsed.data);
    const { host, href } = siteOf(deps, way);
    const needs = await needOf(deps, caller, way);
    const { said, cookies: spoken } = takeSaid(config, cookie);
    // Whoever has just come with Apple for the first time is offered a passkey before they go on.
    if (needs === null && said !== 'welcome') return seeOther(await goOn(deps, caller, way));
    const { caller: known, cookies } = ensureBrowser(deps, caller);
    const options = await authenticationOptions(deps, known, { mediation: 'conditional' });
    const to = {
      ...{ client: { name: host }, prompt: 'login', needs, elsewhere: href },
      finish: { path: '/api/forward-auth/finish', body: parsed.data },
      abort: null,
    };
    return ok(page(language)({ ...site, options, to, said }), { cookies: [...cookies, ...spoken] });
  };
}

/** @throws {RpError} `not_found`, for which there is a page */
function siteOf(deps: Deps, way: Way): URL {
  try {
    return targetOf(deps, way);
  } catch (cause) {
    throw new RpError('not_found', { detail: 'no site of ours', cause });
  }
}

/**
 * The pages on the way to an app: the sign-in page that knows of it, and the page that asks for consent.
 *
 * Guarantees: nobody ends in a dead end. What has expired begins again, and whoever is signed in well enough
 * already goes on at once.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { authenticationOptions } from '../ceremonies/authentication-options.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { Caller } from '../records/caller.ts';
import { hasApps, type Provider, providerOf, visitor } from './app-visits.ts';
import { takeSaid } from './apple-cookies.ts';
import { brandValues } from './brand.ts';
import { ensureBrowser } from './caller.ts';
import { endpoint } from './endpoint.ts';
import { imagesFrom } from './middleware/security-headers.ts';
import { ok, seeOther } from './reply.ts';
import { readPage, readTemplate } from './templates.ts';

const html = 'text/html; charset=utf-8';

type InteractionPage = Awaited<ReturnType<Provider['describe']>>;

export function toAppPages(config: Config) {
  const { origin, rpId, rpName, formerRpIds } = config;
  const values = brandValues(config);
  // A link to nothing is one to the page itself, with all that is in its address.
  const signInPage = readPage('to-app.html', { ...values, here: '' });
  const consentPage = readPage('consent.html', values);
  const expiredPage = readTemplate('expired.html', values);
  const site = { origin, rpId, rpName, formerRpIds };

  /** Where an interaction stands, or where to go instead of its page. */
  async function find(deps: Deps, caller: Caller, uid: string, language?: string) {
    const provider = providerOf(deps);
    const again = (url: string | null) =>
      url === null ? ok(expiredPage(language)) : seeOther(url);
    try {
      const asked = await provider.describe(visitor(caller), uid);
      // Whoever was asked for consent has signed out since: nobody else can give it.
      const isOrphan = asked.prompt === 'consent' && asked.needs !== null;
      return isOrphan ? { instead: again(asked.elsewhere) } : { asked };
    } catch (error) {
      if (!(error instanceof RpError) || error.code !== 'not_found') throw error;
      return { instead: again(await provider.restart(visitor(caller), uid)) };
    }
  }

  const withLogo = ({ client: { logo } }: InteractionPage) =>
    logo === undefined ? {} : { headers: imagesFrom(config, logo) };

  return {
    /** The sign-in page of an interaction. */
    async signIn(deps: Deps, caller: Caller, uid: string, headers: IncomingHttpHeaders) {
      const { 'accept-language': language, cookie } = headers;
      const { asked, instead } = await find(deps, caller, uid, language);
      if (asked === undefined) return instead;
      if (asked.prompt === 'consent') return seeOther(`/consent?interaction=${uid}`);
      const { said, cookies: spoken } = takeSaid(config, cookie);
      // Whoever has just come with Apple for the first time is offered a passkey before they go on.
      if (asked.needs === null && said !== 'welcome') {
        return seeOther(await providerOf(deps).finish(visitor(caller), uid));
      }
      const { caller: known, cookies } = ensureBrowser(deps, caller);
      const options = await authenticationOptions(deps, known, { mediation: 'conditional' });
      const call = (name: string) => ({ path: `/api/interactions/${uid}/${name}` });
      const to = { ...asked, finish: call('finish'), abort: call('abort') };
      const page = signInPage(wantedLanguage(asked, language));
      return ok(page({ ...site, options, to, said }), {
        cookies: [...cookies, ...spoken],
        ...withLogo(asked),
      });
    },

    consent: endpoint({
      id: 'consentPage',
      method: 'get',
      path: '/consent',
      summary: 'Asks whether an app of others may use the account',
      page: true,
      who: 'visitor',
      when: hasApps,
      answer: { 200: html, 303: null },
      codes: ['not_found'],
      handle: async (deps, { caller, query, raw }) => {
        const language = raw.request.headers['accept-language'];
        const uid = query.get('interaction') ?? '';
        const { asked, instead } = await find(deps, caller, uid, language);
        if (asked === undefined) return instead;
        if (asked.prompt !== 'consent') return seeOther(`/sign-in?interaction=${uid}`);
        const username = caller.user?.username ?? '';
        const page = consentPage(wantedLanguage(asked, language));
        return ok(page({ uid, username, ...asked }), withLogo(asked));
      },
    }),
  };
}

/** What the app asks for comes before what the browser does. */
function wantedLanguage({ locales = [] }: InteractionPage, acceptLanguage = '*'): string {
  return [...locales, acceptLanguage].join();
}

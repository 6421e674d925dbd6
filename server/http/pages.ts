/** The pages, armed with their data: what they need to begin is in them, so no second round trip. */
import type { IncomingMessage } from 'node:http';
import { listPasskeys } from '../accounts/credentials.ts';
import { requireOwner } from '../accounts/owner.ts';
import { listSessions } from '../accounts/sessions.ts';
import { findApple } from '../apple/accounts.ts';
import { authenticationOptions } from '../ceremonies/authentication-options.ts';
import type { Config } from '../config.ts';
import { recoveryOutcome } from '../policy/recovery.ts';
import { isRestricted } from '../records/session.ts';
import { recoveryState } from '../recovery/state.ts';
import { vaultAtHand } from '../vault/vault.ts';
import { takeSaid } from './apple-cookies.ts';
import { goToApple, hasAppleOnWeb } from './apple-web.ts';
import { brandValues } from './brand.ts';
import { ensureBrowser } from './caller.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import { queryOf } from './middleware/incoming.ts';
import { ok, seeOther } from './reply.ts';
import { readPage, readTemplate } from './templates.ts';
import { toAppPages } from './to-app-pages.ts';
import { toSitePage } from './to-site-page.ts';
import { vaultView } from './vault.ts';
import {
  appleStateView,
  credentialListView,
  currentSessionView,
  recoveryView,
  sessionListView,
} from './views.ts';

const html = 'text/html; charset=utf-8';

export function pageEndpoints(config: Config): readonly Endpoint[] {
  const { origin, rpId, rpName, formerRpIds } = config;
  const values = brandValues(config);
  const signInPage = readPage('sign-in.html', { ...values, here: '/sign-in' });
  const accountPage = readPage('account.html', values);
  const accountPageWithVault = readPage('account.html', { ...values, opensVault: 'yes' });
  const invitePage = readPage('invite.html', values);
  const aboutVault = readTemplate('vault.html', values);
  const site = { origin, rpId, rpName, formerRpIds };
  const toApp = toAppPages(config);
  const toSite = toSitePage(config);

  const rows = [
    endpoint({
      id: 'home',
      method: 'get',
      path: '/',
      summary: 'Leads to the sign-in or to the account',
      page: true,
      who: 'visitor',
      answer: { 303: null },
      codes: [],
      handle: (_deps, { caller }) => seeOther(caller.session === null ? '/sign-in' : '/account'),
    }),
    endpoint({
      id: 'loginPage',
      method: 'get',
      path: '/login',
      summary: 'What people type by habit',
      page: true,
      who: 'anyone',
      answer: { 303: null },
      codes: [],
      handle: () => seeOther('/sign-in'),
    }),
    endpoint({
      id: 'signInPage',
      method: 'get',
      path: '/sign-in',
      summary: 'Sign-in and sign-up',
      page: true,
      who: 'visitor',
      answer: { 200: html, 303: null },
      codes: ['not_found'],
      handle: async (deps, { caller, query, raw }) => {
        const language = raw.request.headers['accept-language'];
        const uid = query.get('interaction');
        if (uid !== null && deps.oidc !== null)
          return toApp.signIn(deps, caller, uid, raw.request.headers);
        if (query.has('return_to') && config.forwardAuthOrigins.length > 0) {
          return toSite(deps, caller, query, raw.request.headers);
        }
        if (caller.session !== null) return seeOther('/account');
        const { caller: visitor, cookies } = ensureBrowser(deps, caller);
        const options = await authenticationOptions(deps, visitor, { mediation: 'conditional' });
        const page = signInPage(language);
        const { said, cookies: spoken } = takeSaid(config, raw.request.headers.cookie);
        return ok(page({ ...site, options, said }), { cookies: [...cookies, ...spoken] });
      },
    }),
    endpoint({
      id: 'aboutVaultPage',
      method: 'get',
      path: '/vault',
      summary: 'What passkeys protect beside signing in',
      page: true,
      who: 'anyone',
      when: (config) => config.vault,
      answer: { 200: html },
      codes: [],
      handle: (_deps, { raw }) => ok(aboutVault(raw.request.headers['accept-language'])),
    }),
    endpoint({
      id: 'accountPage',
      method: 'get',
      path: '/account',
      summary: 'The account of who is signed in',
      page: true,
      who: 'visitor',
      answer: { 200: html, 303: null },
      codes: [],
      handle: async (deps, { caller, raw }) => {
        if (caller.session === null) return seeOther('/sign-in');
        const owner = requireOwner(caller);
        const { said, cookies } = takeSaid(config, raw.request.headers.cookie);
        const [credentials, sessions, recovery, vault, apple] = await Promise.all([
          listPasskeys(deps, owner),
          listSessions(deps, owner),
          recoveryState(deps, owner),
          vaultAtHand(deps, owner),
          findApple(deps, owner),
        ]);
        const state = vault?.state ?? null;
        const template = state === null ? accountPage : accountPageWithVault;
        const page = template(raw.request.headers['accept-language']);
        const contents = {
          ...site,
          session: currentSessionView(owner),
          credentials: credentialListView(deps.config, owner, credentials),
          recovery: recoveryView(recovery),
          mail: recovery.mail,
          sessions: sessionListView(sessions, owner.session),
          vault: vault && { exists: vault.exists, state: state && vaultView(state) },
          // On the web it is linked; one that is there already is shown in any case.
          apple: hasAppleOnWeb(config) || apple !== null ? appleStateView(apple) : null,
          said,
        };
        return ok(page(contents), { cookies });
      },
    }),
    goToApple,
    ...['recover', 'enrol', ...(config.mail === undefined ? [] : ['stop-recovery'])].map((name) =>
      wayBack(name, config),
    ),
    endpoint({
      id: 'invitePage',
      method: 'get',
      path: '/invite',
      summary: 'Where an invitation leads',
      page: true,
      who: 'anyone',
      answer: { 200: html },
      codes: [],
      handle: (_deps, { raw }) => {
        const { 'accept-language': language, cookie } = raw.request.headers;
        const { said, cookies } = takeSaid(config, cookie);
        return ok(invitePage(language)({ said }), { cookies });
      },
    }),
    toApp.consent,
  ];
  return rows.map((row) => atOrigin(config, row));
}

/** A page that opens a session which can only add a passkey, and goes on with it if it is open already. */
function wayBack(name: string, config: Config): Endpoint {
  const template = readPage(`${name}.html`, brandValues(config));
  const ways = waysBack(config);
  return endpoint({
    id: `${name}Page`,
    method: 'get',
    path: `/${name}`,
    summary: 'A way back into an account',
    page: true,
    who: 'visitor',
    restricted: true,
    answer: { 200: html },
    codes: [],
    handle: (_deps, { caller: { session, user }, raw }) => {
      const page = template(raw.request.headers['accept-language']);
      const isBack = session !== null && user !== null && isRestricted(session);
      return ok(page({ session: isBack ? currentSessionView({ user, session }) : null, ways }));
    },
  });
}

/** What the page offers, by the policy. */
function waysBack({ mail, recovery }: Config) {
  const waits = mail !== undefined && recoveryOutcome(recovery, 'mail') === 'waits';
  return {
    code: recoveryOutcome(recovery, 'code') === 'opens',
    mail: mail !== undefined && recoveryOutcome(recovery, 'code and mail') === 'opens',
    waitDays: waits ? Math.max(1, Math.ceil((recovery.delayMs ?? 0) / 86_400_000)) : null,
  };
}

/** In the query of a page's address: whoever comes with it was sent to the right host already. */
const sentMark = 'moved';

/**
 * Leads a browser that came to another host to `ORIGIN`, because passkeys and cookies work there alone. A proxy may
 * hide from us which host it was, so nobody is sent twice.
 */
function atOrigin({ origin, trustProxy }: Config, row: Endpoint): Endpoint {
  const { host, protocol } = new URL(origin);
  const isElsewhere = ({ headers }: IncomingMessage) => {
    const forwarded = trustProxy === false ? undefined : headers['x-forwarded-host'];
    const asked = `${protocol}//${forwarded ?? headers.host}`;
    return URL.canParse(asked) && new URL(asked).host !== host;
  };
  return {
    ...row,
    answer: { ...row.answer, 303: null },
    handle(deps, call) {
      const { request } = call.raw;
      const query = queryOf(request);
      if (query.has(sentMark) || !isElsewhere(request)) return row.handle(deps, call);
      query.set(sentMark, '');
      return seeOther(`${origin}${row.path}?${query}`);
    },
  };
}

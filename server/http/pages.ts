import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Router, static as serveFiles } from 'express';
import { listPasskeys } from '../accounts/credentials.ts';
import { requireOwner } from '../accounts/owner.ts';
import { listSessions } from '../accounts/sessions.ts';
import { authenticationOptions } from '../ceremonies/authentication-options.ts';
import type { Deps } from '../deps.ts';
import { findProvider } from '../providers/catalogue.ts';
import { ensureBrowser, identifyCaller } from './cookies.ts';
import { noStore } from './headers.ts';
import { credentialListView, currentSessionView, sessionListView } from './views.ts';

const publicFolder = fileURLToPath(new URL('../../public/', import.meta.url));

/** The pages, armed with their data: what they need to begin is in them, so no second round trip. */
export function pagesRouter(deps: Deps): Router {
  const { config } = deps;
  const router = Router({ caseSensitive: true });
  const signInPage = readTemplate('sign-in.html', config.rpName);
  const accountPage = readTemplate('account.html', config.rpName);
  const { rpId, rpName, formerRpIds } = config;
  const site = { rpId, rpName, formerRpIds };

  router.get('/', noStore, async (request, response) => {
    const { session } = await identifyCaller(deps, request);
    response.redirect(session === null ? '/sign-in' : '/account');
  });

  router.get('/sign-in', noStore, async (request, response) => {
    const caller = await identifyCaller(deps, request);
    if (caller.session !== null) return response.redirect('/account');
    const options = await authenticationOptions(deps, ensureBrowser(deps, caller, response), {
      mediation: 'conditional',
    });
    response.type('html').send(signInPage({ ...site, options }));
  });

  router.get('/account', noStore, async (request, response) => {
    const caller = await identifyCaller(deps, request);
    if (caller.session === null) return response.redirect('/sign-in');
    const owner = requireOwner(caller);
    const [credentials, sessions] = await Promise.all([
      listPasskeys(deps, owner),
      listSessions(deps, owner),
    ]);
    response.type('html').send(
      accountPage({
        ...site,
        session: currentSessionView(owner),
        credentials: credentialListView(config, owner, credentials),
        sessions: sessionListView(sessions, owner.session),
      }),
    );
  });

  router.get('/providers/:aaguid/:theme', (request, response, next) => {
    const provider = findProvider(request.params.aaguid);
    const { theme } = request.params;
    const icon = theme === 'light' ? provider?.iconLight : theme === 'dark' && provider?.iconDark;
    const [, type, data] = /^data:(image\/[a-z+]+);base64,(.+)$/.exec(icon || '') ?? [];
    if (type === undefined || data === undefined) return next();
    response
      .set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
      .set('cache-control', 'public, max-age=86400')
      .type(type)
      .send(Buffer.from(data, 'base64'));
  });

  // These and nothing else: the templates beside them are not for anyone's eyes as they are.
  router.get('/style.css', (_request, response) => response.sendFile(`${publicFolder}style.css`));
  for (const folder of ['assets', 'icons']) {
    router.use(`/${folder}`, serveFiles(publicFolder + folder, { index: false, redirect: false }));
  }

  return router;
}

/** `{{rpName}}` is text, `{{page}}` is the JSON inside `<script type="application/json">`. */
function readTemplate(file: string, rpName: string): (page: unknown) => string {
  const [before, after] = readFileSync(`${publicFolder}pages/en/${file}`, 'utf8')
    .split('{{page}}')
    .map((part) => part.replaceAll('{{rpName}}', () => escapeHtml(rpName)));
  if (before === undefined || after === undefined) throw new TypeError(`${file} has no {{page}}`);
  // `<` would be the only way out of the script element.
  return (page) => before + JSON.stringify(page).replaceAll('<', '\\u003c') + after;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

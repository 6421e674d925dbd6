import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Deps } from '../deps.ts';
import { lineageOf } from '../records/session.ts';
import { callerAssurance } from './caller-assurance.ts';
import { currentVisit, type Visit } from './visit.ts';

type Given = Pick<Deps, 'log' | 'now' | 'store'>;

/** Hears what the library decides, and adds to the visit what follows from it for us. */
export function listen(deps: Given, provider: Provider): void {
  const { log } = deps;
  provider.on('authorization.accepted', ({ oidc }) => {
    if (oidc.grant !== undefined) currentVisit().pending.push(oidc.grant.save());
  });
  provider.on('authorization.success', ({ oidc }) => {
    const visit = currentVisit();
    visit.pending.push(noteSignIn(deps, visit, oidc));
  });
  provider.on('session.destroyed', () => noteSignOut(deps, currentVisit()));
  provider.on('grant.revoked', ({ oidc }) => {
    if (oidc.route === 'token') noteReuse(deps, currentVisit(), oidc);
  });

  provider.on('server_error', (_context, err) => log.error({ err }, 'the provider failed'));
  // Koa's own, without which it prints.
  const koa: Pick<NodeJS.EventEmitter, 'on'> = provider;
  koa.on('error', (err) => log.error({ err }, 'the provider failed'));
  const refused = ({ oidc }: KoaContextWithOIDC, err: errors.OIDCProviderError) => {
    const client = oidc.client?.clientId;
    log.info({ route: oidc.route, client, error: err.message, why: err.error_detail }, 'refused');
  };
  provider.on('authorization.error', refused);
  provider.on('grant.error', refused);
  provider.on('pushed_authorization_request.error', refused);
  provider.on('end_session.error', refused);
}

async function noteSignIn(
  deps: Given,
  visit: Visit,
  { client, params }: KoaContextWithOIDC['oidc'],
): Promise<void> {
  const { session, userAgent, country } = visit.caller;
  if (session === null || client === undefined) return;
  const { acr, amr, opener } = await callerAssurance(deps, visit.caller);
  visit.audit.push({
    at: deps.now(),
    kind: 'app-signed-in',
    userId: session.userId,
    credentialId: session.credentialId,
    sessionId: session.id,
    evidence: {
      ...{ client: client.clientId, acr, amr, userAgent, country },
      authenticatedAt: session.authenticatedAt,
      userVerified: session.userVerified,
      backupEligible: opener?.backupEligible ?? null,
      attested: opener?.attested ?? null,
      scope: String(params?.scope ?? ''),
    },
  });
  if (client.backchannelLogoutUri === undefined) return;
  const { userId, expiresAt } = session;
  const login = { userId, lineage: lineageOf(session), clientId: client.clientId, expiresAt };
  visit.logins.push(login);
}

/** Whoever signs out of an app signs out here. */
function noteSignOut({ now }: Given, visit: Visit): void {
  const { session, userAgent, country } = visit.caller;
  if (session === null) return;
  const { id, userId } = session;
  visit.signOut = { userId, lineage: lineageOf(session) };
  visit.audit.push({
    at: now(),
    kind: 'signed-out',
    ...{ userId, credentialId: null, sessionId: id },
    evidence: { session: id, userAgent, country },
  });
}

/** A refresh token that was used before: somebody else has it. The library has ended its grant. */
function noteReuse(
  { log, now }: Given,
  visit: Visit,
  { client, entities }: KoaContextWithOIDC['oidc'],
): void {
  const userId = entities.RefreshToken?.accountId;
  log.warn({ client: client?.clientId }, 'a code or refresh token was used again; its grant ends');
  if (userId === undefined || client === undefined) return;
  const { userAgent, country } = visit.caller;
  visit.audit.push({
    at: now(),
    kind: 'refresh-token-reused',
    ...{ userId, credentialId: null, sessionId: null },
    evidence: { client: client.clientId, userAgent, country },
  });
}

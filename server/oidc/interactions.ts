/**
 * What a person is asked on the way to an app: the sign-in page, and the page for consent.
 *
 * Guarantees: an interaction belongs to the browser that began it; what it ends with is read from the session
 * and the store at that moment; two of them know nothing of each other.
 */
import {
  type Client,
  errors,
  type Interaction,
  type InteractionResults,
  type Provider,
} from 'oidc-provider';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { bestAcrOf, satisfies } from '../policy/assurance.ts';
import type { Caller } from '../records/caller.ts';
import type { OidcRecord } from '../records/oidc.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';
import { callerAssurance } from './caller-assurance.ts';
import type { InteractionPage, InteractionView } from './oidc.ts';
import { listOf } from './prompts.ts';
import { routes } from './provider.ts';
import { recordKey } from './record-key.ts';
import {
  asked,
  type Consent,
  consentRecord,
  findConsent,
  mergeConsents,
  offlineParam,
} from './scopes.ts';
import { currentVisit } from './visit.ts';

type Given = Pick<Deps, 'config' | 'now' | 'store'>;

type Need = NonNullable<InteractionView['needs']>;

type Stored = Interaction & { readonly params: Readonly<Record<string, unknown>> };

/** @throws {RpError} `not_found` if it has expired, and in any browser but the one that began it */
export async function describeInteraction(
  deps: Given,
  provider: Provider,
  uid: string,
): Promise<InteractionPage> {
  const interaction = await findInteraction(provider, uid);
  const { params, prompt } = interaction;
  const client = await findClient(provider, String(params.client_id));
  if (client === undefined) throw new RpError('not_found', { detail: 'the client is gone' });
  const { clientName, clientId, logoUri, policyUri, tosUri } = client;
  const consent = prompt.name === 'consent' ? askedOf(deps, interaction) : null;
  const hint = typeof params.login_hint === 'string' ? params.login_hint.slice(0, 256) : undefined;
  const locales = listOf(params.ui_locales);
  return {
    client: {
      name: clientName ?? clientId,
      ...(logoUri && { logo: logoUri }),
      ...(policyUri && { policy: policyUri }),
      ...(tosUri && { terms: tosUri }),
    },
    prompt: prompt.name as InteractionView['prompt'],
    ...(hint !== undefined && { loginHint: hint }),
    ...(locales.length > 0 && { locales }),
    ...(consent && { scopes: [...consent.scopes, ...Object.values(consent.resources).flat()] }),
    needs: await needOf(deps, interaction),
    elsewhere: client.requirePushedAuthorizationRequests ? null : requestUrl(deps, params),
  };
}

/** Undefined if it is configured no longer, or describes itself no longer. */
async function findClient(provider: Provider, id: string): Promise<Client | undefined> {
  try {
    return await provider.Client.find(id);
  } catch (error) {
    if (error instanceof errors.OIDCProviderError) return undefined;
    throw error;
  }
}

/**
 * Where the browser goes next: the app hears that the person is there, or has given consent, or can't show
 * what it asks for.
 *
 * @throws {RpError} `not_found`, `unauthenticated`, `step_up_required`
 */
export async function finishInteraction(
  deps: Given,
  provider: Provider,
  uid: string,
): Promise<string> {
  const interaction = await findInteraction(provider, uid);
  const owner = ownerOf(currentVisit().caller);
  return interaction.prompt.name === 'consent'
    ? giveConsent(deps, interaction, owner)
    : finishSignIn(deps, interaction, owner);
}

/** @throws {RpError} `not_found` */
export async function abortInteraction(provider: Provider, uid: string): Promise<string> {
  const interaction = await findInteraction(provider, uid);
  return endWith(interaction, refusal(new errors.AccessDenied('the person cancelled')));
}

/**
 * The same request from its start: for an interaction that has expired, or for another browser. Null if
 * nothing is remembered of it.
 */
export async function restartUrl(
  { config, now, store }: Given,
  uid: string,
): Promise<string | null> {
  const record = await store.findOidcRecord(recordKey('Interaction', uid), now());
  if (record === null || !isOf(record, currentVisit().caller)) return null;
  const { params } = JSON.parse(record.payload) as { params: Record<string, unknown> };
  return requestUrl({ config }, params);
}

function requestUrl(
  { config }: Pick<Given, 'config'>,
  params: Readonly<Record<string, unknown>>,
): string {
  const url = new URL(`${config.origin}/oidc${routes.authorization}`);
  for (const [name, value] of Object.entries(params)) {
    if (name === offlineParam) continue;
    for (const each of [value].flat()) url.searchParams.append(name, String(each));
  }
  return url.href;
}

interface Owner {
  readonly session: Session;
  readonly user: User;
}

/** @throws {RpError} `unauthenticated` */
function ownerOf({ session, user }: Caller): Owner {
  if (session === null || user === null) throw new RpError('unauthenticated');
  return { session, user };
}

/** @throws {RpError} `not_found` */
async function findInteraction(provider: Provider, uid: string): Promise<Stored> {
  const { caller, found } = currentVisit();
  const interaction = await provider.Interaction.find(uid);
  if (interaction === undefined) throw new RpError('not_found', { detail: 'it has expired' });
  if (!isOf(found.get(recordKey('Interaction', uid)), caller)) {
    throw new RpError('not_found', { detail: 'not an interaction of this browser' });
  }
  return interaction as Stored;
}

function isOf(record: OidcRecord | null | undefined, { browser }: Caller): boolean {
  return browser !== null && notesOf(record).browser === browser;
}

/** What the adapter notes of an interaction beside what the library does. */
function notesOf(record: OidcRecord | null | undefined) {
  return JSON.parse(record?.payload ?? '{}') as { browser?: string | null; beganAt?: number };
}

async function finishSignIn(
  deps: Given,
  interaction: Stored,
  { session, user }: Owner,
): Promise<string> {
  const due = dueAccount(interaction);
  if (due !== null && due !== user.id) {
    return endWith(interaction, refusal(new errors.LoginRequired('another account signed in')));
  }
  const need = await needOf(deps, interaction);
  if (need !== null && (await canMeet(deps, interaction, user)))
    throw new RpError('step_up_required');
  if (need !== null) {
    const unmet = 'no passkey of this account can show what was asked for';
    return endWith(interaction, refusal(new errors.UnmetAuthenticationRequirements(unmet)));
  }
  const { acr, amr } = await callerAssurance(deps, currentVisit().caller);
  const login = {
    accountId: user.id,
    session: session.id,
    ts: Math.floor(session.authenticatedAt / 1000),
    amr: [...amr],
    ...(acr !== null && { acr }),
  };
  const isCreation = interaction.prompt.name === 'create';
  return endWith(interaction, { login, ...(isCreation && { create: {} }) });
}

async function giveConsent(deps: Given, interaction: Stored, { user }: Owner): Promise<string> {
  const visit = currentVisit();
  const clientId = String(interaction.params.client_id);
  if (interaction.session?.accountId !== user.id) {
    return endWith(interaction, refusal(new errors.LoginRequired('another account signed in')));
  }
  const before = await findConsent(deps, user.id, clientId);
  const given = askedOf(deps, interaction);
  const record = consentRecord(deps, user.id, clientId, mergeConsents(before, given));
  visit.records.set(record.key, record);
  const { userAgent, country, session } = visit.caller;
  visit.audit.push({
    at: deps.now(),
    kind: 'consent-given',
    ...{ userId: user.id, credentialId: null, sessionId: session?.id ?? null },
    evidence: {
      ...{ client: clientId, userAgent, country },
      scopes: [...given.scopes, ...Object.values(given.resources).flat()],
    },
  });
  return endWith(interaction, { consent: { accountId: user.id } });
}

function askedOf({ config }: Given, { params }: Stored): Consent {
  const scopes = new Set(['openid', 'profile', 'offline_access']);
  return asked(params, { scopes, resources: config.oidc.resources });
}

async function endWith(interaction: Stored, result: InteractionResults): Promise<string> {
  const isRefusal = 'error' in result;
  // The library would insist on the session that there was in the beginning. We insist on the browser.
  delete interaction.session;
  interaction.result = isRefusal ? result : { ...interaction.lastSubmission, ...result };
  await interaction.persist();
  return interaction.returnTo;
}

function refusal({ error, error_description }: errors.OIDCProviderError): InteractionResults {
  return { error, ...(error_description !== undefined && { error_description }) };
}

/** What the session lacks that the request asks for. */
async function needOf(deps: Given, interaction: Stored): Promise<Need | null> {
  const { caller, found } = currentVisit();
  const { session } = caller;
  const due = dueAccount(interaction);
  if (session === null || (due !== null && due !== session.userId)) return 'sign-in';
  if (interaction.prompt.name === 'consent') return null;
  const { params } = interaction;
  const { beganAt = 0 } = notesOf(found.get(recordKey('Interaction', interaction.jti)));
  const wantsFresh = listOf(params.prompt).some((each) => each === 'login' || each === 'create');
  const maxAge = Number(params.max_age ?? Number.POSITIVE_INFINITY);
  const isOld = deps.now() - session.authenticatedAt > maxAge * 1000;
  // Whoever was asked and did it is not asked again, however long the way back takes.
  if ((wantsFresh || isOld) && session.authenticatedAt < beganAt) return 'step-up';
  const { acr } = await callerAssurance(deps, caller);
  return satisfies(acr, listOf(params.acr_values)) ? null : 'step-up';
}

/** Whether a step-up could show what is asked for, with one of the passkeys that the account has. */
async function canMeet({ store }: Given, { params }: Stored, user: User): Promise<boolean> {
  const wanted = listOf(params.acr_values);
  if (wanted.length === 0) return true;
  const held = await store.listCredentials(user.id);
  return held.some((each) => satisfies(bestAcrOf(each), wanted));
}

/**
 * The account that alone can finish it: whom the client named, or whoever was signed in when it asked for
 * more of them. Somebody else's fresh sign-in is no step-up of theirs.
 */
function dueAccount({ params, prompt, session }: Stored): string | null {
  const hint = params.id_token_hint;
  if (typeof hint === 'string') return subjectOf(hint);
  const isStepUp = prompt.reasons.some((reason) => reason === 'acr' || reason === 'max_age');
  return isStepUp ? (session?.accountId ?? null) : null;
}

/** The library has verified it when the request came. */
function subjectOf(idToken: string): string | null {
  const [, payload = ''] = idToken.split('.');
  const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: unknown };
  return typeof sub === 'string' ? sub : null;
}

/** When a person is to be asked: the library's policy, and what we ask beside it. */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Config } from '../config.ts';
import { type Acr, acrValues, isSatisfiable, satisfies } from '../policy/assurance.ts';
import { identifiesApp } from '../policy/redirect-uri.ts';

const { base, Check, Prompt } = interactionPolicy;

/** The values of a parameter that is a list with spaces. */
export function listOf(parameter: unknown): string[] {
  return typeof parameter === 'string' ? parameter.split(' ').filter(Boolean) : [];
}

export function prompts({ signUp }: Pick<Config, 'signUp'>): interactionPolicy.Prompt[] {
  const policy = base();
  const [login, consent] = [policy.get('login'), policy.get('consent')];
  if (login === undefined || consent === undefined) throw new TypeError('no prompts to begin with');
  login.checks.add(new Check('acr', unmet, 'unmet_authentication_requirements', lacksAssurance));
  consent.checks.remove('native_client_prompt');
  const unproven = 'the app can not be told from another one';
  consent.checks.add(new Check('unproven_app', unproven, 'interaction_required', isUnproven));
  // Initiating User Registration via OpenID Connect 1.0 §4.1: what is not supported is refused with `invalid_request`.
  if (signUp === 'open') policy.add(new Prompt({ name: 'create', requestable: true }), 0);
  return policy;
}

const unmet = 'the requested authentication could not be obtained';

/** RFC 9470 §5; the library itself leaves `acr_values` to us. */
function lacksAssurance({ oidc }: KoaContextWithOIDC): boolean {
  const wanted = listOf(oidc.params?.acr_values);
  if (!isSatisfiable(wanted)) throw new errors.UnmetAuthenticationRequirements(unmet);
  return !satisfies(toAcr(oidc.acr), wanted);
}

function toAcr(text: string | undefined): Acr | null {
  return acrValues.find((acr) => acr === text) ?? null;
}

/**
 * RFC 8252 §8.6: another app may have taken the scheme or the port of this one. So nothing is given to it
 * without a person who does something; a sign-in is enough, and our own apps are trusted.
 */
function isUnproven({ oidc }: KoaContextWithOIDC): boolean {
  const { client, params, result } = oidc;
  // Whoever describes itself is known to nobody here: each time its person looks whom they let in.
  if (client?.self_described === true) return result?.consent === undefined;
  if (client?.applicationType !== 'native' || isFirstParty(client)) return false;
  const hasActed = result?.consent !== undefined || result?.login !== undefined;
  return !hasActed && !identifiesApp(String(params?.redirect_uri));
}

/** Whether the people of this service also make the client, so that nobody is asked for consent. */
export function isFirstParty(client: { readonly [member: string]: unknown }): boolean {
  return client.first_party === true && client.self_described !== true;
}

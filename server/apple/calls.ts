/**
 * The calls to Apple that a client secret opens, and what each error means.
 *
 * Guarantees: a secret is minted for each call; an error of Apple's becomes a failure whose cause is as exact as
 * it can be found out.
 */
import type { Config } from '../config.ts';
import { type MintSecret, secretProblem } from './client-secret.ts';
import { AppleFailure, type FailureCause } from './failure.ts';
import { request } from './request.ts';

export interface CallDeps {
  readonly settings: NonNullable<Config['apple']>;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  readonly mint: MintSecret;
}

interface Call {
  readonly path: '/auth/token' | '/auth/revoke' | '/auth/usermigrationinfo';
  readonly clientId: string;
  readonly form: Readonly<Record<string, string>>;
  readonly bearer?: string;
}

type Body = Readonly<Record<string, unknown>>;

/** What Apple has against a call. */
interface Objection {
  readonly error: string;
  readonly description: string;
}

type Outcome = { readonly body: Body } | { readonly objection: Objection };

/** @throws {AppleFailure} an outage, or a mistake of ours that has nothing to do with what is asked for */
export async function call(
  deps: CallDeps,
  { path, clientId, form, bearer }: Call,
): Promise<Outcome> {
  const { settings, fetch, now, mint } = deps;
  const secret = await mint(settings, clientId, now());
  const { status, body, date } = await request(fetch, `${settings.baseUrl}${path}`, {
    form: { client_id: clientId, client_secret: secret, ...form },
    ...(bearer && { bearer }),
  });
  if (status === 200) return { body };
  const { error, error_description: description } = body;
  if (typeof error !== 'string') throw new AppleFailure('unreadable');
  if (error === 'invalid_client') {
    const problem = secretProblem(secret, settings, clientId, date ?? now());
    throw new AppleFailure(problem ?? (await causeOfInvalidClient(deps, clientId)));
  }
  return {
    objection: { error, description: typeof description === 'string' ? description : '' },
  };
}

/**
 * Apple says `invalid_client` to half a dozen mistakes and tells no more. What it says to a code of nobody tells
 * them apart: with credentials in order the code is what is wrong (`invalid_grant`).
 */
async function causeOfInvalidClient(deps: CallDeps, clientId: string): Promise<FailureCause> {
  if (await isTaken(deps, clientId)) return 'client-refused-for-real-codes';
  const { servicesId, bundleIds } = deps.settings;
  const others = [servicesId, ...bundleIds].filter((id) => id !== null && id !== clientId);
  for (const other of others.slice(0, 3)) {
    if (other !== null && (await isTaken(deps, other))) return 'client-unknown';
  }
  return 'key-refused';
}

async function isTaken({ settings, fetch, now, mint }: CallDeps, clientId: string) {
  const form = {
    client_id: clientId,
    client_secret: await mint(settings, clientId, now()),
    grant_type: 'authorization_code',
    code: 'a code that nobody was given',
  };
  const { body } = await request(fetch, `${settings.baseUrl}/auth/token`, { form });
  return body.error === 'invalid_grant';
}

/** Errors whose meaning does not depend on the call. */
export function causeOf({ error, description }: Objection): FailureCause {
  switch (error) {
    case 'invalid_grant':
      return causeOfInvalidGrant(description);
    case 'invalid_request':
      return /revoked/i.test(description) ? 'consent-revoked' : 'request-malformed';
    case 'unauthorized_client':
      return 'client-unauthorized';
    case 'unsupported_grant_type':
      return 'grant-unsupported';
    case 'invalid_scope':
      return 'scope-refused';
    default:
      return 'error-unknown';
  }
}

/** The descriptions are text for people, so what is not known among them says nothing. */
function causeOfInvalidGrant(description: string): FailureCause {
  if (/client_id mismatch/i.test(description)) return 'client-mismatch';
  if (/redirect_uri mismatch/i.test(description)) return 'redirect-mismatch';
  if (/already been used/i.test(description)) return 'code-used';
  return /expired|revoked/i.test(description) ? 'code-expired' : 'code-refused';
}

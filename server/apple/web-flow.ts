/**
 * Sign in with Apple in a browser, in three steps: the way to Apple, Apple's form post, and the return.
 *
 * Guarantees: nothing is stored on the way, and nothing of it stands in an address of ours. The state that comes
 * back opens only in the browser that set out, until it expires; it says what for, and to where the person returns.
 * The form post comes from another site and without cookies, so it decides nothing: it is sealed into a cookie,
 * and the return, where the browser shows its own cookie, decides.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { AppleName } from '../records/apple.ts';
import type { Caller } from '../records/caller.ts';
import type { Nonce } from '../records/nonce.ts';
import { type Sealing, seal, unseal } from '../seal/seal.ts';
import type { Apple } from './apple.ts';
import type { AppleIdentity } from './identity-token.ts';
import { readToldUser, type ToldUser } from './user.ts';

const text = z.string();

const journey = z.strictObject({
  kind: z.literal('apple'),
  purpose: z.enum(['sign-in', 'link']),
  /** The way to an app that it is a part of. */
  interaction: text.nullable(),
  /** The way to a site behind a proxy, as the query of the sign-in page. */
  way: text.nullable(),
  /** The hash of the invitation that lets somebody new in. */
  invitation: text.nullable(),
  /** To link: whose account, and the session that was allowed to. */
  userId: text.nullable(),
  sessionId: text.nullable(),
});

/** What a person set out to Apple for. */
export type AppleJourney = Readonly<z.output<typeof journey>>;

const posted = z.strictObject({
  kind: z.literal('apple-posted'),
  state: text,
  code: text.nullable(),
  error: text.nullable(),
});

const namePart = text.nullable();
const toldName = z.strictObject({
  kind: z.literal('apple-name'),
  state: text,
  name: z.strictObject({ givenName: namePart, familyName: namePart }),
  email: text.nullable(),
});

/** The form post has no cookie of the browser to be sealed for; the state in it has. */
const anyBrowser = 'the form post of Apple';

export type WebFlowDeps = Pick<Deps, 'apple' | 'config' | 'keys' | 'now' | 'random'>;

/** As challenges are sealed: it is one, to which Apple answers. */
const sealing = ({ config, keys }: WebFlowDeps): Sealing => ({
  keys: keys.challenge,
  ttlSeconds: config.challengeTtlSeconds,
});

/** What this server is to Apple on the web. */
interface WebClient {
  readonly apple: Apple;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly baseUrl: string;
}

/** @throws {RpError} `not_found` if Sign in with Apple is not configured for the web */
function webClientOf({ apple, config }: WebFlowDeps): WebClient {
  const { servicesId = null, redirectUri = '', baseUrl = '' } = config.apple ?? {};
  if (apple === null || servicesId === null) throw new RpError('not_found');
  return { apple, clientId: servicesId, redirectUri, baseUrl };
}

/** The token is bound to this state, and so to this browser, without anything more to remember. */
const nonceOf = (state: string) => createHash('sha256').update(state).digest('hex');

/** @returns the address of Apple's page */
export function setOut(
  deps: WebFlowDeps,
  browser: string,
  aim: Omit<AppleJourney, 'kind'>,
): { readonly url: string } {
  const { clientId, redirectUri, baseUrl } = webClientOf(deps);
  const state = seal(deps, sealing(deps), browser, {
    kind: 'apple',
    ...aim,
  } satisfies AppleJourney);
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    response_mode: 'form_post',
    scope: 'name email',
    state,
    nonce: nonceOf(state),
  });
  // RFC 3986 knows no plus for a space, and neither does every server.
  return { url: `${baseUrl}/auth/authorize?${query.toString().replaceAll('+', '%20')}` };
}

/** What Apple posts; whoever sends it may have made it up. */
interface ApplePost {
  readonly state: string;
  readonly code?: string | undefined;
  readonly user?: string | undefined;
  readonly error?: string | undefined;
}

/** For the browser to keep until its return: sealed, so that nobody but this server reads or makes it. */
export interface KeptPost {
  readonly posted: string;
  /** Null if no name came with it. It comes once, and may be needed at another attempt. */
  readonly name: string | null;
}

export function keepPost(deps: WebFlowDeps, { state, code, user, error }: ApplePost): KeptPost {
  const told = user === undefined ? null : readToldUser(user);
  const content = { kind: 'apple-posted', state, code: code ?? null, error: error ?? null };
  return {
    posted: seal(deps, sealing(deps), anyBrowser, content),
    name: told && seal(deps, sealing(deps), anyBrowser, { kind: 'apple-name', state, ...told }),
  };
}

/** A return of the browser that set out. */
interface Return {
  readonly journey: AppleJourney;
  readonly nonce: Nonce;
  readonly state: string;
  /** Null if the person cancelled. */
  readonly code: string | null;
  /** `isOfBefore`: kept from another attempt of this browser. */
  readonly told: (ToldUser & { readonly isOfBefore: boolean }) | null;
}

/**
 * @throws {RpError} `challenge_invalid`: it set out in another browser, too long ago, or as somebody else; or
 *   Apple posted neither a code nor that the person cancelled
 */
export function openReturn(
  deps: WebFlowDeps,
  caller: Caller,
  kept: { readonly posted: string | undefined; readonly name: string | undefined },
): Return {
  const { state, code, error } = openKept(deps, kept.posted ?? '', posted);
  const { promise, nonce } = openState(deps, caller, state);
  if (promise.purpose === 'link') requireSameSession(promise, caller);
  const isCancelled = error === 'user_cancelled_authorize';
  if (!isCancelled && (error !== null || !code)) {
    throw new RpError('challenge_invalid', { detail: 'Apple posted no code' });
  }
  return {
    ...{ journey: promise, nonce, state },
    code: isCancelled ? null : code,
    told: kept.name === undefined ? null : openName(deps, caller, kept.name, state),
  };
}

/** Who links an account is still signed in to it, in the session that was allowed to. */
function requireSameSession({ userId, sessionId }: AppleJourney, { session, user }: Caller): void {
  if (user !== null && user.id === userId && session?.id === sessionId) return;
  throw new RpError('challenge_invalid', { detail: 'set out in another session' });
}

function openKept<Schema extends z.ZodType>(deps: WebFlowDeps, sealed: string, schema: Schema) {
  return unseal(deps, sealing(deps), sealed, anyBrowser, readAs(schema)).promise;
}

function openState(deps: WebFlowDeps, { browser }: Caller, state: string) {
  return unseal(deps, sealing(deps), state, browser, readAs(journey));
}

const readAs =
  <Schema extends z.ZodType>(schema: Schema) =>
  (content: unknown): z.output<Schema> | null =>
    schema.safeParse(content).data ?? null;

/** Another site can post a name here, but none with a state of this browser. */
function openName(
  deps: WebFlowDeps,
  caller: Caller,
  sealed: string,
  current: string,
): Return['told'] {
  try {
    const { state, name, email } = openKept(deps, sealed, toldName);
    openState(deps, caller, state);
    return { name, email, isOfBefore: state !== current };
  } catch (error) {
    if (error instanceof RpError) return null;
    throw error;
  }
}

/** A sign-in with Apple that was verified. */
export interface AppleFacts {
  readonly identity: AppleIdentity;
  /** The client that the tokens belong to. */
  readonly clientId: string;
  readonly refreshToken: string | null;
  /** Not signed by anybody: good for a name to begin with. */
  readonly name: AppleName | null;
  /** To be spent by whatever it completes. */
  readonly nonce: Nonce;
}

/**
 * Uses the code up and verifies who came with it.
 *
 * @throws {AppleFailure}
 */
export async function askApple(
  deps: WebFlowDeps,
  { code, state, told, nonce }: Return & { readonly code: string },
): Promise<AppleFacts> {
  const { apple, clientId, redirectUri } = webClientOf(deps);
  const { identityToken, refreshToken } = await apple.exchangeCode({ code, clientId, redirectUri });
  const identity = await apple.verifyIdentityToken(identityToken, {
    audiences: [clientId],
    nonce: { hashed: nonceOf(state) },
  });
  return { identity, clientId, refreshToken, name: nameFor(identity, told), nonce };
}

/** A name of before may be that of another person, who used this browser: an address tells, and no address does not. */
function nameFor({ email }: AppleIdentity, told: Return['told']): AppleName | null {
  if (told === null) return null;
  const isTheirs = email !== null && told.email === email;
  return told.isOfBefore && !isTheirs ? null : told.name;
}

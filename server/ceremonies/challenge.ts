/**
 * A challenge: everything that the options of a ceremony promised, sealed for the browser that asked (see
 * `seal/seal.ts`). So an options call writes nothing, and any number of tabs can hold a challenge each.
 *
 * A further purpose is a further row of `promises`: its form, from which its type follows.
 */
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { type Sealing, seal, type Unsealed, unseal } from '../seal/seal.ts';

const text = z.string();
const algorithms = z.array(z.int());

/** What every ceremony promises. */
const promised = {
  userVerification: z.enum(['required', 'preferred', 'discouraged']),
  mediation: z.enum(['conditional', 'immediate']).nullable(),
};

const authentication = {
  ...promised,
  /** The account it is for; null if the passkey is to tell. */
  userId: text.nullable(),
  /** One of a former domain's, or ours. */
  rpId: text,
  /** Fingerprints of the allowed credentials; empty if any will do. */
  allowed: z.array(text),
};

const promises = {
  'sign-up': z.strictObject({
    kind: z.literal('sign-up'),
    ...promised,
    userId: text,
    username: text,
    displayName: text,
    /** The hash of the token of an invitation; missing if there is none. */
    invitation: text.optional(),
    algorithms,
  }),
  addition: z.strictObject({
    kind: z.literal('addition'),
    ...promised,
    userId: text,
    /** The session that was allowed to add a passkey. */
    sessionId: text,
    /** The credential whose place the new one takes. */
    upgrades: text.nullable(),
    algorithms,
  }),
  'sign-in': z.strictObject({ kind: z.literal('sign-in'), ...authentication }),
  'step-up': z.strictObject({ kind: z.literal('step-up'), ...authentication }),
  /** A step-up whose PRF results open the vault. */
  vault: z.strictObject({ kind: z.literal('vault'), ...authentication }),
} as const;

type Promises = { readonly [Kind in keyof typeof promises]: z.output<(typeof promises)[Kind]> };

export type SignUp = Readonly<Promises['sign-up']>;
export type Addition = Readonly<Promises['addition']>;
export type SignIn = Readonly<Promises['sign-in' | 'step-up' | 'vault']>;
type Ceremony = SignUp | Addition | SignIn;

/** WebAuthn L3 §5.4.3: a user handle has at most 64 bytes. */
const longestUserId = 86;

/** WebAuthn L3 §13.4.3: a challenge carries at least 16 random bytes. */
export function sealChallenge(
  deps: Pick<Deps, 'config' | 'keys' | 'now' | 'random'>,
  browser: string,
  ceremony: Ceremony,
): string {
  const { userId } = ceremony;
  // How long a challenge is tells nothing of the account: its user handle may come from another server.
  const padding = userId === null ? 0 : longestUserId - userId.length;
  return seal(deps, sealing(deps), browser, ceremony, Math.max(0, padding));
}

const sealing = ({ config, keys }: Pick<Deps, 'config' | 'keys'>): Sealing => ({
  keys: keys.challenge,
  ttlSeconds: config.challengeTtlSeconds,
});

/**
 * Opens a challenge of this server that was given to this browser for one of these kinds of ceremony.
 *
 * @throws {RpError} `challenge_invalid`: not ours, another browser's, another purpose's, or expired
 */
export function openChallenge<Kind extends keyof Promises>(
  deps: Pick<Deps, 'config' | 'keys' | 'now'>,
  challenge: string,
  browser: string | null,
  kinds: readonly Kind[],
): Opened<Promises[Kind]> {
  const { promise, nonce } = unseal(deps, sealing(deps), challenge, browser, (given) =>
    readAs(kinds, given),
  );
  return { ceremony: promise, nonce };
}

export interface Opened<Of> extends Pick<Unsealed<Of>, 'nonce'> {
  readonly ceremony: Of;
}

function readAs<Kind extends keyof Promises>(
  kinds: readonly Kind[],
  promise: unknown,
): Promises[Kind] | null {
  const { kind } = promise as { readonly kind?: unknown };
  const found = kinds.find((each) => each === kind);
  if (found === undefined) return null;
  const read = promises[found].safeParse(promise);
  return read.success ? (read.data as Promises[Kind]) : null;
}

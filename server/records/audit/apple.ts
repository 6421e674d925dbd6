import type { ByOwner } from './evidence.ts';
import { noticed, routine, security } from './kind.ts';

/** What an identity token told, but for the address: that is a fact of its own, and goes with the link. */
interface OfIdentity extends ByOwner {
  /** The client that Apple issued the identity token for. */
  readonly client: string;
  /** By Apple's clock; null if it did not tell. */
  readonly authenticatedAt: number | null;
  readonly emailVerified: boolean | null;
  readonly isPrivateEmail: boolean | null;
  /** Apple's guess: 0 unsupported, 1 unknown, 2 likely a real person; null if it did not tell. */
  readonly realUserStatus: number | null;
}

interface ByApple {
  readonly by: 'apple';
  /** When it happened, by Apple's clock. */
  readonly eventAt: number;
}

/** Sign in with Apple: how the link comes, is used, and ends. */
export const appleKinds = {
  /** `invitedBy` is the operator who made the invitation, if there was one. */
  'account-created-with-apple': security<OfIdentity & { readonly invitedBy?: string }>(),
  'signed-in-with-apple': routine<OfIdentity>(),
  'apple-linked': noticed<OfIdentity>(),
  /** The consent that was withdrawn was given again. */
  'apple-returned': security<OfIdentity>(),
  /** The person was found by the name under which another team handed them over. */
  'apple-transferred': security<OfIdentity>(),
  /** Apple told another address than before. */
  'apple-address-changed': security<OfIdentity>(),
  'apple-unlinked': noticed<ByOwner>(),
  /** The owner withdrew the consent at Apple. */
  'apple-consent-revoked': noticed<ByApple>(),
  /** The owner deleted the account at Apple. */
  'apple-account-deleted': noticed<ByApple>(),
  'apple-mail-disabled': routine<ByApple>(),
  'apple-mail-enabled': routine<ByApple>(),
  /** Apple no longer takes the tokens of the sign-in: the sessions that it opened ended. */
  'apple-tokens-expired': routine<{ readonly by: 'apple' }>(),
} as const;

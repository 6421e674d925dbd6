/**
 * The native flow: an app has signed a person in by `ASAuthorizationAppleIDProvider`, and brings what it got.
 *
 * Guarantees: the identity token counts once, and only with the nonce that the app made; the code is the same
 * person's, and is redeemed for the app that it was issued to.
 */
import type { Deps } from '../deps.ts';
import type { AppleName } from '../records/apple.ts';
import type { Caller } from '../records/caller.ts';
import { nonceOfToken, type SignedInWithApple, signInWithApple } from './accounts.ts';
import type { Apple } from './apple.ts';
import { AppleFailure } from './failure.ts';

export interface NativeSignIn {
  readonly identityToken: string;
  readonly authorizationCode: string;
  /** The raw value; Apple was sent its SHA-256 in hex. */
  readonly nonce: string;
  readonly name: AppleName | null;
  /** The hash of what lets somebody new in. */
  readonly invitation: string | null;
}

/** @throws {AppleFailure | RpError} */
export async function signInNatively(
  deps: Deps,
  apple: Apple,
  caller: Caller,
  { identityToken, authorizationCode: code, nonce, name, invitation }: NativeSignIn,
): Promise<SignedInWithApple> {
  const audiences = deps.config.apple?.bundleIds ?? [];
  const expected = { audiences, nonce: { raw: nonce }, code };
  const identity = await apple.verifyIdentityToken(identityToken, expected);
  const { audience: clientId } = identity;
  const exchanged = await apple.exchangeCode({ code, clientId, redirectUri: null });
  const again = await apple.verifyIdentityToken(exchanged.identityToken, {
    ...{ audiences: [clientId], nonce: null },
  });
  if (again.sub !== identity.sub) throw new AppleFailure('person-mismatch');
  return signInWithApple(deps, caller, {
    ...{ identity, refreshToken: exchanged.refreshToken, name, invitation },
    nonce: nonceOfToken(identityToken, identity),
  });
}

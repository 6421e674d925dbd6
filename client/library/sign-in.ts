import { authenticate } from './authenticate.ts';
import { capability } from './capability.ts';
import { requireCookies } from './cookies.ts';
import { signInOptions } from './held-options.ts';
import { modal } from './modal.ts';
import { setPageOwner } from './page-owner.ts';
import { Problem } from './problem.ts';
import { refusedAtOnce } from './refused-at-once.ts';
import { send } from './send.ts';
import type { SignedIn } from './types.ts';

/** Which passkeys to ask for: those of an account, those of a domain that the site moved from. */
export interface SignIn {
  username?: string;
  rpId?: string;
}

/**
 * Signs in with a prompt: for the account named, or for whichever passkey the person picks. Call it
 * from a click. A challenge that turns out to be spent or too old is replaced once, unasked.
 *
 * @throws {Problem} what the server refused, or `cookies_blocked`
 * @throws {DOMException} what the browser refused; `NotAllowedError` if the prompt was closed
 */
export function signIn(wanted: SignIn = {}): Promise<SignedIn> {
  setPageOwner(undefined);
  return modal.run(async () => {
    requireCookies();
    try {
      return await attempt(wanted);
    } catch (error) {
      if (error instanceof Problem && error.code === 'challenge_invalid') return attempt(wanted);
      throw error;
    }
  });
}

async function attempt({ username, rpId }: SignIn): Promise<SignedIn> {
  const options =
    username || rpId
      ? await send<PublicKeyCredentialRequestOptionsJSON>('POST', '/api/authentication/options', {
          ...(username && { username }),
          ...(rpId && { rpId }),
        })
      : await signInOptions.fresh();
  if (options.allowCredentials?.length || !(await capability('immediateGet')))
    return authenticate(options);
  const asked = performance.now();
  try {
    return await authenticate(options, { uiMode: 'immediate' });
  } catch (error) {
    // This device has nothing to offer: ask in the way that can reach other devices.
    if (refusedAtOnce(error, asked)) return authenticate(options);
    throw error;
  }
}

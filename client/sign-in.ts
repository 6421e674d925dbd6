import { authenticate } from './authenticate.ts';
import { signInOptions } from './held-options.ts';
import { modal } from './modal.ts';
import { Problem } from './problem.ts';
import { refusedAtOnce } from './refused-at-once.ts';
import { send } from './send.ts';
import type { SignedIn } from './types.ts';

/**
 * Signs in with a prompt: for the account named, or for whichever passkey the person picks. Call it
 * from a click. A challenge that turns out to be spent or too old is replaced once, unasked.
 */
export function signIn({ username }: { username?: string } = {}): Promise<SignedIn> {
  return modal.run(async () => {
    try {
      return await attempt(username);
    } catch (error) {
      if (error instanceof Problem && error.code === 'challenge_invalid') return attempt(username);
      throw error;
    }
  });
}

async function attempt(username: string | undefined): Promise<SignedIn> {
  const options = username
    ? await send<PublicKeyCredentialRequestOptionsJSON>('POST', '/api/authentication/options', {
        username,
      })
    : await signInOptions.fresh();
  if (options.allowCredentials?.length || !(await hasImmediate())) return authenticate(options);
  const asked = performance.now();
  try {
    return await authenticate(options, { uiMode: 'immediate' });
  } catch (error) {
    // This device has nothing to offer: ask in the way that can reach other devices.
    if (refusedAtOnce(error, asked)) return authenticate(options);
    throw error;
  }
}

/** Browsers without capabilities have no immediate mode, and must not lose the gesture to an await. */
async function hasImmediate(): Promise<boolean> {
  try {
    return !!(await PublicKeyCredential.getClientCapabilities?.())?.['immediateGet'];
  } catch {
    return false;
  }
}
